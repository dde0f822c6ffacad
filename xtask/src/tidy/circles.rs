//! Rule `circles`: files of a crate import each other one way only.
//!
//! An edge leads from a file to the file that defines what it imports, through re-exports: who takes
//! `crate::Error` depends on the file of the error and not on `lib.rs`. Test modules may look anywhere.

mod imports;

use super::Finding;
use super::mask::Masked;
use super::tree::Tree;
use imports::{Import, imports};
use std::collections::{BTreeMap, BTreeSet};

/// A module: the names of its parents and its own; the root of a crate has none.
type Path = Vec<String>;

/// A file of a crate with what it imports.
struct Module {
    file: String,
    imports: Vec<Import>,
}

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut crates: BTreeMap<String, BTreeMap<Path, Module>> = BTreeMap::new();
    for (file, rust) in tree.rust() {
        let Some((root, path)) = place(&file.path) else { continue };
        let module = Module { file: file.path.clone(), imports: imports(&code(rust)) };
        crates.entry(root).or_default().insert(path, module);
    }
    crates.values().flat_map(of_crate).collect()
}

/// The code outside of test modules, as one text.
fn code(rust: &Masked) -> String {
    let lines = rust.lines.iter().filter(|line| !line.in_test);
    lines.map(|line| line.code.as_str()).collect::<Vec<_>>().join("\n")
}

/// The root that a source file belongs to, and its module there; nothing for tests and examples.
fn place(file: &str) -> Option<(String, Path)> {
    let (package, rest) = match file.strip_prefix("crates/") {
        Some(rest) => rest.split_once("/src/")?,
        None => file.split_once("/src/").filter(|(package, _)| *package == "xtask")?,
    };
    let mut parts: Path = rest.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    let mut root = package.to_owned();
    if parts.first().is_some_and(|part| part == "bin") && parts.len() > 1 {
        // A program beside the library is a crate of its own.
        root = format!("{root} {}", parts[1]);
        parts.drain(..2);
    }
    if parts.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
        parts.pop();
    }
    Some((root, parts))
}

fn of_crate(modules: &BTreeMap<Path, Module>) -> Vec<Finding> {
    let places: Vec<&Path> = modules.keys().collect();
    let number = |path: &Path| places.binary_search(&path).ok();
    let edges: Vec<BTreeSet<usize>> = modules
        .iter()
        .map(|(from, module)| {
            let targets = module.imports.iter().filter(|import| !import.public);
            let resolved = targets.filter_map(|import| resolve(modules, from, &import.path, 0));
            resolved.filter(|to| to != from).filter_map(|to| number(&to)).collect()
        })
        .collect();
    let circle = |circle: Vec<usize>| {
        let file = |k: usize| modules[places[k]].file.as_str();
        let short = |k: usize| file(k).rsplit("/src/").next().unwrap_or_default();
        let arrows = circle.iter().flat_map(|from| {
            let to = edges[*from].iter().filter(|to| circle.contains(to));
            to.map(|to| format!("{} → {}", short(*from), short(*to)))
        });
        let advice = format!(
            "{} files import each other in a circle: {}; move what both sides need below them",
            circle.len(),
            arrows.collect::<Vec<_>>().join(", ")
        );
        Finding::new(file(circle[0]), 1, advice)
    };
    circles(&edges).into_iter().map(circle).collect()
}

/// The module whose file defines what `path` names, seen from module `from`; nothing for what lies
/// outside of the crate.
fn resolve(
    modules: &BTreeMap<Path, Module>,
    from: &[String],
    path: &[String],
    depth: usize,
) -> Option<Path> {
    let mut at: Path = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => from.to_vec(),
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        child => {
            let below = [from, &[child.to_owned()]].concat();
            modules.contains_key(&below).then_some(below)?
        }
    };
    let mut rest = &path[1..];
    while let Some(name) = rest.first() {
        let below = [&at[..], std::slice::from_ref(name)].concat();
        if name == "super" {
            at.pop()?;
        } else if modules.contains_key(&below) {
            at = below;
        } else {
            // The name is defined here, or comes from where it is exported again.
            let again = modules.get(&at).into_iter().flat_map(|module| &module.imports);
            let found = again.filter(|import| import.public && import.name.as_ref() == Some(name));
            let mut found = found.filter(|_| depth < 8);
            let through = found.find_map(|import| resolve(modules, &at, &import.path, depth + 1));
            return Some(through.unwrap_or(at));
        }
        rest = &rest[1..];
    }
    Some(at)
}

/// Sets of nodes that reach each other, of two nodes or more (Tarjan 1972, without recursion being
/// deep: a crate has some hundred files).
fn circles(edges: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    let reach = |from: usize| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(node) = next.pop() {
            next.extend(edges[node].iter().filter(|to| seen.insert(**to)));
        }
        seen
    };
    let reached: Vec<BTreeSet<usize>> = (0..edges.len()).map(reach).collect();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut all = Vec::new();
    for node in 0..edges.len() {
        if !reached[node].contains(&node) || done.contains(&node) {
            continue;
        }
        let circle: Vec<usize> =
            reached[node].iter().copied().filter(|to| reached[*to].contains(&node)).collect();
        done.extend(&circle);
        all.push(circle);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).into_iter().map(|finding| finding.advice).collect()
    }

    #[test]
    fn a_circle_is_found_and_one_way_is_none() {
        let a = ("crates/gan-x/src/a.rs", "use crate::b::{B, c::C};");
        let b = ("crates/gan-x/src/b.rs", "use super::a::A;");
        let told = found(&[a, b]);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("2 files"), "{told:?}");
        assert!(told[0].contains("a.rs → b.rs, b.rs → a.rs"), "{told:?}");
        assert!(found(&[a, ("crates/gan-x/src/b.rs", "use std::a::A;")]).is_empty());
        let tests = "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n";
        assert!(found(&[a, ("crates/gan-x/src/b.rs", tests)]).is_empty());
        // The same names in two crates are two files.
        assert!(found(&[a, ("crates/gan-y/src/b.rs", "use crate::a::A;")]).is_empty());
    }

    #[test]
    fn a_path_in_the_code_is_an_import_too() {
        let a = ("crates/gan-x/src/a.rs", "fn f() { crate::b::g(); }");
        let b = ("crates/gan-x/src/b/mod.rs", "pub fn g() { crate::a::f() }");
        assert_eq!(found(&[a, b]).len(), 1);
    }

    #[test]
    fn re_exports_are_followed_to_the_file_that_defines() {
        let lib = (
            "crates/gan-x/src/lib.rs",
            "mod a;\nmod e;\npub use a::A;\npub use e::{Error as E2, R};",
        );
        let a = ("crates/gan-x/src/a.rs", "use crate::{E2, R};");
        assert!(found(&[lib, a, ("crates/gan-x/src/e.rs", "pub struct Error;")]).is_empty());
        assert_eq!(found(&[lib, a, ("crates/gan-x/src/e.rs", "use crate::A;")]).len(), 1);
    }
}
