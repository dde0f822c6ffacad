//! Text tables.

/// Columns as wide as their widest cell; the first `left` of them to the left, the rest, which are
/// numbers, to the right.
pub fn table(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(c, (cell, &w))| match c < left {
            true => format!("{cell:<w$}"),
            false => format!("{cell:>w$}"),
        });
        out += cells.collect::<Vec<_>>().join("  ").trim_end();
        out.push('\n');
    }
    out
}

/// Three digits that say something: `1.05`, `15.7`, `571`.
pub fn ms(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.3}"),
        v if v < 99.95 => format!("{v:.2}"),
        v => format!("{v:.1}"),
    }
}

/// A number of MiB, or a question mark.
pub fn mib(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), |v| format!("{v:.0}"))
}

/// The quotient of two numbers that may be unknown.
pub fn quotient(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? / b?)
}

/// A ratio, or a question mark.
pub fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), |v| format!("{v:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_characters() {
        let rows = [["case", "against", "ms"], ["ring", "é", "1.05"]];
        let rows = rows.map(|r| r.map(str::to_owned).to_vec());
        assert_eq!(table(&rows, 2), "case  against    ms\nring  é        1.05\n");
        assert_eq!(table(&[], 1), "");
    }

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!([1.0512, 15.71, 571.49].map(ms), ["1.051", "15.71", "571.5"]);
        assert_eq!((mib(Some(12.6)), mib(None)), ("13".to_owned(), "?".to_owned()));
        assert_eq!(ratio(quotient(Some(1.0), Some(4.0))), "0.250");
        assert_eq!(ratio(quotient(Some(1.0), None)), "?");
    }
}
