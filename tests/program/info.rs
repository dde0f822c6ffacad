//! `gan info`: its numbers beside closed forms, and files that are not what it needs.

use crate::gan::Place;
use serde_json::Value;
use std::f64::consts::{E, LN_2, PI};

/// A folder with tables and samples.
fn files() -> Place {
    let place = Place::new();
    let write = |name: &str, text: &str| std::fs::write(place.path(name), text).unwrap();
    write("p.csv", "mass\n0.5\n0.25\n0.125\n0.125\n");
    write("q.csv", "0.25,0.25,0.25,0.25\n");
    write("counts.csv", "# throws\n4,2,1,1\n");
    write("joint.csv", "0.445,0.055\n0.055,0.445\n");
    write("labels.csv", &"0\n1\n2\n3\n".repeat(50));
    write("square.csv", "0,0\n1,0\n0,1\n1,1\n");
    write("moved.csv", "3,4\n4,4\n3,5\n4,5\n");
    let rows = |of: &dyn Fn(f64, f64) -> String| {
        // Pairs of independent normal draws, by Box and Muller's formula. A lattice will not do: its
        // neighbors are farther apart than those of samples.
        let mut state = 0_u64;
        let mut uniform = || {
            // SplitMix64.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut row = || {
            let (radius, angle) = ((-2.0 * (1.0 - uniform()).ln()).sqrt(), 2.0 * PI * uniform());
            of(radius * angle.cos(), radius * angle.sin())
        };
        (0..1500).map(|_| row()).collect::<String>()
    };
    write("unit.csv", &rows(&|x, _| format!("{x}\n")));
    write("other.csv", &rows(&|_, y| format!("{}\n", 1.0 + y)));
    write("pairs.csv", &rows(&|x, y| format!("{x},{}\n", 0.8 * x + 0.6 * y)));
    place
}

fn value(object: &Value) -> f64 {
    object["value"].as_f64().unwrap()
}

#[test]
fn tables_have_the_numbers_of_the_formulas() {
    let place = files();
    for (line, expected) in [
        ("entropy p.csv --unit bits", 1.75),
        ("entropy counts.csv --as table --unit bits", 1.75),
        ("kl p.csv q.csv", 0.25 * LN_2),
        ("kl q.csv p.csv --unit bits", 0.25),
        ("tv p.csv q.csv", 0.25),
        ("emd p.csv q.csv", 0.625),
        ("mi joint.csv --unit bits", 1.0 + 0.89 * 0.89_f64.log2() + 0.11 * 0.11_f64.log2()),
    ] {
        let object = place.json(&format!("info {line} --json"));
        assert!((value(&object) - expected).abs() < 1e-12, "{line}: {object}");
        assert_eq!((&object["by"], &object["bias"]), (&"exact".into(), &"none".into()), "{object}");
        assert_eq!(object["inputs"][0]["taken"], "table", "{object}");
    }
    let told = place.done("info kl q.csv counts.csv --as table").out;
    assert!(told.contains("divided by their sum 8") && told.contains("nats"), "{told}");
}

#[test]
fn samples_come_near_the_law_and_say_by_what() {
    let place = files();
    let normal = 0.5 * (2.0 * PI * E).ln();
    // Of estimates of 1,500 draws three standard deviations: √(1/2n) of an entropy, √(1/n) of this KL with
    // what its neighbors add, √(2/n) of a difference of means; 1e-9 and less where nothing is drawn.
    for (line, expected, within) in [
        ("entropy unit.csv", normal, 0.05),
        ("entropy unit.csv --by plug-in", normal, 0.05),
        ("entropy labels.csv --labels", 4f64.ln(), 1e-12),
        ("kl unit.csv other.csv", 0.5, 0.12),
        ("tv unit.csv other.csv", 0.3829, 0.07),
        ("emd unit.csv other.csv", 1.0, 0.11),
        ("emd square.csv moved.csv", 5.0, 1e-9),
        ("mi pairs.csv", -0.5 * 0.36_f64.ln(), 0.06),
        ("mi pairs.csv --x 0 --y 1 --by plug-in", -0.5 * 0.36_f64.ln(), 0.1),
        ("mi labels.csv labels.csv --labels", 4f64.ln(), 1e-12),
        ("frechet square.csv moved.csv", 25.0, 1e-9),
        ("frechet square.csv moved.csv --diagonal", 25.0, 1e-9),
        ("mmd square.csv moved.csv --kernel linear --estimate biased", 25.0, 1e-9),
    ] {
        let object = place.json(&format!("info {line} --json"));
        assert!((value(&object) - expected).abs() < within, "{line}, {expected}: {object}");
        assert_eq!(object["inputs"][0]["taken"], "samples", "{object}");
    }
    let object = place.json("info kl unit.csv other.csv --bins 40 --json");
    assert_eq!((&object["value"], &object["infinite"]), (&Value::Null, &true.into()), "{object}");
    let told = place.done("info entropy unit.csv --bins 30").out;
    for words in ["30 bins", "Miller", "unit.csv: 1500 samples, columns: 1"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn bad_files_are_told_from_bad_words() {
    let place = files();
    let write = |name: &str, text: &str| std::fs::write(place.path(name), text).unwrap();
    write("word.csv", "1,2\n3,x\n");
    write("ragged.csv", "1,2\n3\n");
    write("hole.csv", "1,2\n3,nan\n");
    write("empty.csv", "");
    for (line, code, words) in [
        ("entropy word.csv", 1, ["line 2, column 1", "\"x\""]),
        ("entropy ragged.csv", 1, ["equally many numbers", "line: 2"]),
        ("entropy hole.csv", 1, ["finite numbers", "row 1, column 1"]),
        ("entropy empty.csv", 1, ["expected numbers", "empty.csv"]),
        ("entropy missing.csv", 1, ["missing.csv", "cannot open"]),
        ("entropy labels.csv", 1, ["--labels", "index 0"]),
        ("entropy unit.csv --as table", 2, ["a table of one row", "--as samples"]),
        ("kl p.csv unit.csv", 2, ["of one kind", "--as"]),
        ("kl unit.csv pairs.csv", 2, ["columns", "found 2"]),
        ("mi unit.csv", 2, ["--x 0..3 --y 3", "found 1 columns"]),
        ("mi pairs.csv --x 0..3 --y 1", 2, ["columns 0 to 1", "0..3"]),
        ("mi unit.csv labels.csv", 2, ["1500 rows", "found 200"]),
        ("emd unit.csv other.csv --order 0.5", 2, ["--order", "0.5"]),
        ("mmd unit.csv other.csv --kernel linear --bandwidth 1", 2, ["--bandwidth", "gaussian"]),
        ("entropy unit.csv --array x", 2, ["--array x", ".npz"]),
    ] {
        place.gan(&format!("info {line}")).with_code(code).error(&words);
    }
}
