//! Batches in parts: what several ranks make of them is what one process makes of the same parts, and
//! what it makes of whole batches as far as rounding and batch norm allow.

use crate::stage::Stage;
use gan_kernels::team::on_threads;
use gan_models::{ZOO, find};
use gan_train::{Game, StepReport, Trainer};

/// Trains for so many steps as `ranks` ranks that share `parts` parts; gives each rank's parameters,
/// buffers and reports.
fn trained(
    stage: &Stage,
    ranks: usize,
    parts: usize,
    steps: usize,
) -> Vec<(Vec<u8>, Vec<StepReport>)> {
    on_threads(ranks, &|team| {
        gan_kernels::second_order::enable().unwrap();
        let mut config = stage.config.train.clone();
        config.accumulate = parts;
        let mut setup = stage.setup.clone();
        setup.batch = config.batch / parts;
        let mut game = (stage.entry.build)(&stage.config.model, &setup).unwrap();
        let mut trainer = Trainer::new(game.as_ref(), &config).unwrap();
        let mut feed = stage.feed().share(team.rank(), team.ranks());
        trainer.join(game.as_ref(), team).unwrap();
        let reports = (0..steps)
            .map(|_| trainer.step(game.as_mut(), &mut |draw| feed.batch(draw)).unwrap())
            .collect();
        (bytes(game.as_ref()), reports)
    })
}

fn bytes(game: &dyn Game) -> Vec<u8> {
    let values = game
        .params()
        .tensors()
        .flat_map(|(_, var)| var.as_tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap());
    values.flat_map(f32::to_le_bytes).collect()
}

fn stage(name: &str, changes: &[(&str, &str)]) -> Stage {
    Stage::new(find(name).unwrap(), changes)
}

/// No layer that sees a batch.
const ALONE: [(&str, &str); 3] = [
    ("techniques.generator_norm", "\"none\""),
    ("techniques.discriminator_norm", "\"none\""),
    ("techniques.gradient_penalty", "1.0"),
];

#[test]
fn ranks_make_the_bytes_of_one_process_with_as_many_parts() {
    for (name, changes) in [
        ("dcgan", &[ALONE.as_slice(), &[("techniques.penalty", "\"r1\"")]].concat()[..]),
        ("vanilla", &[("techniques.share_fakes", "false")]),
        ("cgan", &[("techniques.spectral_norm", "true"), ("techniques.discriminator_steps", "2")]),
        ("vae", &[]),
    ] {
        let stage = stage(name, changes);
        let (one, reports) = trained(&stage, 1, 4, 3).remove(0);
        for ranks in [2, 4] {
            for (rank, (found, told)) in trained(&stage, ranks, 4, 3).into_iter().enumerate() {
                assert!(found == one, "{name}: rank {rank} of {ranks}");
                assert_eq!(told, reports, "{name}: rank {rank} of {ranks}");
            }
        }
    }
}

#[test]
fn parts_add_up_to_the_batch() {
    let stage = stage("dcgan", &ALONE);
    let whole = trained(&stage, 1, 1, 3).remove(0).1;
    for parts in [2, 8] {
        let found = trained(&stage, 1, parts, 3).remove(0).1;
        assert!(alike(&whole, &found) < 1e-4, "{parts} parts: {whole:?} {found:?}");
    }
}

#[test]
fn batch_norm_sees_the_batch_of_all_ranks() {
    let stage = stage("dcgan", &[]);
    let whole = trained(&stage, 1, 1, 2).remove(0).1;
    let found = trained(&stage, 2, 2, 2);
    assert!(found[0].0 == found[1].0, "ranks part");
    assert!(alike(&whole, &found[0].1) < 1e-3, "{whole:?} {:?}", found[0].1);
    // Statistics of each part by itself are others.
    let apart = trained(&stage, 1, 2, 2).remove(0).1;
    assert!(alike(&whole, &apart) > 1e-3, "{whole:?} {apart:?}");
}

/// The largest relative difference of losses and gradients' norms.
fn alike(a: &[StepReport], b: &[StepReport]) -> f64 {
    let numbers = |reports: &[StepReport]| -> Vec<f64> {
        reports.iter().flat_map(|r| &r.players).flat_map(|p| [p.loss, p.grad_norm]).collect()
    };
    let pairs = numbers(a).into_iter().zip(numbers(b));
    pairs.map(|(a, b)| (a - b).abs() / a.abs().max(0.1)).fold(0.0, f64::max)
}

#[test]
fn every_model_trains_on_ranks_or_says_what_it_sees_as_a_whole() {
    let mut refused = Vec::new();
    for entry in ZOO {
        let stage = Stage::new(entry, &[]);
        if let Some(what) = stage.game().couples() {
            let mut config = stage.config.train.clone();
            config.accumulate = 2;
            let told = Trainer::new(stage.game().as_ref(), &config).unwrap_err().to_string();
            assert!(told.contains(what) && told.contains("as a whole"), "{told}");
            refused.push(entry.name);
            continue;
        }
        let whole = trained(&stage, 1, 1, 1).remove(0).1;
        let found = trained(&stage, 2, 2, 1);
        assert!(found[0].0 == found[1].0, "{}: ranks part", entry.name);
        let first = |reports: &[StepReport]| reports[0].players[0].loss;
        let (whole, found) = (first(&whole), first(&found[0].1));
        // Dropout draws other numbers for parts.
        assert!(
            (whole - found).abs() <= 0.05 * whole.abs().max(0.5),
            "{}: {whole}, {found}",
            entry.name
        );
    }
    // InfoGAN's authors have minibatch discrimination.
    assert_eq!(refused, ["infogan", "gmmn", "rbm", "dbn", "dbm"]);
}

#[test]
fn what_sees_the_batch_as_a_whole_is_refused() {
    for (path, value) in [
        ("techniques.feature_matching", "true"),
        ("techniques.minibatch_kernels", "4"),
        ("techniques.history", "12"),
        ("techniques.consensus", "1.0"),
    ] {
        let found = stage("dcgan", &[(path, value)]).game().couples();
        assert_eq!(found, Some(path));
    }
}

#[test]
fn ranks_that_do_not_fit_the_parts_are_refused() {
    let stage = stage("vanilla", &[]);
    for (ranks, parts, fits) in [(2, 8, true), (4, 4, true), (4, 2, false), (2, 6, false)] {
        let found = on_threads(ranks, &|team| {
            let mut config = stage.config.train.clone();
            config.batch = 24;
            config.accumulate = parts;
            let game = stage.game();
            let mut trainer = Trainer::new(game.as_ref(), &config).unwrap();
            trainer.join(game.as_ref(), team).map_err(|error| error.to_string())
        });
        assert!(found.iter().all(|joined| joined.is_ok() == fits), "{ranks} of {parts}: {found:?}");
    }
}

#[test]
fn a_loss_that_is_not_finite_on_one_rank_stops_all_and_says_where() {
    let stage = stage("vanilla", &[]);
    let found = on_threads(2, &|team| {
        let mut config = stage.config.train.clone();
        config.accumulate = 2;
        let mut game = stage.game();
        let mut trainer = Trainer::new(game.as_ref(), &config).unwrap();
        let (rank, mut feed) = (team.rank(), stage.feed().share(team.rank(), team.ranks()));
        trainer.join(game.as_ref(), team).unwrap();
        let before = bytes(game.as_ref());
        let step = trainer.step(game.as_mut(), &mut |draw| {
            let batch = feed.batch(draw)?;
            let bad = if rank == 1 { f64::NAN } else { 1.0 };
            Ok(gan_train::Batch::of(batch.real()?.affine(bad, 0.0)?))
        });
        assert!(bytes(game.as_ref()) == before, "a parameter moved");
        step.unwrap_err().to_string()
    });
    assert!(found[0].contains("rank 1"), "{found:?}");
    assert!(found[1].contains("first bad tensor"), "{found:?}");
}
