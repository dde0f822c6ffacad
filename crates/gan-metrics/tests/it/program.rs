//! The program as scripts use it: keys, files, parts, the cache, the same bits.

use crate::place::Place;
use gan_metrics::statistics::Statistics;
use serde_json::Value;
use std::fs;

const DIGITS: &str = "--extractor digits --quiet";

fn without(mut object: Value, keys: &[&str]) -> Value {
    for key in keys {
        object.as_object_mut().unwrap().remove(*key);
    }
    object
}

#[test]
fn all_prints_every_key_with_its_receipt() {
    let place = Place::new();
    place.images("a.npz", 130, 1);
    place.images("b", 140, 2);
    let object = place.json(&format!("all a.npz b {DIGITS}"));
    for key in [
        "fid",
        "kid_mean",
        "kid_std",
        "is_mean",
        "is_std",
        "ln_is",
        "mode_score",
        "precision",
        "recall",
        "density",
        "coverage",
    ] {
        assert!(object[key].is_f64(), "{key}: {object}");
    }
    assert_eq!((object["n_a"].as_u64(), object["n_b"].as_u64()), (Some(130), Some(140)));
    let receipt = &object["receipt"];
    assert_eq!(receipt["protocol"], "pytorch-fid");
    assert_eq!(receipt["resizer"], "half-pixel-bilinear");
    assert_eq!(receipt["extractor"]["layout"], "digits");
    assert_eq!(receipt["extractor"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!((receipt["seed"].as_u64(), receipt["a"]["n"].as_u64()), (Some(2020), Some(130)));
    assert!(receipt["program"].as_str().unwrap().starts_with("gan-metrics "));
    // A set against itself.
    let same = place.json(&format!("all b b {DIGITS}"));
    assert!(same["fid"].as_f64().unwrap() < 1e-9);
    assert_eq!((same["precision"].as_f64(), same["recall"].as_f64()), (Some(1.0), Some(1.0)));
    // One alone has an Inception score, and says what it cannot have.
    let alone = place.json(&format!("all b {DIGITS}"));
    assert!(alone["is_mean"].is_f64() && alone["fid"].is_null() && alone["n_b"].is_null());
    assert!(alone["notes"][0].as_str().unwrap().contains("expected a second"));
}

#[test]
fn every_kind_of_input_gives_the_same_scores() {
    let place = Place::new();
    for name in ["a.npz", "a", "a.idx3-ubyte.gz"] {
        place.images(name, 60, 1);
    }
    place.images("b", 70, 2);
    let zip = fs::File::create(place.path("a.zip")).unwrap();
    let mut zip = zip::ZipWriter::new(zip);
    for i in 0..60 {
        let name = format!("{i:04}.png");
        zip.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        let bytes = fs::read(place.path("a").join(&name)).unwrap();
        std::io::Write::write_all(&mut zip, &bytes).unwrap();
    }
    zip.finish().unwrap();
    let score = |a: &str| {
        let object = place.json(&format!("all {a} b {DIGITS} --no-cache"));
        without(object, &["receipt"])
    };
    let first = score("a.npz");
    for other in ["a", "a.zip", "a.idx3-ubyte.gz"] {
        assert_eq!(score(other), first, "{other}");
    }
    // Features and statistics of either program's kind stand for the images.
    for out in ["b.npy", "b.npz", "b.safetensors"] {
        place.json(&format!("features b {DIGITS} --out {out}"));
        let object = place.json(&format!("fid a {out} {DIGITS}"));
        assert_eq!(object["fid"], first["fid"], "{out}");
    }
    place.json(&format!("features a {DIGITS} --out a.npy"));
    let object = place.json("fid --from-features a.npy b.npy");
    assert_eq!(object["fid"], first["fid"]);
    assert_eq!(object["receipt"]["extractor"]["layout"], "digits", "{object}");
    place.json(&format!("stats b {DIGITS} --out b-stats.npz"));
    let object = place.json(&format!("fid a b-stats.npz {DIGITS}"));
    let (found, exact) = (object["fid"].as_f64().unwrap(), first["fid"].as_f64().unwrap());
    assert!((found - exact).abs() < 1e-9 * exact, "{found} {exact}");
    let object = place.json(&format!("is --from-features b.npz {DIGITS}"));
    assert!(object["is_mean"].as_f64().unwrap() > 1.0);
}

#[test]
fn neither_batches_nor_threads_nor_protocols_beside_change_a_bit() {
    let place = Place::new();
    place.images("a.npz", 97, 1);
    place.images("b.npz", 110, 2);
    let line = |more: &str| place.json(&format!("all a.npz b.npz {DIGITS} --no-cache {more}"));
    let first = line("--batch 16 --threads 1");
    for more in ["--batch 1 --threads 2", "--batch 7 --threads 1", "--batch 32 --threads 2"] {
        assert_eq!(line(more), first, "{more}");
    }
    let several = line("--protocol all");
    assert_eq!(several["protocols"].as_object().unwrap().len(), 4);
    assert_eq!(several["protocols"]["pytorch-fid"], first);
    assert_eq!(line("--protocol clean-fid"), several["protocols"]["clean-fid"]);
}

#[test]
fn merged_parts_equal_the_whole() {
    let place = Place::new();
    place.images("a", 101, 1);
    place.json(&format!("stats a {DIGITS} --out whole.npz"));
    let whole = Statistics::read(&place.path("whole.npz")).unwrap();
    for parts in [2, 8] {
        let mut names = Vec::new();
        for part in (1..=parts).rev() {
            let name = format!("part{part}of{parts}.npz");
            place.json(&format!("stats a {DIGITS} --shard {part}/{parts} --out {name}"));
            names.push(name);
        }
        let line = format!("merge {} --out merged{parts}.npz", names.join(" "));
        assert_eq!(place.json(&line)["n"], 101);
        let merged = Statistics::read(&place.path(&format!("merged{parts}.npz"))).unwrap();
        let worst = |a: &[f64], b: &[f64]| {
            let scale = a.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / scale
        };
        assert!(worst(&whole.moments.mean, &merged.moments.mean) < 1e-12);
        assert!(worst(&whole.moments.covariance, &merged.moments.covariance) < 1e-12);
        assert_eq!(merged.receipt.as_ref().unwrap().shard, None);
        // Parts that are missing are told, parts given twice refused.
        let told = place.run(&format!("merge {} --out some{parts}.npz", names[1..].join(" ")));
        assert!(told.code == Some(0) && told.err.contains("missing"), "{told:?}");
        let twice = format!("merge {0} {0} --out twice.npz", names[0]);
        place.run(&twice).failed(1, &["twice"]);
        assert!(!place.path("twice.npz").exists());
    }
    // By default the result has a name of its own, and nothing is written over.
    place.json("merge part1of2.npz part2of2.npz");
    place.run("merge part1of2.npz part2of2.npz").failed(2, &["merged.npz: this file exists"]);
    let parts = "part1of2.npz part1of8.npz";
    place.run(&format!("merge {parts} --out x.npz")).failed(1, &["different divisions"]);
}

#[test]
fn the_cache_follows_contents_and_can_be_left_out() {
    let place = Place::new();
    place.images("a", 40, 1);
    place.images("b.npz", 40, 2);
    let cached = || fs::read_dir(place.path("cache/features")).map_or(0, |entries| entries.count());
    let line = format!("prdc a b.npz {DIGITS} --k 3");
    place.json(&format!("{line} --no-cache"));
    assert_eq!(cached(), 0);
    let first = place.json(&line);
    let files = cached();
    assert!(files >= 2);
    fs::rename(place.path("a"), place.path("c")).unwrap();
    let moved = place.json(&line.replace("prdc a", "prdc c"));
    assert_eq!(without(moved, &["receipt"]), without(first, &["receipt"]));
    assert_eq!(cached(), files, "the same contents were found again");
    fs::copy(place.path("c/0001.png"), place.path("c/0000.png")).unwrap();
    place.json(&line.replace("prdc a", "prdc c"));
    assert!(cached() > files, "other contents were not");
}

#[test]
fn warnings_come_before_the_work_and_progress_only_on_a_terminal() {
    let place = Place::new();
    place.images("a", 30, 1);
    fs::copy(place.path("a/0000.png"), place.path("a/0030.png")).unwrap();
    place.images("b.npz", 30, 2);
    let told = place.run("fid a b.npz --extractor digits");
    assert_eq!(told.code, Some(0));
    assert!(told.out.starts_with("FID"), "{told:?}");
    for phrase in ["a: 31 images, fewer than the 96 features", "1 image is the same", "b.npz: 30"] {
        assert!(told.err.contains(phrase), "{phrase}: {told:?}");
    }
    assert!(told.err.lines().all(|line| line.starts_with("warning: ")), "{told:?}");
    let told = place.run(&format!("fid a b.npz {DIGITS}"));
    assert!(told.err.is_empty(), "{told:?}");
}
