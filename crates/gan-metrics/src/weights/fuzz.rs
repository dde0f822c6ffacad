//! Random damage to `.pth` files and pickles: an error or tensors, never a panic or much memory.
//!
//! `GAN_METRICS_FUZZ=1000000 cargo test -p gan-metrics --release fuzz` tries more.

use super::js_literal::{exported, exported_text};
use super::pickle;
use super::pth::Pth;
use super::tensor_file::TensorFile;
use super::torch_tensors::{ALLOWED, state_dict, storages};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

/// Inputs of a target unless the environment asks for more.
fn inputs() -> usize {
    std::env::var("GAN_METRICS_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

fn golden(name: &str) -> Vec<u8> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "golden", "pth"].iter().collect();
    std::fs::read(root.join(name)).unwrap()
}

/// `seed` with one to four injuries: bytes changed, removed, repeated, or put in from elsewhere.
fn injured(seed: &[u8], words: &[&[u8]], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=bytes.len());
        let end = (at + rng.random_range(0..16)).min(bytes.len());
        match rng.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = rng.random(),
            2 => drop(bytes.drain(at..end)),
            3 => drop(bytes.splice(at..at, seed[at.min(seed.len())..end.min(seed.len())].to_vec())),
            4 => bytes.truncate(at),
            _ => {
                let word = words[rng.random_range(0..words.len())];
                let over = if rng.random() { (at + word.len()).min(bytes.len()) } else { at };
                drop(bytes.splice(at..over, word.iter().copied()));
            }
        }
    }
    bytes
}

/// Runs `target` on injured `seeds` and tells how many were tried and how many it took.
fn run(name: &str, seeds: &[Vec<u8>], words: &[&[u8]], target: impl Fn(Vec<u8>) -> bool) {
    let mut rng = ChaCha8Rng::seed_from_u64(20_151_205);
    let mut taken = 0;
    for input in 0..inputs() {
        let bytes = injured(&seeds[input % seeds.len()], words, &mut rng);
        taken += usize::from(target(bytes));
    }
    assert!(taken < inputs(), "{name}: all {} injured inputs were taken for good", inputs());
    let mut out = std::io::stdout();
    writeln!(out, "fuzz {name}: {} inputs, {taken} of them readable, no panic", inputs()).unwrap();
}

const PICKLE_WORDS: &[&[u8]] = &[
    b"\xff\xff\xff\xff",
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"J\xff\xff\xff\xff",
    b"K\x00",
    b"cos\nsystem\n",
    b"ctorch._utils\n_rebuild_parameter\n",
    b"\x85R",
    b"h\x00",
    b"Q",
    b"(",
    b"t",
    b"}",
    b"2",
    b"0",
];

/// Opens a file and reads every tensor in it.
fn whole(bytes: Vec<u8>) -> bool {
    let Ok(mut file) = Pth::new(Path::new("fuzz.pth"), Cursor::new(bytes)) else { return false };
    let names: Vec<String> = file.listing().map(|(name, _)| name.to_owned()).collect();
    names.iter().all(|name| file.load(name).is_ok())
}

#[test]
fn fuzz_files_of_the_old_form() {
    let seeds = [golden("old2.pth"), golden("old4.pth")];
    run("old .pth", &seeds, PICKLE_WORDS, whole);
}

#[test]
fn fuzz_files_of_the_zip_form() {
    let seeds = [golden("zip2.pth"), golden("zip5.pth")];
    let words: &[&[u8]] =
        &[b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"\xff\xff\xff\xff", b"\0\0"];
    run("zip .pth", &seeds, words, whole);
}

/// The pickles within zip files by themselves, because a checksum guards them there.
#[test]
fn fuzz_pickles() {
    let pickle_of = |name: &str| {
        let mut archive = zip::ZipArchive::new(Cursor::new(golden(name))).unwrap();
        let mut bytes = Vec::new();
        let entry = archive.file_names().flatten().find(|n| n.ends_with("data.pkl")).unwrap();
        let entry = entry.into_owned();
        std::io::Read::read_to_end(&mut archive.by_name(&entry).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let seeds = ["zip2.pth", "zip3.pth", "zip4.pth", "zip5.pth"].map(pickle_of);
    run("pickle", &seeds, PICKLE_WORDS, |bytes| {
        pickle::read(&bytes, ALLOWED).and_then(|p| storages(&p).and(state_dict(&p))).is_ok_and(
            // What was accepted can be gathered from a storage of the size it claims.
            |tensors| {
                let small = tensors.values().filter(|view| view.storage.count < 1 << 16);
                small.for_each(|view| {
                    let bytes = vec![1; view.storage.count * view.storage.number.size()];
                    assert_eq!(view.gather(&bytes).len(), view.count());
                });
                true
            },
        )
    });
}

#[test]
fn fuzz_safetensors() {
    let header = br#"{"__metadata__":{"format":"gan-metrics weights 1","layout":"fid-inception"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F16","shape":[2],"data_offsets":[24,28]}}"#;
    let seed = [&(header.len() as u64).to_le_bytes()[..], header, &[7; 28]].concat();
    let words: &[&[u8]] =
        &[b"\xff\xff\xff\xff", b"99999999999", b"\"shape\":[]", b"F64", b"{", b"}"];
    run("safetensors", &[seed], words, |bytes| {
        let Ok(file) = TensorFile::new(Path::new("fuzz.safetensors"), bytes) else { return false };
        file.listing().all(|(name, _)| file.load(name).is_ok())
    });
}

#[test]
fn fuzz_javascript_modules() {
    let seed = br#"!function(a){module.exports=a()}({1:[function(a,n,i){n.exports={modelTopology:{"k":"2.2.4",s:!1},weightsManifest:[{paths:["g"],weights:[{name:"a/kernel",shape:[1,2],dtype:"float32",quantization:{min:-.5,scale:.25,dtype:"uint8"}}]}]}},{}]},{},[1]);"#;
    let text = br#"({1:[function(d,W,Z){W.exports="QUJDREVG"},{}]},{},[1])"#;
    let words: &[&[u8]] = &[b"exports=", b"[[[[[[[[", b"{a:", b"1e999", b"\\u", b"!0", b"\""];
    run("JavaScript", &[seed.to_vec(), text.to_vec()], words, |bytes| {
        exported(&bytes).is_ok() | exported_text(&bytes).is_ok()
    });
}
