//! In a player's turn its own parameters move, and nothing else.

use crate::ring::{Ring, Setup, feed};
use crate::state::{bits, moved};
use crate::well::{Well, plain};
use gan_train::{Draw, Error, Game, OptimizerConfig, StepReport, Trainer};

/// One step after some warm-up; also the numbers of the batches that were asked for.
fn step(setup: &Setup, game: &mut Ring) -> (StepReport, Trainer, Vec<u64>) {
    let mut trainer = Trainer::new(game, &setup.train).unwrap();
    let mut data = feed(setup);
    let mut asked = Vec::new();
    let feed = &mut |draw: Draw| {
        asked.push(draw.number);
        data.batch(draw)
    };
    let report = trainer.step(game, feed).unwrap();
    (report, trainer, asked)
}

#[test]
fn only_the_active_players_tensors_move_buffers_included() {
    for (updates, own, name) in [([1, 0], "d.", "discriminator"), ([0, 2], "g.", "generator")] {
        for leaky in [false, true] {
            let setup = Setup { updates, ..Setup::default() };
            let mut game = Ring::new(&setup);
            game.leaky = leaky && own == "d.";
            let before = bits(&game);
            let (report, ..) = step(&setup, &mut game);
            let names: Vec<_> = report.players.iter().map(|p| p.name.as_str()).collect();
            assert_eq!(names, [name], "a player without updates reports nothing");
            let mut moved = moved(&before, &game);
            if game.leaky {
                // The generator was tracked on purpose, so its running statistics follow.
                moved.retain(|n| !n.contains("running"));
            }
            assert!(moved.iter().all(|n| n.starts_with(own)), "{name}: {moved:?}");
            let all = before.keys().filter(|n| n.starts_with(own)).count();
            assert_eq!(moved.len(), all, "{name}: {moved:?}");
        }
    }
}

#[test]
fn batches_are_numbered_in_turn_and_drawn_only_by_those_who_see_data() {
    for (sees, updates, batches) in [(false, [3, 2], 3), (true, [3, 2], 5), (false, [0, 1], 0)] {
        let setup = Setup { updates, generator_sees_data: sees, ..Setup::default() };
        let mut game = Ring::new(&setup);
        let (_, trainer, asked) = step(&setup, &mut game);
        assert_eq!(asked, (0..batches).collect::<Vec<_>>());
        assert_eq!((trainer.step, trainer.draws), (1, batches));
        let turns = [vec![(0, true); updates[0]], vec![(1, sees); updates[1]]].concat();
        assert_eq!(game.turns, turns);
    }
}

#[test]
fn reports_carry_losses_terms_norms_and_rates() {
    let setup = Setup::default();
    let mut game = Ring::new(&setup);
    let (report, ..) = step(&setup, &mut game);
    assert_eq!(report.step, 1);
    assert!(report.term("d_real").unwrap().abs() < 2.0 && report.term("d_fake").is_some());
    assert_eq!(report.term("no such term"), None);
    for player in &report.players {
        // Logits near 0: ln 2 a term, twice for the discriminator.
        let expected = if player.name == "discriminator" { 2.0 } else { 1.0 };
        assert!((player.loss / (expected * 2f64.ln()) - 1.0).abs() < 0.5, "{player:?}");
        assert!(player.grad_norm > 0.0 && player.lr == setup.optimizer.lr);
    }
}

#[test]
fn the_gradients_norm_is_that_of_all_parameters_together() {
    // The gradient of 3·Σx is (3, 3, 3).
    let loss = |_, x: &candle_core::Tensor| Ok(plain((x.sum_all()? * 3.0)?));
    let mut game = Well::new(OptimizerConfig::default(), 0.0, loss);
    let mut trainer = Trainer::new(&game, &crate::well::config(10, 0)).unwrap();
    let report = trainer.step(&mut game, &mut |_| Err(Error::Config("no data".into()))).unwrap();
    assert!((report.players[0].grad_norm - 27f64.sqrt()).abs() < 1e-12);
}

#[test]
fn two_players_of_one_name_are_refused() {
    struct Twins(Ring, Vec<gan_train::Player>);
    impl Game for Twins {
        fn params(&self) -> &gan_layers::ParamStore {
            self.0.params()
        }
        fn players(&self) -> &[gan_train::Player] {
            &self.1
        }
        fn loss(
            &mut self,
            player: usize,
            batch: Option<&gan_train::Batch>,
            rng: &mut gan_layers::StepRng,
        ) -> gan_train::Result<gan_train::Loss> {
            self.0.loss(player, batch, rng)
        }
    }
    let setup = Setup::default();
    let ring = Ring::new(&setup);
    let players = vec![ring.players()[0].clone(), ring.players()[0].clone()];
    let error = Trainer::new(&Twins(ring, players), &setup.train).unwrap_err().to_string();
    assert!(error.contains("two players are called discriminator"), "{error}");
}
