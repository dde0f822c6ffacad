//! A value written as a literal in a JavaScript module, without running any JavaScript.

use serde_json::{Map, Number, Value};

/// Literals nested deeper are refused.
const DEEPEST: usize = 64;

/// The literal after `exports=` in a bundled module, or the whole text where it is JSON.
pub(super) fn exported(text: &[u8]) -> Result<Value, String> {
    let mut reader = Reader { text, at: literal_start(text)? };
    reader.value(0).map_err(|problem| format!("at byte {}: {problem}", reader.at))
}

/// The bytes of the text literal after `exports=`, without a copy.
pub(super) fn exported_text(text: &[u8]) -> Result<&[u8], String> {
    let start = literal_start(text)?;
    let (quote, rest) = text[start..].split_first().ok_or("cut short")?;
    if !matches!(quote, b'"' | b'\'') {
        return Err("exports no text".to_owned());
    }
    let end = rest.iter().position(|b| b == quote).ok_or("cut short: a text without its end")?;
    Ok(&rest[..end])
}

/// Where the exported object or text begins.
fn literal_start(text: &[u8]) -> Result<usize, String> {
    const MARK: &[u8] = b"exports=";
    if text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{') {
        return Ok(0);
    }
    // A bundle's own wrapper assigns functions and empty objects before.
    let starts = text.windows(MARK.len()).enumerate().filter(|(_, w)| *w == MARK);
    let mut literals = starts.map(|(at, _)| at + MARK.len()).filter(|at| {
        let next = &text[*at..text.len().min(at + 2)];
        matches!(next.first(), Some(b'{' | b'"' | b'\'')) && next != b"{}"
    });
    literals.next().ok_or_else(|| "no literal is exported: expected `exports={…}` or JSON".into())
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err(format!("nested deeper than {DEEPEST}"));
        }
        match self.peek().ok_or("cut short")? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            quote @ (b'"' | b'\'') => self.text(quote).map(Value::String),
            b'-' | b'.' | b'0'..=b'9' => self.number(),
            _ => match self.word()?.as_str() {
                "true" | "!0" => Ok(Value::Bool(true)),
                "false" | "!1" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                other => Err(format!("`{other}` is no literal")),
            },
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut object = Map::new();
        loop {
            if self.eat(b'}') {
                return Ok(Value::Object(object));
            }
            let key = match self.peek() {
                Some(quote @ (b'"' | b'\'')) => self.text(quote)?,
                _ => self.word()?,
            };
            if !self.eat(b':') {
                return Err(format!("expected `:` after `{key}`"));
            }
            let value = self.value(depth + 1)?;
            object.insert(key, value);
            if !self.eat(b',') && self.peek() != Some(b'}') {
                return Err("expected `,` or `}`".to_owned());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut array = Vec::new();
        loop {
            if self.eat(b']') {
                return Ok(Value::Array(array));
            }
            array.push(self.value(depth + 1)?);
            if !self.eat(b',') && self.peek() != Some(b']') {
                return Err("expected `,` or `]`".to_owned());
            }
        }
    }

    /// A text; of the escapes only those of single signs.
    fn text(&mut self, quote: u8) -> Result<String, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let byte = *self.text.get(self.at).ok_or("cut short: a text without its end")?;
            self.at += 1;
            match byte {
                b'\\' => {
                    let sign = *self.text.get(self.at).ok_or("cut short after `\\`")?;
                    self.at += 1;
                    bytes.push(match sign {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'\\' | b'/' | b'"' | b'\'' => sign,
                        _ => return Err("an escape that weights' names do not need".to_owned()),
                    });
                }
                byte if byte == quote => break,
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| "a text that is not UTF-8".to_owned())
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = &self.text[self.at..];
        let inside = |b: &u8| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
        let length = rest.iter().take_while(|b| inside(b)).count();
        let text = String::from_utf8_lossy(&rest[..length]).into_owned();
        self.at += length;
        if let Ok(whole) = text.parse::<u64>() {
            return Ok(Value::Number(whole.into()));
        }
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        number.map(Value::Number).ok_or_else(|| format!("`{text}` is no number"))
    }

    /// A name without quotes, or one of `!0`, `true`, ….
    fn word(&mut self) -> Result<String, String> {
        self.peek();
        let rest = &self.text[self.at..];
        let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'!');
        let length = rest.iter().take_while(|b| inside(b)).count();
        if length == 0 {
            return Err("expected a name or a literal".to_owned());
        }
        self.at += length;
        Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_literal_of_a_bundle_is_read() {
        let bundle = br#"!function(a){module.exports=a()}({1:[function(a,n,i){n.exports={
            plain:1,"quoted":-.5,list:[!0,!1,null,1e-3,'x\n'],deep:{a:{}}}},{}]},{},[1]);"#;
        assert_eq!(
            exported(bundle).unwrap(),
            json!({"plain": 1, "quoted": -0.5, "list": [true, false, null, 0.001, "x\n"],
                   "deep": {"a": {}}})
        );
        assert_eq!(exported(br#" {"json": [1, 2.5]}"#).unwrap(), json!({"json": [1, 2.5]}));
        assert_eq!(exported_text(br#"i.exports={};n.exports="QUJD"},{}"#).unwrap(), b"QUJD");
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        let error = |text: &str| exported(text.as_bytes()).unwrap_err();
        assert!(error("a.exports={x:alert(1)}").contains("`alert` is no literal"));
        assert!(error("a.exports={x:1").contains("expected `,`"));
        assert!(error("a.exports={x:--1}").contains("no number"));
        assert!(error(&format!("exports={{x:{}", "[".repeat(100))).contains("deeper"));
        assert!(error("console.log(1)").contains("no literal is exported"));
        assert!(exported_text(b"exports=\"QUJD").unwrap_err().contains("without its end"));
    }
}
