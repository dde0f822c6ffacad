//! DCGAN's networks are those of the common scripts, at every size.

use crate::stage::Stage;
use candle_core::DType;
use gan_layers::StepRng;
use gan_models::find;
use gan_train::SampleRequest;

fn counts(shape: &[usize]) -> (usize, usize) {
    let entry = find("dcgan").unwrap();
    let mut stage = Stage::new(entry, &[("features", "64")]);
    stage.setup.fields = gan_data::fields_of(shape, stage.setup.classes());
    let game = stage.game();
    (game.params().count(&["g."]), game.params().count(&["d."]))
}

#[test]
fn parameter_counts_are_those_of_the_pytorch_example() {
    // Convolutions without bias plus two values a batch-norm channel, as in PyTorch's example
    // (3,576,704 and 2,765,568), plus our biases where no batch norm follows: 3; 64 and 1.
    assert_eq!(counts(&[3, 64, 64]), (3_576_704 + 3, 2_765_568 + 65));
    let g28 = 100 * 128 * 49 + 256 + 128 * 64 * 16 + 128 + 64 * 16 + 1;
    let d28 = 64 * 16 + 64 + 64 * 128 * 16 + 256 + 128 * 49 + 1;
    assert_eq!(counts(&[1, 28, 28]), (g28, d28));
}

#[test]
fn every_documented_size_makes_images_of_that_size() {
    for (size, channels) in
        [(16, 1), (28, 3), (32, 3), (56, 1), (64, 1), (112, 1), (128, 3), (224, 1)]
    {
        let mut stage = Stage::new(find("dcgan").unwrap(), &[("features", "2")]);
        stage.setup.fields = gan_data::fields_of(&[channels, size, size], None);
        let game = stage.game();
        let request = SampleRequest::of(2);
        let sample = game.sample(&request, &mut StepRng::new(1, 1)).unwrap();
        assert_eq!(sample.tensor().dims(), [2, channels, size, size]);
    }
}

#[test]
fn maxout_and_dropout_networks_of_the_first_paper_train() {
    let changes = [
        ("discriminator_activation", "\"maxout\""),
        ("generator_activation", "\"relu\""),
        ("dropout", "0.5"),
        ("prior", "\"uniform\""),
    ];
    let stage = Stage::new(find("vanilla").unwrap(), &changes);
    let mut game = stage.game();
    game.params().activate(&["d."]);
    let loss = game.loss(0, Some(&stage.batch()), &mut StepRng::new(1, 1)).unwrap();
    let again = game.loss(0, Some(&stage.batch()), &mut StepRng::new(1, 2)).unwrap();
    let value =
        |l: &gan_train::Loss| l.value.to_dtype(DType::F64).unwrap().to_scalar::<f64>().unwrap();
    // Another step draws other latents and another dropout mask.
    assert!(value(&loss).is_finite() && value(&loss) != value(&again));
}
