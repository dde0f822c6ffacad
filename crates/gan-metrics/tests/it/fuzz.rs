//! Random damage to files of features and statistics: an error or numbers, never a panic.
//!
//! `GAN_METRICS_FUZZ=1000000 cargo test -p gan-metrics --release fuzz -- --nocapture` tries more.

use gan_metrics::receipt::{Origin, Receipt};
use gan_metrics::statistics::{Statistics, merge};
use gan_metrics::{FeatureFile, FeatureMatrix, FidOptions, FidSide, Protocol, fid};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;

/// Inputs of a target unless the environment asks for more.
fn inputs() -> usize {
    std::env::var("GAN_METRICS_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000)
}

const WORDS: &[&[u8]] = &[
    b"'shape': (4294967296, 4294967296)",
    b"'shape': (0, 0)",
    b"'shape': (,)",
    b"'descr': '<f8'",
    b"'fortran_order': True",
    b"\xff\xff\xff\xff",
    b"\x93NUMPY\x02",
    b"999999999999999999999",
    b"\0\0\xc0\x7f",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"\"n\":18446744073709551615",
    b"\"shard\":\"1/18446744073709551615\"",
    b"null",
    b"mu.npy",
];

/// `seed` with one to four injuries.
fn injured(seed: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(0..16)).min(bytes.len());
        match rng.random_range(0..5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = rng.random(),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            _ => {
                let word = WORDS[rng.random_range(0..WORDS.len())];
                let over = if rng.random() { (at + word.len()).min(bytes.len()) } else { at };
                drop(bytes.splice(at..over, word.iter().copied()));
            }
        }
    }
    bytes
}

/// A zip with the same members, one of them injured: a checksum guards what lies in it.
fn injured_within(seed: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(seed)).unwrap();
    let victim = rng.random_range(0..archive.len());
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        if index == victim {
            bytes = injured(&bytes, rng);
        }
        let method = file.compression();
        let options = SimpleFileOptions::default().compression_method(method);
        out.start_file(name, options).unwrap();
        out.write_all(&bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// Runs `target` on injured files and tells how many were tried and how many it took.
fn run(name: &str, ending: &str, seeds: &[Vec<u8>], zipped: bool, target: impl Fn(&Path) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("fuzz.{ending}"));
    let mut rng = ChaCha8Rng::seed_from_u64(1706_08500);
    let mut taken = 0;
    for input in 0..inputs() {
        let seed = &seeds[input % seeds.len()];
        let within = zipped && rng.random();
        let bytes = if within { injured_within(seed, &mut rng) } else { injured(seed, &mut rng) };
        fs::write(&path, bytes).unwrap();
        taken += usize::from(target(&path));
    }
    println!("fuzz {name}: {} inputs, {taken} of them readable, no panic", inputs());
}

fn file() -> FeatureFile {
    let (layout, hash) = ("test".to_owned(), "00".repeat(32));
    let origin = Origin { protocol: Protocol::CleanFid, layout, hash, tap: 3 };
    FeatureFile {
        features: FeatureMatrix::from_f32(3, (0..12u8).map(|v| f32::from(v * v)).collect())
            .unwrap(),
        logits: Some(FeatureMatrix::from_f64(2, (0..8).map(f64::from).collect()).unwrap()),
        receipt: Some(Receipt::new(4, "fuzz", Some(origin))),
    }
}

/// The file's bytes in the form of this ending.
fn written(ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("seed.{ending}"));
    file().write(&path).unwrap();
    fs::read(path).unwrap()
}

fn golden(name: &str) -> Vec<u8> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", "data", "golden"].iter().collect();
    fs::read(root.join("metrics").join("statistics").join(name)).unwrap()
}

/// What is read can be used.
fn features(path: &Path) -> bool {
    let Ok(found) = FeatureFile::read(path) else { return false };
    assert!(found.features.to_f64().iter().all(|v| v.is_finite()));
    let side = FidSide::Features(&found.features);
    let _ = fid(side, side, FidOptions::default());
    true
}

#[test]
fn fuzz_npy() {
    run("features .npy", "npy", &[written("npy")], false, features);
}

#[test]
fn fuzz_npz() {
    run("features .npz", "npz", &[written("npz")], true, features);
}

#[test]
fn fuzz_safetensors() {
    run("features .safetensors", "safetensors", &[written("safetensors")], false, features);
}

#[test]
fn fuzz_statistics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed.npz");
    let mut own = Statistics::of_features(&file().features).unwrap();
    own.spatial = Some(own.moments.clone());
    own.receipt = file().receipt.map(|r| Receipt { shard: Some([1, 2]), ..r });
    own.write(&path).unwrap();
    let seeds = [fs::read(&path).unwrap(), golden("pytorch_fid.npz"), golden("adm.npz")];
    run("statistics .npz", "npz", &seeds, true, |path| {
        let Ok(found) = Statistics::read(path) else { return false };
        let side = FidSide::Statistics(&found);
        let _ = fid(side, side, FidOptions::default());
        let _ = merge(&[found.clone(), found.clone()], true);
        let _ = gan_metrics::statistics::missing_shards(&[found]);
        true
    });
}
