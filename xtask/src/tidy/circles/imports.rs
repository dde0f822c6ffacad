//! What a Rust file imports: paths of `use`, and paths in the code that begin with `crate` or `super`.

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// From its first word, such as `crate`, on.
    pub path: Vec<String>,
    /// Whether it is exported again.
    pub public: bool,
    /// The name that it has here; nothing for `*`.
    pub name: Option<String>,
}

/// Every import of a file, whose strings and comments are blank.
pub fn imports(code: &str) -> Vec<Import> {
    let mut all = Vec::new();
    let mut rest = String::with_capacity(code.len());
    for statement in code.split_inclusive(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let Some(at) = words.iter().rposition(|word| *word == "use") else {
            rest.push_str(statement);
            continue;
        };
        // What stands before a `use` within one statement is the end of an item without `;`.
        rest.push_str(&words[..at].join(" "));
        let public = at > 0 && words[at - 1].starts_with("pub");
        let tree = words[at + 1..].join(" ");
        expand(tree.trim_end_matches(';').trim(), &[], public, &mut all);
    }
    all.extend(inline(&rest));
    all
}

/// The paths of a tree of `use`, such as `a::{b, c::{self, D as E}}`.
fn expand(tree: &str, before: &[String], public: bool, all: &mut Vec<Import>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let prefix = tree[..open].trim_end_matches("::");
        let path = [before, &words(prefix)].concat();
        let inside = tree[open + 1..].trim_end().trim_end_matches('}');
        // The last `}` of the tree is this brace's own; those before it belong to what is inside.
        let closed = tree[open + 1..].rfind('}').map_or(inside, |end| &tree[open + 1..][..end]);
        for part in parts(closed) {
            expand(part, &path, public, all);
        }
        return;
    }
    if tree.is_empty() {
        return;
    }
    let (target, alias) = match tree.split_once(" as ") {
        Some((target, alias)) => (target.trim(), Some(alias.trim().to_owned())),
        None => (tree, None),
    };
    let mut path = [before, &words(target)].concat();
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    let star = path.last().is_some_and(|last| last == "*");
    let name = alias.or_else(|| path.last().cloned()).filter(|_| !star);
    if star {
        path.pop();
    }
    all.push(Import { path, public, name });
}

fn words(path: &str) -> Vec<String> {
    path.split("::").map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// What stands between commas that are in no brace.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut all) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    all.push(&text[from..]);
    all
}

/// Paths in code: `crate::a::b(…)`.
fn inline(code: &str) -> Vec<Import> {
    let mut all = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let end = code[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            let path = words(&code[at..end.map_or(code.len(), |end| at + end)]);
            all.push(Import { path, public: false, name: None });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        imports(code).iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn trees_of_use_are_all_their_paths() {
        assert_eq!(paths("use a::b;"), ["a::b"]);
        assert_eq!(
            paths("use crate::a::{self, B as C, d::{E, F}, g::*};"),
            ["crate::a", "crate::a::B", "crate::a::d::E", "crate::a::d::F", "crate::a::g"]
        );
        let found = imports("pub use a::{B as C};\nfn f() {}\nuse d::E;");
        assert!(found[0].public && found[0].name.as_deref() == Some("C"));
        assert!(!found[1].public && found[1].path == ["d", "E"]);
    }

    #[test]
    fn paths_in_the_code_count() {
        assert_eq!(paths("fn f() { crate::a::g(1); my_crate::b(); }"), ["crate::a::g"]);
        assert_eq!(paths("struct S { x: super::T }"), ["super::T"]);
    }
}
