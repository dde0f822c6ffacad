//! `gan explain`: each topic in words, in numbers and as a picture.

use crate::gan::Place;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[test]
fn dirac_has_the_eigenvalues_of_the_paper() {
    let place = Place::new();
    let object = place.json("explain dirac --json");
    for way in object["ways"].as_array().unwrap() {
        for (closed, simulated) in
            way["closed"].as_array().unwrap().iter().zip(way["simulated"].as_array().unwrap())
        {
            for part in ["re", "im"] {
                let (a, b) = (closed[part].as_f64().unwrap(), simulated[part].as_f64().unwrap());
                assert!((a - b).abs() < 1e-4, "{way}");
            }
        }
    }
    // 1 ± h f'(0) i with h = 0.2: √(1 + 0.01).
    let size = object["ways"][0]["size"].as_f64().unwrap();
    assert!((size - 1.01_f64.sqrt()).abs() < 1e-12, "{size}");
    let picture = image::open(place.path("explain-dirac.png")).unwrap();
    assert!(picture.width() > 600);
    place.gan("explain dirac").with_code(2).error(&["explain-dirac.png", "exists"]);
    let told = place.done("explain dirac --force");
    assert!(told.out.contains("1801.04406") && told.out.contains("1.004988"), "{told:?}");
}

#[test]
fn saturation_leaves_minimax_without_a_gradient() {
    let place = Place::new();
    let object = place.json("explain saturation --steps 120 --out s.png --json");
    let (minimax, other) = (numbers(&object["minimax"]), numbers(&object["non_saturating"]));
    let fake = numbers(&object["d_fake"]);
    assert_eq!((minimax.len(), other.len(), fake.len()), (120, 120, 120));
    assert!(fake[119] < 0.05 && fake[0] > 0.3, "{} {}", fake[0], fake[119]);
    // D sees the same in both runs, so that the losses' ratio is that of D's answers alone. An
    // untrained D has hardly a slope: minimax's gradient rises before it vanishes.
    let peak = minimax.iter().copied().fold(0.0, f64::max);
    assert!(minimax[119] < 0.2 * peak, "{peak} {}", minimax[119]);
    assert!(other[119] > 10.0 * minimax[119], "{} {}", other[119], minimax[119]);
    image::open(place.path("s.png")).unwrap();
}

#[test]
fn collapse_is_counted_on_the_way() {
    let place = Place::new();
    let object = place.json("explain collapse --steps 40 --json");
    let runs = object["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| run["modes"].as_array().unwrap().len() == 4), "{object}");
    assert!(image::open(place.path("explain-collapse.png")).unwrap().width() > 1000);
    place.gan("explain everything").with_code(2).error(&["saturation", "collapse", "dirac"]);
}

/// The topics that are computed at once, each with a number that a closed form gives.
#[test]
fn games_and_divergences_have_their_closed_forms() {
    let place = Place::new();
    let lines = place.json("explain parallel-lines --json");
    let last = &lines["lines"][4];
    assert_eq!((&last["theta"], &last["earth_mover"]["value"]), (&1.0.into(), &1.0.into()));
    assert_eq!((&last["kl"]["value"], &last["kl"]["infinite"]), (&Value::Null, &true.into()));
    assert!((last["jsd"]["value"].as_f64().unwrap() - 2f64.ln()).abs() < 1e-12, "{last}");

    let modes = place.json("explain two-modes --json");
    for (pair, distance) in modes["pairs"].as_array().unwrap().iter().zip([2.5, 3.0]) {
        // Maximum likelihood has the moments: 0.6 d - 0.4 d, and 0.64 + d² (1 - 0.04).
        let fit = |name: &str, key: &str| pair["fits"][name][key].as_f64().unwrap();
        assert!((fit("kl", "mean") - 0.2 * distance).abs() < 1e-5, "{pair}");
        let sigma = (0.64 + 0.96 * distance * distance).sqrt();
        assert!((fit("kl", "sigma") - sigma).abs() < 1e-5, "{pair}");
        // Sitting on a mode of weight w costs log 1/w.
        assert!((fit("reverse_kl", "divergence") + 0.6f64.ln()).abs() < 0.01, "{pair}");
    }
    let picks = |pair: usize| modes["pairs"][pair]["fits"]["jsd"]["sigma"].as_f64().unwrap() < 1.0;
    assert_eq!((picks(0), picks(1)), (false, true), "{modes}");

    let pairs = place.json("explain optimal-discriminator --json");
    let same = &pairs["pairs"][0];
    assert!((same["value"].as_f64().unwrap() + 4f64.ln()).abs() < 1e-9, "{same}");
    assert!((same["accuracy"].as_f64().unwrap() - 0.5).abs() < 1e-9, "{same}");

    let games = place.json("explain matrix-game --json");
    // (ad - bc)/(a + d - b - c) with 3, -1, -1, 1.
    let first = &games["games"][0];
    assert!((first["value"].as_f64().unwrap() - 2.0 / 6.0).abs() < 1e-12, "{first}");
    assert!((numbers(&first["rows"])[0] - 2.0 / 6.0).abs() < 1e-12, "{first}");

    let board = place.json("explain noughts-and-crosses --json");
    assert_eq!(board["value"], 0, "{board}");
    assert_eq!(numbers(&board["openings"][0]["replies"]), [4.0], "a corner asks for the middle");

    for topic in ["parallel-lines", "two-modes", "optimal-discriminator", "matrix-game"] {
        let picture = image::open(place.path(&format!("explain-{topic}.png"))).unwrap();
        assert!(picture.width() > 800, "{topic}");
    }
    let told = place.done("explain noughts-and-crosses --out board.png").out;
    assert!(told.contains("549946") && place.path("board.png").is_file(), "{told}");
    place
        .gan("explain two-modes --steps 5 --force")
        .with_code(2)
        .error(&["--steps", "trains nothing"]);
}
