//! What one process of a benchmark reports, ours and the peer's alike.

/// One process: the median of its steps, and the most memory it held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    pub batch: f64,
    pub ms_median: f64,
    pub ms_min: f64,
    /// MiB; unknown where the system does not tell.
    pub peak_mib: Option<f64>,
    /// MiB above what the process held before it built its networks; PyTorch's alone.
    pub peak_rise_mib: Option<f64>,
}

/// Reads the measurement from one flat JSON object, or names the key that is missing.
pub fn parse(json: &str) -> Result<Measurement, &'static str> {
    let needed = |key: &'static str| number(json, key).ok_or(key);
    Ok(Measurement {
        batch: needed("batch")?,
        ms_median: needed("ms_median")?,
        ms_min: needed("ms_min")?,
        peak_mib: number(json, "peak_mib"),
        peak_rise_mib: number(json, "peak_rise_mib"),
    })
}

fn number(json: &str, key: &str) -> Option<f64> {
    let quoted = format!("\"{key}\"");
    let rest = json[json.find(&quoted)? + quoted.len()..].trim_start();
    let rest = rest.strip_prefix(':')?.trim_start();
    let end =
        rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_read() {
        let json = r#"{"case": "ring", "threads": 2, "batch":100, "ms_median": 1.05,
            "ms_min": 9.5e-1, "peak_mib": 12.5}"#;
        let m = parse(json).unwrap();
        assert_eq!((m.batch, m.ms_median, m.ms_min), (100.0, 1.05, 0.95));
        assert_eq!((m.peak_mib, m.peak_rise_mib), (Some(12.5), None));
    }

    #[test]
    fn an_unknown_peak_is_none_and_a_missing_time_is_named() {
        let json = r#"{"batch": 1, "ms_median": 2, "ms_min": 1, "peak_mib": null}"#;
        assert_eq!(parse(json).unwrap().peak_mib, None);
        assert_eq!(parse(r#"{"threads": 2}"#), Err("batch"));
        assert_eq!(parse(r#"{"batch": 2, "ms_median": "long"}"#), Err("ms_median"));
    }
}
