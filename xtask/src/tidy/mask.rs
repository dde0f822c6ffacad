//! Rust source split into code and comments, so that rules see words where they mean something.

use std::ops::Range;

/// A Rust source line by line: its code with strings and comments blanked, and its comments.
pub struct Masked {
    pub lines: Vec<Line>,
}

/// One line; `number` counts from 1.
pub struct Line {
    pub number: usize,
    /// The code; what stands in strings, characters and comments is blank.
    pub code: String,
    /// The comments; everything else is blank.
    pub comment: String,
    /// Whether the line belongs to an item under `#[cfg(test)]`.
    pub in_test: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl Masked {
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let kinds = classify(&chars);
        let only = |kind: Kind| -> String {
            let keep = |(&c, &k): (&char, &Kind)| if k == kind || c == '\n' { c } else { ' ' };
            chars.iter().zip(&kinds).map(keep).collect()
        };
        let (code, comments) = (only(Kind::Code), only(Kind::Comment));
        let tests = test_lines(&code);
        let lines = code
            .lines()
            .zip(comments.lines())
            .enumerate()
            .map(|(index, (code, comment))| Line {
                number: index + 1,
                code: code.to_owned(),
                comment: comment.to_owned(),
                in_test: tests.iter().any(|range| range.contains(&index)),
            })
            .collect();
        Self { lines }
    }
}

/// What each character belongs to; a literal's quotes count as code, its content does not.
fn classify(chars: &[char]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; chars.len()];
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut i = 0;
    while i < chars.len() {
        let (kind, range) = match (at(i), at(i + 1)) {
            ('/', '/') => (Kind::Comment, i..line_end(chars, i)),
            ('/', '*') => (Kind::Comment, i..block_comment_end(chars, i)),
            ('"', _) => (Kind::Literal, i + 1..quote_end(chars, i + 1, '"')),
            ('r', '"' | '#') if !continues_a_word(chars, i) => match raw_string(chars, i) {
                Some(content) => (Kind::Literal, content),
                None => (Kind::Code, i..i + 1), // a raw identifier
            },
            // 'x' and '\n' are characters; 'a alone is a lifetime.
            ('\'', '\\') => (Kind::Literal, i + 1..quote_end(chars, i + 1, '\'')),
            ('\'', _) if at(i + 2) == '\'' => (Kind::Literal, i + 1..i + 2),
            _ => (Kind::Code, i..i + 1),
        };
        kinds[range.clone()].fill(kind);
        i = range.end + usize::from(kind == Kind::Literal);
    }
    kinds
}

fn line_end(chars: &[char], from: usize) -> usize {
    let found = chars[from..].iter().position(|&c| c == '\n');
    found.map_or(chars.len(), |n| from + n)
}

fn block_comment_end(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
    }
    chars.len()
}

/// Where the content that begins at `from` ends: the closing quote's place.
fn quote_end(chars: &[char], from: usize, quote: char) -> usize {
    let mut i = from;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i.min(chars.len())
}

/// The content of the raw string whose `r` stands at `from`.
fn raw_string(chars: &[char], from: usize) -> Option<Range<usize>> {
    let hashes = chars[from + 1..].iter().take_while(|&&c| c == '#').count();
    let begin = from + 1 + hashes;
    if chars.get(begin) != Some(&'"') {
        return None;
    }
    let closes = |&i: &usize| {
        let after = chars[i + 1..].iter().take(hashes);
        chars[i] == '"' && after.filter(|&&c| c == '#').count() == hashes
    };
    let end = (begin + 1..chars.len()).find(closes).unwrap_or(chars.len());
    Some(begin + 1..end)
}

/// Whether the `r` at `i` is the end of a longer word (`br"…"` and `cr"…"` still open a string).
fn continues_a_word(chars: &[char], i: usize) -> bool {
    let word = |k: usize| chars[k].is_alphanumeric() || chars[k] == '_';
    if i == 0 || !word(i - 1) {
        return false;
    }
    !(['b', 'c'].contains(&chars[i - 1]) && (i == 1 || !word(i - 2)))
}

/// The lines (from 0) of the items that stand under `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<Range<usize>> {
    let line_of = |at: usize| code[..at].matches('\n').count();
    let mut ranges = Vec::new();
    if code.contains("#![cfg(test)]") {
        ranges.push(0..code.lines().count());
    }
    for mark in ["#[cfg(test)]", "#[cfg(all(test"] {
        for (at, _) in code.match_indices(mark) {
            let end = item_end(&code[at + mark.len()..]).map(|n| at + mark.len() + n);
            ranges.push(line_of(at)..line_of(end.unwrap_or(code.len())) + 1);
        }
    }
    ranges
}

/// Where the item at the start of `code` ends: its closing brace, or its semicolon.
fn item_end(code: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return Some(at),
            '}' => depth -= 1,
            ';' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether `word` stands in `code` as a whole word.
pub fn has_word(code: &str, word: &str) -> bool {
    word_positions(code, word).next().is_some()
}

/// The places where `word` stands in `code` as a whole word.
pub fn word_positions(code: &str, word: &str) -> impl Iterator<Item = usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !code[..at].ends_with(part) && !code[at + word.len()..].starts_with(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let masked = Masked::new(text);
        let lines: Vec<_> = masked.lines.iter().map(|l| l.code.trim_end()).collect();
        lines.join("\n")
    }

    #[test]
    fn comments_and_the_content_of_literals_are_blank() {
        assert_eq!(code("a // b"), "a");
        assert_eq!(code("a /* b /* c */ d */ e"), "a                   e");
        assert_eq!(code(r#"f("x \" // y") g"#), r#"f("         ") g"#);
        assert_eq!(code(r##"r#"a " b"# c"##), r##"r#"     "# c"##);
        assert_eq!(code(r#"br"\" c"#), r#"br" " c"#);
        assert_eq!(code(r"'\'' 'x' '\\' y"), r"'  ' ' ' '  ' y");
        assert_eq!(code("let s = \"a\n// b\"; c"), "let s = \"\n    \"; c");
    }

    #[test]
    fn lifetimes_raw_identifiers_and_words_that_end_in_r_are_code() {
        for text in ["fn f<'a>(x: &'a str) {}", "r#type + 1", "var\"\"", "'outer: loop {}"] {
            assert_eq!(code(text), text);
        }
    }

    #[test]
    fn comments_are_kept_apart() {
        let masked = Masked::new("x; // SAFETY: y\nlet u = \"// no\";");
        assert!(masked.lines[0].comment.contains("// SAFETY: y"));
        assert!(masked.lines[1].comment.trim().is_empty());
    }

    #[test]
    fn lines_under_cfg_test_are_marked() {
        let text =
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { let s = \"}\"; }\n}\nfn c() {}";
        let marks: Vec<bool> = Masked::new(text).lines.iter().map(|l| l.in_test).collect();
        assert_eq!(marks, [false, true, true, true, true, false]);
        let outside = Masked::new("#[cfg(test)]\nmod tests;\nfn c() {}");
        assert!(outside.lines[1].in_test && !outside.lines[2].in_test);
    }

    #[test]
    fn words_end_where_identifiers_end() {
        assert!(has_word("unsafe {", "unsafe"));
        assert!(!has_word("deny(unsafe_code)", "unsafe"));
        assert_eq!(word_positions("a aa a", "a").collect::<Vec<_>>(), [0, 5]);
    }

    #[test]
    fn half_a_file_is_no_accident() {
        for text in ["\"", "r#\"", "/*", "'\\", "#[cfg(test)] mod t {", "r", "b'", "\"\\"] {
            Masked::new(text);
        }
    }
}
