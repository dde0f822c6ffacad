//! An answer of `gan info`: a number, what it was computed from, by what, and with which bias.

use super::taken::Input;
use serde_json::{Map, Value, json};

/// A number and its receipt.
#[derive(Debug)]
pub struct Answer {
    /// As the command line has it.
    pub quantity: &'static str,
    /// May be infinite.
    pub value: f64,
    /// In words; empty for a number without one.
    pub unit: String,
    /// What it was computed from.
    pub inputs: Vec<Input>,
    /// The estimator's short name.
    pub by: &'static str,
    /// The estimator with its numbers, in words.
    pub estimator: String,
    /// Its known bias, in words.
    pub bias: String,
    /// More numbers.
    pub numbers: Map<String, Value>,
}

impl Answer {
    /// A few lines: the number first.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("{} = {} {}", self.quantity, digits(self.value), self.unit)];
        lines.extend(
            self.inputs.iter().zip(["A", "B"]).map(|(i, n)| format!("  {n}: {}", i.words())),
        );
        lines.push(format!("  by: {}", self.estimator));
        lines.push(format!("  bias: {}", self.bias));
        lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// As JSON; `value` is null where it is infinite.
    pub fn object(&self) -> Value {
        let inputs: Vec<Value> = self.inputs.iter().map(Input::object).collect();
        let mut object = json!({
            "quantity": self.quantity,
            "value": self.value,
            "infinite": self.value.is_infinite(),
            "unit": self.unit,
            "inputs": inputs,
            "by": self.by,
            "estimator": self.estimator,
            "bias": self.bias,
        });
        for (name, value) in &self.numbers {
            object[name] = value.clone();
        }
        object
    }
}

/// Six digits after the first that is not 0.
fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !size.is_finite() => format!("{value}"),
        size if (1e-3..1e7).contains(&size) => format!("{value:.6}"),
        _ => format!("{value:.6e}"),
    }
}
