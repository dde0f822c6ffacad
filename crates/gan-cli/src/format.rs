//! Tables of text, and numbers of a few digits.

use std::path::Path;

/// Columns as wide as their widest cell, two spaces apart, no spaces at the ends of lines.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A number with about four significant digits: `0.6931`, `12.50`, `1234`.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => format!("{value}"),
        0.0 => "0".to_owned(),
        size if !(1e-3..1e6).contains(&size) => format!("{value:.2e}"),
        size if size < 10.0 => format!("{value:.4}"),
        size if size < 100.0 => format!("{value:.2}"),
        size if size < 1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// A path as a shell takes it: quoted where it holds more than plain characters.
pub fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:,@\\".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "x".into()], vec!["long".into(), String::new()]];
        assert_eq!(table(&rows), "a     x\nlong\n");
    }

    #[test]
    fn numbers_are_short() {
        let all = [0.0, 0.69214, 12.5, 1234.4, 2e-5, f64::NAN].map(number);
        assert_eq!(all, ["0", "0.6921", "12.50", "1234", "2.00e-5", "NaN"]);
    }

    #[test]
    fn paths_with_spaces_are_quoted() {
        assert_eq!(shell(Path::new("runs/dcgan-1")), "runs/dcgan-1");
        assert_eq!(shell(Path::new("my run's")), r"'my run'\''s'");
    }
}
