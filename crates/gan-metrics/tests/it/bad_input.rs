//! What cannot be scored: a clear message, the exit code, and nothing written.

use crate::place::Place;
use gan_images::{ImageStack, NumpyArray, write_npy, write_npz};
use std::fs;

const DIGITS: &str = "--extractor digits --quiet";

#[test]
fn unreadable_images_are_named_and_counted() {
    let place = Place::new();
    place.images("a", 30, 1);
    place.images("b.npz", 30, 2);
    let good = fs::read(place.path("a/0003.png")).unwrap();
    fs::write(place.path("a/0003.png"), &good[..good.len() / 2]).unwrap();
    fs::write(place.path("a/0007.png"), b"no image").unwrap();
    for command in ["fid a b.npz", "all a b.npz", "features a --out x.npy", "stats a --out x.npz"] {
        let told = place.run(&format!("{command} {DIGITS}"));
        told.failed(1, &["2 of 30 images cannot be read", "0003.png", "0007.png", "--skip-bad"]);
    }
    assert_eq!(place.names(), ["a", "b.npz"]);
    let object = place.json(&format!("fid a b.npz {DIGITS} --skip-bad"));
    assert_eq!(object["n_a"], 28);
    assert_eq!(object["receipt"]["a"]["skipped"], 2);
    // What was skipped once must not be forgotten by way of the cache.
    place.run(&format!("fid a b.npz {DIGITS}")).failed(1, &["2 of 30"]);
}

#[test]
fn no_images_and_one_image_are_refused() {
    let place = Place::new();
    place.images("b.npz", 30, 2);
    fs::create_dir(place.path("empty")).unwrap();
    place.images("one", 1, 3);
    place.run(&format!("fid empty b.npz {DIGITS}")).failed(1, &["empty: no images"]);
    place.run(&format!("fid one b.npz {DIGITS}")).failed(1, &["1 image for a Fréchet distance"]);
    place.run(&format!("is one {DIGITS}")).failed(1, &["1 image for an Inception score"]);
    place.run(&format!("prdc one b.npz {DIGITS}")).failed(1, &["1 image for neighbors"]);
    place.run(&format!("kid one b.npz {DIGITS}")).failed(1, &["of 1 images for KID"]);
    place.run(&format!("all one {DIGITS}")).failed(1, &["one: no score can be had: cannot use"]);
    place.run(&format!("fid one/0000.png b.npz {DIGITS}")).failed(1, &["0000.png: a single image"]);
    place.run(&format!("fid nowhere b.npz {DIGITS}")).failed(1, &["nowhere: cannot open"]);
    fs::write(place.path("text.txt"), "hello").unwrap();
    place.run(&format!("fid text.txt b.npz {DIGITS}")).failed(1, &["text.txt"]);
    fs::write(place.path("all-bad.png"), "x").unwrap();
    fs::create_dir(place.path("bad")).unwrap();
    fs::rename(place.path("all-bad.png"), place.path("bad/0.png")).unwrap();
    let told = place.run(&format!("fid bad b.npz {DIGITS} --skip-bad"));
    told.failed(1, &["1 of 1 images cannot be read"]);
    let empty = ImageStack::new([0, 28, 28, 1], vec![]).unwrap();
    write_npz(&place.path("none.npz"), &empty, None).unwrap();
    place.run(&format!("fid none.npz b.npz {DIGITS}")).failed(1, &["none.npz: no images"]);
    place.run(&format!("stats one --shard 1/2 --out x.npz {DIGITS}")).failed(1, &["too few"]);
    assert!(!place.path("x.npz").exists());
}

fn floats(place: &Place, name: &str, shape: [usize; 2], value: impl Fn(usize) -> f32) {
    let bytes = (0..shape[0] * shape[1]).flat_map(|i| value(i).to_le_bytes()).collect();
    let array = NumpyArray { descr: "<f4".to_owned(), shape: shape.to_vec(), bytes };
    write_npy(&place.path(name), &array).unwrap();
}

#[test]
fn features_that_cannot_be_compared_are_refused() {
    let place = Place::new();
    floats(&place, "good.npy", [20, 4], |i| (i * i % 17) as f32);
    floats(&place, "nan.npy", [20, 4], |i| if i == 41 { f32::NAN } else { i as f32 });
    floats(&place, "wide.npy", [20, 5], |i| i as f32);
    floats(&place, "one.npy", [1, 4], |i| i as f32);
    place.run("fid --from-features nan.npy good.npy").failed(1, &["nan.npy", "row 10, column 1"]);
    place.run("fid --from-features good.npy wide.npy").failed(1, &["width 4", "width 5"]);
    place.run("fid --from-features good.npy one.npy").failed(1, &["1 image"]);
    let bytes = fs::read(place.path("good.npy")).unwrap();
    fs::write(place.path("cut.npy"), &bytes[..bytes.len() - 9]).unwrap();
    place.run("fid --from-features cut.npy good.npy").failed(1, &["cut.npy", "truncated"]);
    place.images("b.npz", 30, 2);
    place.run(&format!("fid b.npz good.npy {DIGITS}")).failed(2, &["width 4", "gives 96"]);
    place.run("is good.npy").failed(1, &["no class logits"]);
    place.run("fid --from-features good.npy b").failed(2, &["expected a .npy"]);
}

#[test]
fn damaged_and_unlike_statistics_are_refused() {
    let place = Place::new();
    place.images("a", 40, 1);
    place.json(&format!("stats a {DIGITS} --out a.npz"));
    place.json(&format!("stats a {DIGITS} --protocol clean-fid --out clean.npz"));
    let bytes = fs::read(place.path("a.npz")).unwrap();
    for len in [0, 30, bytes.len() / 2, bytes.len() - 1] {
        fs::write(place.path("cut.npz"), &bytes[..len]).unwrap();
        place.run(&format!("fid a cut.npz {DIGITS}")).failed(1, &["cut.npz"]);
        place.run("merge a.npz cut.npz --out x.npz").failed(1, &["cut.npz"]);
    }
    let unlike = "protocol pytorch-fid against clean-fid";
    place.run("fid a.npz clean.npz").failed(1, &[unlike, "--force"]);
    place.run("merge a.npz clean.npz --out x.npz").failed(1, &[unlike]);
    // Refused before the work, and whichever side is unlike.
    place.run(&format!("fid a clean.npz {DIGITS}")).failed(1, &["clean-fid against pytorch-fid"]);
    assert!(!place.path("x.npz").exists());
    assert!(place.json("fid a.npz clean.npz --force")["receipt"]["forced"].as_bool().unwrap());

    // Another network's statistics of the same width.
    let mut other = gan_metrics::statistics::Statistics::read(&place.path("a.npz")).unwrap();
    let receipt = other.receipt.as_mut().unwrap().origin.as_mut().unwrap();
    receipt.hash = "0123456789abcdef".repeat(4);
    other.write(&place.path("other.npz")).unwrap();
    place.run("fid a.npz other.npz").failed(1, &["weights", "against 0123456789ab"]);
    // Statistics that say nothing about themselves are the caller's to judge.
    other.receipt = None;
    other.write(&place.path("mute.npz")).unwrap();
    let told = place.run("fid a mute.npz --extractor digits");
    assert!(told.code == Some(0) && told.err.contains("mute.npz: no receipt"), "{told:?}");
    let told = place.run("fid mute.npz mute.npz");
    assert!(told.code == Some(0) && told.err.is_empty(), "{told:?}");
    let moments = &mut other.moments;
    moments.covariance.iter_mut().for_each(|v| *v = -*v);
    other.write(&place.path("none.npz")).unwrap();
    place.run("fid a.npz none.npz").failed(1, &["none.npz (second)", "at least zero"]);
    // Statistics alone have no precision.
    place.run("prdc a.npz a.npz").failed(1, &["mean and covariance alone"]);
    place.run("kid a.npz a.npz").failed(1, &["mean and covariance alone"]);
}

#[test]
fn wrong_usage_has_its_own_code() {
    let place = Place::new();
    place.images("a", 10, 1);
    for (line, phrase) in [
        ("fid a", "needs two sets"),
        ("fid a a --extractor digits --tap 7", "features of width 96"),
        ("fid a a --extractor digits --protocol keras", "expected one of pytorch-fid"),
        ("fid a a --extractor digits --bootstrap 1", "at least 2"),
        ("fid a a --extractor digits --sfid", "no spatial features"),
        ("fid a a", "gan-metrics weights fetch"),
        ("features a --extractor digits --out x.txt", "expected a name that ends in .npy"),
        ("stats a --extractor digits --out x.npy", "expected a name that ends in .npz"),
        ("fid a a --extractor digits --threads 5000", "--threads"),
        ("stats a --extractor digits --out b/x.npz", "there is no folder b"),
        ("features a --extractor digits --out b/x.npy", "there is no folder b"),
    ] {
        place.run(line).failed(2, &[phrase]);
    }
    for line in
        ["fid", "stats a --out x.npz --shard 9/8", "fid a a --extractor inception", "nonsense"]
    {
        let told = place.run(line);
        assert_eq!(told.code, Some(2), "{told:?}");
    }
    assert_eq!(place.names(), ["a"]);
    let told = place.run("--help");
    assert!(told.code == Some(0) && told.out.contains("Examples:"), "{told:?}");
}
