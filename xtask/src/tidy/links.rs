//! Rule `links`: relative links in Markdown point at files that exist.

use super::Finding;
use super::tree::Tree;

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|f| f.path.ends_with(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in targets(file.text.as_deref().unwrap_or_default()) {
            if !exists(tree, folder, &target) {
                let advice = format!("`{target}` leads nowhere: mend the link or add the file");
                findings.push(Finding::new(&file.path, line, advice));
            }
        }
    }
    findings
}

/// The relative targets of a Markdown text, each with its line; code is left out.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() || mark.is_some() {
            continue;
        }
        let line = without_code(line);
        for opening in ["](", "src=\"", "href=\""] {
            for (at, _) in line.match_indices(opening) {
                let closing = if opening == "](" { ')' } else { '"' };
                let rest = line[at + opening.len()..].split(closing).next();
                found.extend(relative(rest.unwrap_or_default()).map(|t| (index + 1, t)));
            }
        }
        // [label]: target
        if let Some((label, target)) = line.trim_start().split_once("]:")
            && label.starts_with('[')
            && !label.starts_with("[^")
        {
            found.extend(relative(target).map(|t| (index + 1, t)));
        }
    }
    found
}

/// The line with the content of its `code` blanked.
fn without_code(line: &str) -> String {
    let mut inside = false;
    line.chars()
        .map(|c| {
            inside ^= c == '`';
            if inside { ' ' } else { c }
        })
        .collect()
}

/// The path of a link that points into the repository: no address, no anchor, no title.
fn relative(target: &str) -> Option<String> {
    let target = target.trim();
    let path = match target.strip_prefix('<') {
        Some(rest) => rest.split('>').next()?,
        None => target.split_whitespace().next()?,
    };
    let path = path.split(['#', '?']).next()?.replace("%20", " ");
    let address = path.contains("://") || path.starts_with("mailto:") || path.starts_with("data:");
    (!address && !path.is_empty()).then_some(path)
}

/// Whether `target`, seen from `folder`, is a file or a folder of the tree.
fn exists(tree: &Tree, folder: &str, target: &str) -> bool {
    let joined = match target.strip_prefix('/') {
        Some(from_root) => from_root.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return false,
            ".." => {}
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let inside = format!("{path}/");
    let is = |file: &str| file == path || file.starts_with(&inside);
    path.is_empty() || tree.files.iter().any(|file| is(&file.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("docs/a.md", text), ("docs/b c.md", ""), ("data/x/y.png", "")]);
        check(&tree).iter().map(|f| f.line).collect()
    }

    #[test]
    fn links_to_nothing_are_found() {
        assert_eq!(broken("text\n[x](missing.md) and ![y](b.png)"), [2, 2]);
        assert_eq!(broken("[x]: missing.md"), [1]);
        assert_eq!(broken("<img src=\"no.png\" width=\"2\">"), [1]);
        assert_eq!(broken("[x](../../outside.md)"), [1]);
        assert_eq!(broken("[x](y.png)"), [1], "it is relative to the file");
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        for text in [
            "[x](a.md#part \"title\") [y](<b c.md>) [z](b%20c.md)",
            "[x](../data/x) [y](../data/x/) [z](/data/x/y.png) [root](..)",
            "[x](https://example.org/no.md) [y](#part) <a href=\"mailto:a@b.c\">",
            "[^1]: a footnote",
            "`[x](missing.md)` and `a` b `[y](missing.md)`",
            "```\n[x](missing.md)\n```\n~~~text\n```\n[x](missing.md)\n~~~",
        ] {
            assert!(broken(text).is_empty(), "{text}");
        }
    }
}
