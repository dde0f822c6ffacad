//! Golden values of scikit-learn's logistic regression, made by data/golden/statistics/make_logistic.py.
//!
//! Versions: scikit-learn 1.9.1, numpy as the file says.

use gan_statistics::{LogisticOptions, LogisticRegression};
use serde_json::Value;

/// Both sides end with a gradient of 10⁻¹²; the flattest direction of the objective curves by
/// about 10⁻⁴, so that the places agree to 10⁻⁸.
const SAME_MINIMUM: f64 = 1e-7;
/// At a minimum the loss differs by the square of that.
const SAME_LOSS: f64 = 1e-12;

#[test]
fn the_fit_is_that_of_scikit_learn() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/golden/statistics/logistic.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).expect(path)).unwrap();
    let numbers = |v: &Value| -> Vec<f64> {
        v.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let x = numbers(&all["features"]);
    let labels: Vec<u32> = numbers(&all["labels"]).iter().map(|l| *l as u32).collect();
    for expected in all["fits"].as_array().unwrap() {
        let inverse_l2 = expected["inverse_l2"].as_f64().unwrap();
        let options = LogisticOptions { inverse_l2, tolerance: 1e-12, steps: 100 };
        let fit = LogisticRegression::fit(&x, &labels, 4, 3, &options).unwrap();
        for (name, found) in [("weights", &fit.weights), ("biases", &fit.biases)] {
            for (a, b) in found.iter().zip(numbers(&expected[name])) {
                assert!((a - b).abs() < SAME_MINIMUM, "C = {inverse_l2}, {name}: {a} {b}");
            }
        }
        let loss = expected["loss"].as_f64().unwrap();
        assert!((fit.loss - loss).abs() < SAME_LOSS, "{} {loss}", fit.loss);
        assert_eq!(fit.accuracy(&x, &labels).unwrap(), expected["accuracy"].as_f64().unwrap());
    }
}
