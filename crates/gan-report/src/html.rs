//! Text inside HTML and JSON inside HTML, whatever it holds.

use serde_json::Value;

/// Text as HTML shows it, in an element or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Not allowed in HTML, even as a reference; and what turns the writing around would
            // turn the rest of the line too.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => safe.push('\u{fffd}'),
            c if c.is_control() && c != '\n' && c != '\t' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// JSON for the inside of a `<script>` element: without `<`, it cannot end the element or begin a
/// comment, and JSON reads `\u003c` as the same character.
pub(crate) fn json(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_leaves_its_place(text in "\\PC*|[<>&\"'/!a-z-]{0,40}") {
            let safe = escape(&text);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
            let inside = json(&Value::from(text.as_str()));
            prop_assert!(!inside.contains(['<', '>', '&']));
            prop_assert_eq!(serde_json::from_str::<Value>(&inside).unwrap(), Value::from(text));
        }
    }

    #[test]
    fn tags_become_text() {
        assert_eq!(escape("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(escape("a\u{0}b\u{202e}c\n"), "a\u{fffd}b\u{fffd}c\n");
        assert_eq!(json(&Value::from("</script><!--")), r#""\u003c/script\u003e\u003c!--""#);
    }
}
