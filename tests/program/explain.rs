//! `gan explain`: three failures, each in words, in numbers and as a picture.

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
    // D sees the same in both runs, so that the losses' ratio is that of D's answers alone.
    assert!(minimax[119] < 0.2 * minimax[0], "{} {}", minimax[0], minimax[119]);
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
