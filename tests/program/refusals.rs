//! A technique that a variant cannot take is refused with the reason, before training starts.

use crate::gan::Place;

#[test]
fn a_technique_that_does_not_fit_is_refused_before_anything_is_written() {
    let place = Place::new();
    for (line, words) in [
        ("infogan --set techniques.packing=2", ["infogan", "Q reads the codes of one sample"]),
        ("bigan --set techniques.history=8", ["bigan", "without their codes"]),
        ("bigan --set techniques.feature_matching=true", ["bigan", "which code belongs"]),
        ("bigan --set techniques.discriminator_norm=virtual-batch", ["bigan", "would need codes"]),
        ("lapgan --set techniques.history=8", ["lapgan", "without their coarse images"]),
        (
            "lapgan --set techniques.generator_norm=virtual-batch",
            ["lapgan", "a reference batch of its own"],
        ),
        ("gran --set techniques.generator_norm=virtual-batch", ["gran", "each painting step"]),
        ("psgan --set techniques.minibatch_kernels=4", ["psgan", "D judges places"]),
        ("dcgan --batch 64 --set techniques.packing=3", ["packing", "packs of 3"]),
        ("wgan-gp --set techniques.discriminator_norm=batch", ["gradient", "batch"]),
    ] {
        let told = place.gan(&format!("train {line} --steps 1 --quiet --out run")).with_code(2);
        told.error(&words);
        assert!(!place.path("run").exists(), "{line}");
    }
}
