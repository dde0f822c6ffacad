//! Writing JSON, without a dependency.

use std::fmt::{self, Display, Formatter, Write};

/// A value to write.
pub enum Json {
    /// Not finite, or unknown: `null`.
    Number(Option<f64>),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl From<f64> for Json {
    fn from(value: f64) -> Self {
        Json::Number(Some(value))
    }
}

impl From<usize> for Json {
    fn from(value: usize) -> Self {
        Json::Number(Some(value as f64))
    }
}

impl From<Option<f64>> for Json {
    fn from(value: Option<f64>) -> Self {
        Json::Number(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::Text(value.to_owned())
    }
}

impl Display for Json {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Json::Number(Some(value)) if value.is_finite() => {
                // Six decimals are more than any clock is good for.
                write!(f, "{}", (value * 1e6).round() / 1e6)
            }
            Json::Number(_) => f.write_str("null"),
            Json::Text(text) => quoted(text, f),
            Json::List(values) => {
                f.write_char('[')?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if at == 0 { "" } else { "," })?;
                }
                f.write_char(']')
            }
            Json::Object(pairs) => {
                f.write_char('{')?;
                for (at, (key, value)) in pairs.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    quoted(key, f)?;
                    write!(f, ":{value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c < ' ' => write!(f, "\\u{:04x}", c as u32)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value() {
        let value = Json::Object(vec![
            ("cpu", "a \"b\" \\ \n é".into()),
            ("n", 2_usize.into()),
            ("ms", Json::List(vec![1.25.into(), f64::NAN.into(), None.into(), 1e-9.into()])),
            ("none", Json::List(Vec::new())),
        ]);
        let text = "{\"cpu\":\"a \\\"b\\\" \\\\ \\u000a é\",\"n\":2,\
                    \"ms\":[1.25,null,null,0],\"none\":[]}";
        assert_eq!(value.to_string(), text);
    }
}
