//! Files that are no good checkpoint are refused with a reason, and nothing has changed.

use crate::ring::{End, Ring, Setup, bytes, checkpoint, config, train};
use gan_train::{Checkpoint, FORMAT, Run, Trainer};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::{TempDir, tempdir};

type Tensors = BTreeMap<String, (safetensors::Dtype, Vec<usize>, Vec<u8>)>;
type Change = Box<dyn FnOnce(&mut Value, &mut Tensors)>;

/// What a checkpoint says of itself.
pub fn describe(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    serde_json::from_str(&metadata.metadata().as_ref().unwrap()["gan"]).unwrap()
}

/// Writes a checkpoint again with another description or other tensors.
pub fn rewrite(path: &Path, change: impl FnOnce(&mut Value, &mut Tensors)) {
    let mut about = describe(path);
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let owned = |v: &TensorView<'_>| (v.dtype(), v.shape().to_vec(), v.data().to_vec());
    let mut tensors = file.iter().map(|(n, v)| (n.to_owned(), owned(&v))).collect();
    change(&mut about, &mut tensors);
    let views =
        tensors.iter().map(|(n, (t, s, d))| (n, TensorView::new(*t, s.clone(), d).unwrap()));
    let metadata = HashMap::from([("gan".to_owned(), about.to_string())]);
    fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

/// A run of 4 steps with a checkpoint at each end, and a game that holds the last one's state.
struct Bench {
    folder: TempDir,
    game: Ring,
    trainer: Trainer,
    run: Run,
    good: Vec<u8>,
    path: PathBuf,
}

fn setup() -> Setup {
    let mut setup = Setup::default();
    (setup.train.ema, setup.train.steps) = (0.9, 4);
    setup
}

impl Bench {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let dir = folder.path().join("run");
        train(&dir, &setup(), End::Done).unwrap();
        let game = Ring::new(&setup());
        let mut trainer = Trainer::new(&game, &setup().train).unwrap();
        let run = Run::resume(&dir).unwrap();
        run.load(&game, &mut trainer, None).unwrap();
        let (good, path) = (bytes(&dir, 4), checkpoint(&dir, 4));
        Self { folder, game, trainer, run, good, path }
    }

    /// The message with which the file that is there now is refused.
    fn refused(&mut self) -> String {
        let error = self.run.load(&self.game, &mut self.trainer, Some(4)).unwrap_err().to_string();
        assert!(error.starts_with(&self.path.display().to_string()), "no path: {error}");
        error
    }

    fn refuse_bytes(&mut self, bytes: &[u8]) -> String {
        fs::write(&self.path, bytes).unwrap();
        self.refused()
    }

    fn refuse_change(&mut self, change: impl FnOnce(&mut Value, &mut Tensors)) -> String {
        fs::write(&self.path, &self.good).unwrap();
        rewrite(&self.path, change);
        self.refused()
    }

    /// Whether game, optimizers, average and counters still give the checkpoint they came from.
    fn intact(&self) -> bool {
        let dir = self.folder.path().join("again");
        let mut run = Run::create(&dir, config(&setup())).unwrap();
        let path = run.save(&self.game, &self.trainer).unwrap();
        let same = fs::read(path).unwrap() == self.good;
        fs::remove_dir_all(dir).unwrap();
        same
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let mut bench = Bench::new();
    assert!(bench.intact());
    let good = bench.good.clone();
    let lengths = (0..20).chain((20..good.len()).step_by(61)).chain(good.len() - 9..good.len());
    for length in lengths {
        let message = bench.refuse_bytes(&good[..length]);
        assert!(message.contains("not a whole checkpoint"), "{length}: {message}");
        assert!(message.contains("Remove it, and the run resumes from the one before"));
    }
    let longer = [good.as_slice(), b"x"].concat();
    assert!(bench.refuse_bytes(&longer).contains("not a whole checkpoint"));
    assert!(bench.intact(), "a refused file changed something");
    // The advice is right.
    fs::remove_file(&bench.path).unwrap();
    assert!(bench.run.load(&bench.game, &mut bench.trainer, None).unwrap().is_some());
    assert_eq!(bench.trainer.step, 0);
}

#[test]
fn noise_is_refused_and_a_flipped_header_never_panics() {
    let mut bench = Bench::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut noise = |length: usize| -> Vec<u8> {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..length).map(|_| next()).collect()
    };
    for length in [1, 7, 8, 9, 100, 5000] {
        bench.refuse_bytes(&noise(length));
        // With a header length that looks right.
        let header = [&(length as u64).to_le_bytes()[..], &noise(length)].concat();
        bench.refuse_bytes(&header);
        bench.refuse_bytes(&[header, noise(length)].concat());
    }
    assert!(bench.intact(), "a refused file changed something");
    let good = bench.good.clone();
    let header = u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    for at in (0..8 + header).step_by(17) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 7);
        fs::write(&bench.path, &bytes).unwrap();
        // A changed digit may still make sense: then it is loaded, and the next round starts there.
        let _ = bench.run.load(&bench.game, &mut bench.trainer, Some(4));
    }
    fs::write(&bench.path, &good).unwrap();
    bench.run.load(&bench.game, &mut bench.trainer, Some(4)).unwrap();
    assert!(bench.intact());
}

#[test]
fn what_does_not_belong_to_the_model_is_refused_by_name() {
    let mut bench = Bench::new();
    let cases: Vec<(&str, Change)> = vec![
        (
            "a checkpoint of dcgan, expected one of ring",
            Box::new(|about, _| about["entry"] = "dcgan".into()),
        ),
        (
            "format 2 is newer than this program's 1; use the program that wrote it",
            Box::new(|about, _| {
                // Whatever else a newer format says, its number is what is told.
                *about = serde_json::json!({ "format": FORMAT + 1, "unheard": [1] });
            }),
        ),
        ("its description is broken", Box::new(|about, _| about["draws"] = "many".into())),
        (
            "it does not count the updates of generator",
            Box::new(|about, _| {
                about["updates"].as_object_mut().unwrap().remove("generator");
            }),
        ),
        (
            "tensor model.g.in.weight is missing",
            Box::new(|_, t| {
                t.remove("model.g.in.weight");
            }),
        ),
        (
            "tensor optimizer.discriminator.d.out.bias.v is missing",
            Box::new(|_, t| {
                t.remove("optimizer.discriminator.d.out.bias.v");
            }),
        ),
        (
            "tensor average.g.norm.running_mean is missing",
            Box::new(|_, t| {
                t.remove("average.g.norm.running_mean");
            }),
        ),
        (
            "tensor model.h.weight is not part of this model",
            Box::new(|_, t| {
                let extra = t["model.g.in.weight"].clone();
                t.insert("model.x.weight".into(), extra.clone());
                t.insert("model.h.weight".into(), extra);
            }),
        ),
        (
            "tensor model.g.in.weight: expected F32 [12, 2], found F32 [24]",
            Box::new(|_, t| t.get_mut("model.g.in.weight").unwrap().1 = vec![24]),
        ),
        (
            "tensor model.g.in.weight: expected F32 [12, 2], found F64 [6, 2]",
            Box::new(|_, t| {
                let tensor = t.get_mut("model.g.in.weight").unwrap();
                (tensor.0, tensor.1) = (safetensors::Dtype::F64, vec![6, 2]);
            }),
        ),
        (
            "tensor model.g.in.weight: expected F32 [12, 2], found BOOL [96]",
            Box::new(|_, t| {
                let tensor = t.get_mut("model.g.in.weight").unwrap();
                (tensor.0, tensor.1) = (safetensors::Dtype::BOOL, vec![96]);
            }),
        ),
    ];
    for (expected, change) in cases {
        let message = bench.refuse_change(change);
        assert!(message.contains(expected), "expected {expected:?}, found {message:?}");
    }
    assert!(bench.intact(), "a refused file changed something");
}

#[test]
fn other_safetensors_files_and_folders_are_no_checkpoints() {
    let mut bench = Bench::new();
    let data = [0u8; 8];
    let view = TensorView::new(safetensors::Dtype::F32, vec![2], &data).unwrap();
    let other = safetensors::serialize([("weight", view)], None).unwrap();
    assert!(bench.refuse_bytes(&other).contains("not a checkpoint of this program"));
    assert!(Checkpoint::read(&bench.path).is_err());
    fs::remove_file(&bench.path).unwrap();
    fs::create_dir(&bench.path).unwrap();
    bench.refused();
    assert!(bench.intact(), "a refused file changed something");
}

#[test]
fn a_checkpoint_says_what_it_is() {
    let bench = Bench::new();
    let about = Checkpoint::read(&bench.path).unwrap();
    assert_eq!((about.format, about.entry.as_str()), (FORMAT, "ring"));
    assert_eq!((about.step, about.draws), (4, 4));
    let file = SafeTensors::deserialize(&bench.good).unwrap();
    for name in [
        "model.g.norm.running_var",
        "model.d.in.bias",
        "optimizer.generator.g.in.weight.m",
        "optimizer.discriminator.d.in.weight.v",
        "average.g.norm.running_mean",
    ] {
        assert!(file.tensor(name).is_ok(), "{name}");
    }
    let average = file.names().into_iter().filter(|n| n.starts_with("average.")).count();
    assert_eq!(average, 8, "the average follows the generator alone");
}
