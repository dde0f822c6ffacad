//! Durations as people write them: `90s`, `10m`, `1h30m`; and back.

use std::time::Duration;

/// Reads `90s`, `10m`, `1h30m`.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a duration such as 90s, 10m or 1h30m, found {text:?}");
    let (mut total, mut digits, mut last) = (0_u64, String::new(), u64::MAX);
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        if unit >= last {
            return Err(wrong());
        }
        let count: u64 = digits.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit).and_then(|s| total.checked_add(s)).ok_or_else(wrong)?;
        digits.clear();
        last = unit;
    }
    if !digits.is_empty() || total == 0 {
        return Err(wrong());
    }
    Ok(Duration::from_secs(total))
}

/// Writes seconds as `0.4s`, `42s`, `3m07s` or `2h05m`.
pub fn text(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "?".to_owned();
    }
    if seconds < 9.95 {
        return format!("{seconds:.1}s");
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{whole}s"),
        60..3600 => format!("{}m{:02}s", whole / 60, whole % 60),
        _ => format!("{}h{:02}m", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fall_from_left_to_right() {
        let seconds = |text| parse(text).map(|d| d.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("10m"), Ok(600));
        assert_eq!(seconds("1h30m"), Ok(5400));
        assert_eq!(seconds("1h5s"), Ok(3605));
        for wrong in
            ["", "90", "10 m", "5m1h", "1m1m", "-5s", "m", "0s", "1.5h", "99999999999999999999h"]
        {
            assert!(parse(wrong).is_err_and(|e| e.contains("90s, 10m or 1h30m")), "{wrong}");
        }
    }

    #[test]
    fn durations_are_written_briefly() {
        let all = [0.42, 42.3, 59.6, 187.0, 7500.0, f64::INFINITY].map(text);
        assert_eq!(all, ["0.4s", "42s", "1m00s", "3m07s", "2h05m", "?"]);
    }
}
