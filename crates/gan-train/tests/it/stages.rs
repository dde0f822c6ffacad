//! A model that grows: its turns ask for other batches, sizes and rates from stage to stage.

use crate::well::config;
use candle_core::{DType, Device, Tensor};
use gan_data::LoadOptions;
use gan_layers::{Init, Param, ParamStore, StepRng};
use gan_train::{Batch, Error, Feed, Game, Loss, OptimizerConfig, Player, Result, Trainer, Turn};

/// Learns the mean brightness of digits, of four pixels first and then of more; one player for each
/// of its three resolutions.
struct Growing {
    store: ParamStore,
    players: Vec<Player>,
    means: Vec<Param>,
    /// Shape of each batch that was seen.
    seen: Vec<Vec<usize>>,
}

/// Side, samples a batch and factor of the rate of each stage, which takes two steps.
const STAGES: [(usize, usize, f64); 3] = [(7, 32, 1.0), (14, 16, 0.5), (28, 8, 0.25)];

fn stage(step: u64) -> usize {
    (step as usize).saturating_sub(1) / 2 % STAGES.len()
}

impl Growing {
    fn new() -> Self {
        let mut store = ParamStore::new(0, DType::F32, &Device::Cpu);
        let (mut players, mut means) = (Vec::new(), Vec::new());
        for (side, ..) in STAGES {
            // Names of a number of players that no table of static names knows.
            let (name, own) = (format!("of {side} pixels"), format!("mean{side}."));
            let param = store.param(&format!("{own}value"), &[1], Init::Constant(0.0));
            means.push(param.unwrap());
            players.push(Player::new(&name, &[&own], OptimizerConfig::default()));
        }
        Self { store, players, means, seen: Vec::new() }
    }
}

impl Game for Growing {
    fn params(&self) -> &ParamStore {
        &self.store
    }

    fn players(&self) -> &[Player] {
        &self.players
    }

    fn turn(&mut self, player: usize, step: u64) -> Result<Turn> {
        let (side, batch, rate) = STAGES[player];
        let updates = usize::from(stage(step) == player);
        Ok(Turn { updates, batch: Some(batch), side: Some(side), rate })
    }

    fn loss(&mut self, player: usize, batch: Option<&Batch>, _: &mut StepRng) -> Result<Loss> {
        let real = batch.ok_or_else(|| Error::Config("no batch".into()))?.real()?;
        self.seen.push(real.dims().to_vec());
        let apart = real.mean_all()?.broadcast_sub(&self.means[player].get())?;
        Ok(Loss { value: apart.sqr()?.sum_all()?, terms: Vec::new() })
    }
}

fn feed() -> Feed {
    let options = LoadOptions { limit: Some(40), ..LoadOptions::default() };
    let data = gan_data::open("mnist", &options).unwrap();
    Feed::new(data, 20, 3, DType::F32, &Device::Cpu).unwrap()
}

#[test]
fn side_batch_and_rate_follow_the_stage() {
    let mut game = Growing::new();
    let mut trainer = Trainer::new(&game, &config(6, 0)).unwrap();
    let mut data = feed();
    let mut rates = Vec::new();
    for _ in 0..6 {
        let report = trainer.step(&mut game, &mut |draw| data.batch(draw)).unwrap();
        assert_eq!(report.players.len(), 1, "one stage at a time");
        rates.push(report.players[0].lr);
    }
    let shapes: Vec<Vec<usize>> =
        STAGES.iter().flat_map(|(side, n, _)| vec![vec![*n, 1, *side, *side]; 2]).collect();
    assert_eq!(game.seen, shapes);
    let rate = OptimizerConfig::default().lr;
    let expected: Vec<f64> = STAGES.iter().flat_map(|(.., factor)| [rate * factor; 2]).collect();
    assert_eq!(rates, expected);
    assert_eq!(trainer.draws, 6);
}

/// What a batch holds depends on seed, number and size alone, and a smaller picture is the mean of
/// the larger one's squares.
#[test]
fn a_batch_of_another_size_is_a_function_of_its_number() {
    let draw = |side, samples| gan_train::Draw { number: 4, samples, side };
    let of = |draw| feed().batch(draw).unwrap().real().unwrap().clone();
    let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let whole = of(draw(None, Some(8)));
    let mut later = feed();
    later.batch(0).unwrap();
    let again = later.batch(draw(None, Some(8))).unwrap();
    assert_eq!(values(&whole), values(again.real().unwrap()));
    let small = values(&of(draw(Some(14), Some(8))));
    let all = values(&whole);
    for (k, value) in small.iter().enumerate() {
        let (sample, y, x) = (k / 196, k / 14 % 14, k % 14);
        let at = |dy: usize, dx: usize| all[sample * 784 + (2 * y + dy) * 28 + 2 * x + dx];
        let mean = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4.0;
        assert!((mean - value).abs() < 1e-6, "pixel {k}: {value} for {mean}");
    }
    for side in [0, 5, 56] {
        let told = feed().batch(draw(Some(side), None)).unwrap_err().to_string();
        assert!(told.contains("28×28") && told.contains("a divisor of their side"), "{told}");
    }
}
