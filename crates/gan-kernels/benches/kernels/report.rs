//! What the bench prints: a table for each group, or JSON.

use crate::timing::Time;
use candle_core::Result;
use std::fmt::Write;
use std::time::Duration;

/// The rates that the kernels are measured by.
pub struct Machine {
    pub isa: &'static str,
    pub threads: usize,
    /// GFLOP/s.
    pub gemm: f64,
    /// GB/s.
    pub copy: f64,
}

/// What a kernel's work is counted in.
#[derive(Clone, Copy)]
pub enum Work {
    Gflop,
    Gbyte,
}

/// Rows of one kind.
pub struct Group {
    pub title: &'static str,
    pub work: Work,
    pub layers: Vec<Layer>,
}

type Measure = Box<dyn Fn(Duration) -> Result<Vec<Part>>>;

/// One row: how it is measured, and then what was.
pub struct Layer {
    pub name: String,
    pub measure: Measure,
    pub parts: Vec<Part>,
}

impl Layer {
    pub fn new(name: String, measure: Measure) -> Self {
        Self { name, measure, parts: Vec::new() }
    }
}

/// One direction of a kernel.
#[derive(Clone, Copy)]
pub struct Part {
    pub name: &'static str,
    /// GFLOP or GB.
    pub work: f64,
    pub time: Time,
}

impl Part {
    /// Work a second.
    fn rate(&self) -> f64 {
        self.work * 1e3 / self.time.median
    }
}

impl Work {
    fn unit(self) -> &'static str {
        match self {
            Work::Gflop => "GFLOP/s",
            Work::Gbyte => "GB/s",
        }
    }

    fn of(self, machine: &Machine) -> f64 {
        match self {
            Work::Gflop => machine.gemm,
            Work::Gbyte => machine.copy,
        }
    }
}

/// The parts, and their sum where there is more than one.
fn with_sum(layer: &Layer) -> Vec<Part> {
    let mut parts = layer.parts.clone();
    if parts.len() > 1 {
        let sum = |of: fn(&Part) -> f64| layer.parts.iter().map(of).sum();
        let time = Time { median: sum(|p| p.time.median), min: sum(|p| p.time.min) };
        parts.push(Part { name: "sum", work: sum(|p| p.work), time });
    }
    parts
}

/// Tables: milliseconds, rate, and percent of the machine's rate.
pub fn text(machine: &Machine, groups: &[Group]) -> String {
    let Machine { isa, threads, gemm, copy } = machine;
    let mut out = format!(
        "threads {threads}, instructions {isa}; the machine: matrix product {gemm:.0} GFLOP/s, \
         copy {copy:.1} GB/s\n"
    );
    for group in groups {
        let (unit, whole) = (group.work.unit(), group.work.of(machine));
        let width = group.layers.iter().map(|l| l.name.chars().count()).max().unwrap_or(0);
        let first = group.layers.first().map(with_sum).unwrap_or_default();
        let width = width.max(group.title.chars().count());
        let _ = write!(out, "\n{:width$}", group.title);
        for part in &first {
            let _ = write!(out, "  {:>28}", format!("{}: ms, {unit}, %", part.name));
        }
        out.push('\n');
        for layer in &group.layers {
            let _ = write!(out, "{:width$}", layer.name);
            for part in with_sum(layer) {
                let (ms, rate) = (part.time.median, part.rate());
                let percent = 100.0 * rate / whole;
                let _ = write!(out, "  {:>28}", format!("{ms:8.3} {rate:8.1} {percent:4.0}"));
            }
            out.push('\n');
        }
    }
    out
}

/// One object a line: the machine, then each part of each row. No name needs escaping.
pub fn json(machine: &Machine, groups: &[Group]) -> String {
    let Machine { isa, threads, gemm, copy } = machine;
    let mut out = format!(
        "{{\"threads\":{threads},\"isa\":\"{isa}\",\"gemm_gflops\":{gemm:.2},\
         \"copy_gbs\":{copy:.2}}}\n"
    );
    for group in groups {
        for layer in &group.layers {
            for part in with_sum(layer) {
                let (rate, whole) = (part.rate(), group.work.of(machine));
                let rate_key = match group.work {
                    Work::Gflop => "gflops",
                    Work::Gbyte => "gbs",
                };
                let _ = writeln!(
                    out,
                    "{{\"kernel\":\"{}\",\"layer\":\"{}\",\"part\":\"{}\",\"threads\":{threads},\
                     \"ms_median\":{},\"ms_min\":{},\"{rate_key}\":{},\"of_machine\":{}}}",
                    group.title,
                    layer.name,
                    part.name,
                    number(part.time.median),
                    number(part.time.min),
                    number(rate),
                    number(rate / whole)
                );
            }
        }
    }
    out
}

/// A number as JSON has them: what is too short to be timed has no rate.
fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:.4}") } else { "null".to_owned() }
}
