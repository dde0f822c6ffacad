//! A model of its own, with a condition of its own kind: points around a place that one names.
//!
//! It stands for what somebody adds to the zoo: one file with settings, networks, losses and a table
//! line. The line is here and not in the table, for nobody needs the model.

use candle_core::{DType, Device, Tensor};
use gan_data::{Batches, DataInfo, Dataset, Field, FieldKind, Kind, Slot};
use gan_kernels::loss::bce_with_logits;
use gan_layers::{Init, Linear, ParamStore, Pass, StepRng};
use gan_models::{Ask, Entry, Role, Setup};
use gan_train::{
    Batch, Error, Feed, Fields, Game, Generator, Inside, Latent, Loss, OptimizerConfig, Player,
    Result, Sample, SampleRequest, Tap, TrainConfig, Trainer, fit, no_latents,
};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The table's line.
const ENTRY: Entry = Entry {
    name: "planets",
    title: "Points around a place",
    paper: "none",
    takes: &[Ask::SAMPLES, Ask { any: &["place"], only: "", role: Role::Given }],
    defaults: || Err(Error::Config("only for tests".into())),
    build: |_, setup| Ok(Box::new(Planets::new(setup)?)),
};

/// A conditional GAN whose networks see a vector beside their input.
struct Planets {
    setup: Setup,
    store: ParamStore,
    players: [Player; 2],
    g: [Linear; 2],
    d: [Linear; 2],
    place: Field,
    seen: Option<Tensor>,
}

impl Planets {
    fn new(setup: &Setup) -> Result<Self> {
        let place = setup.fields.iter().find(|field| field.name == "place");
        let place = place.ok_or_else(|| Error::Config("planets: no places".into()))?.clone();
        let mut store = ParamStore::new(setup.seed, setup.dtype, &setup.device);
        let mut net = |name: &str, inputs: usize, outputs: usize| -> Result<[Linear; 2]> {
            let mut layer = |k: usize, size: (usize, usize)| {
                let name = format!("{name}.{k}");
                Linear::new(&mut store, &name, size, Init::fan_in(size.0), true, false)
            };
            Ok([layer(1, (inputs, 64))?, layer(2, (64, outputs))?])
        };
        let g = net("g", 2 + place.len(), 2)?;
        let d = net("d", 2 + place.len(), 1)?;
        let adam = OptimizerConfig { lr: 2e-3, ..OptimizerConfig::default() };
        let players =
            [Player::new("discriminator", &["d."], adam), Player::new("generator", &["g."], adam)];
        Ok(Self { setup: setup.clone(), store, players, g, d, place, seen: None })
    }

    fn through(net: &[Linear; 2], x: &Tensor, place: &Tensor) -> candle_core::Result<Tensor> {
        let pass = Pass { train: false, rng: &mut StepRng::new(0, 0) };
        let hidden = net[0].forward(&Tensor::cat(&[x, place], 1)?, &pass)?.relu()?;
        net[1].forward(&hidden, &pass)
    }
}

impl Game for Planets {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, rng: &mut StepRng) -> Result<Loss> {
        if let Some(batch) = batch {
            self.seen = Some(batch.need("place")?.clone());
        }
        let place = self.seen.as_ref().ok_or_else(|| Error::Config("no batch".into()))?;
        let z = rng.normal("latent", &[place.dim(0)?, 2], self.setup.dtype, &self.setup.device)?;
        let fake = Self::through(&self.d, &Self::through(&self.g, &z, place)?, place)?;
        let (0, Some(batch)) = (player, batch) else {
            return Ok(Loss { value: bce_with_logits(&fake, 1.0)?, terms: Vec::new() });
        };
        let real = Self::through(&self.d, batch.real()?, place)?;
        let value = (bce_with_logits(&real, 1.0)? + bce_with_logits(&fake, 0.0)?)?;
        Ok(Loss { value, terms: Vec::new() })
    }

    fn inside(&self) -> Inside<'_> {
        Inside { generator: Some(self), ..Inside::default() }
    }
}

impl Generator for Planets {
    fn takes(&self) -> Vec<Field> {
        vec![self.place.clone()]
    }

    fn latent(&self) -> Option<Latent> {
        let distribution = gan_train::Distribution::Normal;
        let (dtype, device) = (self.setup.dtype, self.setup.device.clone());
        Some(Latent { width: 2, distribution, dtype, device })
    }

    fn generate(&self, z: &Tensor, given: &Fields, _: &mut Tap<'_>) -> Result<Sample> {
        let place = given.get("place").ok_or_else(no_latents)?;
        Ok(Sample::Points(Self::through(&self.g, z, place)?))
    }
}

/// Points within a tenth of a place that is drawn from the square.
struct Sky(DataInfo);

fn sky() -> Arc<dyn Dataset> {
    let names = vec!["x".to_owned(), "y".to_owned()];
    let place = Field { name: "place".to_owned(), kind: FieldKind::Vector { names } };
    Arc::new(Sky(DataInfo::new("sky", Kind::Toy, 4096, vec![Field::point(2), place])))
}

impl Dataset for Sky {
    fn info(&self) -> &DataInfo {
        &self.0
    }

    fn read(&self, index: usize, out: &mut [Slot<'_>]) -> gan_data::Result<()> {
        let [Slot::Reals(point), Slot::Reals(place)] = out else { panic!("two slots: {out:?}") };
        let mut rng = StepRng::new(9, index as u64);
        let draws = rng.uniform("sky", (-1.0, 1.0), &[4], DType::F32, &Device::Cpu).unwrap();
        let draws = draws.to_vec1::<f32>().unwrap();
        place.copy_from_slice(&draws[..2]);
        point.copy_from_slice(&[draws[0] + 0.1 * draws[2], draws[1] + 0.1 * draws[3]]);
        Ok(())
    }
}

fn setup() -> Setup {
    let fields = sky().info().fields.clone();
    let (dtype, device) = (DType::F32, Device::Cpu);
    Setup { fields, batch: 64, seed: 0, dtype, device, examples: None }
}

#[test]
fn a_model_with_a_condition_of_its_own_kind_is_trained_and_asked() {
    let mut game = (ENTRY.build)(&toml::Table::new(), &setup()).unwrap();
    let config = TrainConfig { steps: 1500, batch: 64, ..TrainConfig::default() };
    let mut trainer = Trainer::new(&*game, &config).unwrap();
    let mut feed = Feed::new(sky(), 64, 0, DType::F32, &Device::Cpu).unwrap();
    let mut batch = |draw| feed.batch(draw);
    fit(&mut *game, &mut trainer, &config, &mut batch, None, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    for place in [[0.7f32, 0.7], [-0.7, 0.5], [0.0, -0.6]] {
        let rows = Tensor::new(vec![place.to_vec(); 200], &Device::Cpu).unwrap();
        let request = SampleRequest { count: 200, given: Fields::none().with("place", rows) };
        let drawn = game.sample(&request, &mut StepRng::new(1, 1)).unwrap();
        let mean = drawn.tensor().mean(0).unwrap().to_vec1::<f32>().unwrap();
        let away = (mean[0] - place[0]).hypot(mean[1] - place[1]);
        assert!(away < 0.25, "{place:?}: {mean:?}");
    }
    let request =
        SampleRequest { count: 2, given: Fields::of_classes(&[1, 2], &Device::Cpu).unwrap() };
    let told = game.sample(&request, &mut StepRng::new(1, 1)).unwrap_err().to_string();
    assert!(told.contains("class: samples of this model can be asked for by place (2)"), "{told}");
}

#[test]
fn data_without_the_field_are_refused_with_what_they_have() {
    assert!(ENTRY.check_fields(sky().info(), &toml::Table::new()).is_ok());
    assert_eq!(
        (ENTRY.takes_words(), ENTRY.makes_words()),
        ("image or point, place".into(), "image or point".into())
    );
    let mnist = gan_data::open("toy:ring", &gan_data::LoadOptions::default()).unwrap();
    let told = ENTRY.check_fields(mnist.info(), &toml::Table::new()).unwrap_err().to_string();
    assert!(told.contains("`place`, found point (2), class (8) in toy:ring"), "{told}");
    let cgan = gan_models::find("cgan").unwrap();
    let told = cgan.check_fields(sky().info(), &toml::Table::new()).unwrap_err().to_string();
    assert!(told.contains("`class`") && told.contains("sub-folders"), "{told}");
    // A field that a setting asks for is needed where it is set.
    let aae = gan_models::find("aae").unwrap();
    let labels = |on: bool| toml::Table::from_iter([("labels".to_owned(), toml::Value::from(on))]);
    assert!(aae.check_fields(sky().info(), &labels(false)).is_ok());
    assert!(aae.check_fields(sky().info(), &labels(true)).is_err());
    let batches = Batches::new(sky(), 8, 0).unwrap();
    assert_eq!(batches.get(0).unwrap().reals("place").unwrap().len(), 16);
}
