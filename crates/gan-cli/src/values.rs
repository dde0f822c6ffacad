//! Values of options: whole numbers with a bound, ranges.

/// Reads a range such as `0..4095` or `-1..1`.
pub fn range(text: &str) -> Result<[f64; 2], String> {
    gan_images::parse_range(text).map_err(|error| error.to_string())
}

/// Reads a whole number from 1.
pub fn one_or_more(text: &str) -> Result<u64, String> {
    match zero_or_more(text) {
        Ok(0) | Err(_) => Err("expected a whole number, 1 or more".to_owned()),
        ok => ok,
    }
}

/// Reads a whole number from 0, as large as TOML can hold.
pub fn zero_or_more(text: &str) -> Result<u64, String> {
    match text.parse::<i64>().map(u64::try_from) {
        Ok(Ok(number)) => Ok(number),
        _ => Err(format!("expected a whole number, 0 to {}", i64::MAX)),
    }
}
