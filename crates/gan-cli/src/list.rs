//! `gan list`: the table of the zoo.

use crate::args::ListArgs;
use crate::format::table;
use crate::output;
use anyhow::Result;
use gan_models::{Ask, Entry, SILENT, Source, Sources, ZOO, sources};
use serde_json::{Value, json};

/// Runs the command.
pub fn run(args: &ListArgs) -> Result<u8> {
    if args.defaults {
        let all = defaults()?;
        if args.json {
            output::json(&json!({ "models": all.iter().map(sourced).collect::<Vec<_>>() }))?;
        } else {
            output::result(&page(&all))?;
        }
    } else if args.json {
        let models: Vec<Value> = ZOO.iter().map(object).collect();
        output::json(&json!({ "models": models }))?;
    } else if args.markdown {
        output::result(&markdown())?;
    } else {
        let head = ["name", "model", "paper", "takes", "makes"].map(str::to_owned).to_vec();
        let rows = ZOO.iter().map(|e| {
            let [name, title, paper] = [e.name, e.title, e.paper].map(str::to_owned);
            vec![name, title, paper, e.takes_words(), e.makes_words()]
        });
        output::result(&table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    }
    Ok(0)
}

fn object(entry: &Entry) -> Value {
    let Entry { name, title, paper, .. } = entry;
    let takes: Vec<String> = entry.takes.iter().map(Ask::words).collect();
    let makes = entry.makes_words();
    json!({ "name": name, "title": title, "paper": paper, "takes": takes, "makes": makes })
}

fn markdown() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = "| name | model | paper | takes |\n| --- | --- | --- | --- |\n".to_owned();
    for entry in ZOO {
        let paper = match is_arxiv(entry.paper) {
            true => format!("[{0}](https://arxiv.org/abs/{0})", entry.paper),
            false => cell(entry.paper),
        };
        let (title, takes) = (cell(entry.title), cell(&entry.takes_words()));
        text.push_str(&format!("| `{}` | {title} | {paper} | {takes} |\n", entry.name));
    }
    text
}

/// Every model with its defaults and where they come from.
fn defaults() -> Result<Vec<(&'static Entry, Sources)>> {
    ZOO.iter().map(|entry| Ok((entry, sources(entry)?))).collect()
}

fn sourced((entry, all): &(&Entry, Sources)) -> Value {
    let settings: Vec<Value> = all
        .settings
        .iter()
        .map(|Source { setting, ours, paper, code, why }| {
            json!({ "setting": setting, "default": ours, "paper": paper, "code": code, "why": why })
        })
        .collect();
    json!({ "name": entry.name, "paper": all.paper, "code": all.code, "settings": settings })
}

/// `docs/defaults.md`.
fn page(all: &[(&Entry, Sources)]) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = format!(
        "# Defaults, beside the papers' and the authors' code\n\n\
         `cargo xtask zoo` writes this page from the code (`gan list --defaults`) and from what was \
         read\nelsewhere (`crates/gan-models/sources.toml`); tests hold that no setting is without \
         a line here, and no\ndifference without a reason. `{SILENT}`: not said there, `?`: not looked up. Settings \
         that are not listed are those that every\nmodel has. Runs are scaled down from days on \
         a GPU to minutes on two cores: where steps, batches and widths\nare smaller for that \
         alone, the reason says `minutes`.\n"
    );
    for (entry, sources) in all {
        let head = format!(
            "\n## {}\n\n{}. Paper: {}. Code: {}.\n\n\
             | setting | default | paper | authors' code | why |\n\
             | --- | --- | --- | --- | --- |\n",
            entry.name, entry.title, sources.paper, sources.code
        );
        text.push_str(&head);
        for Source { setting, ours, paper, code, why } in &sources.settings {
            let (paper, code, why) = (cell(paper), cell(code), cell(why));
            text.push_str(&format!("| `{setting}` | {ours} | {paper} | {code} | {why} |\n"));
        }
    }
    text
}

/// Whether a citation is an arXiv number such as 1511.06434.
fn is_arxiv(paper: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    paper.split_once('.').is_some_and(|(month, number)| {
        month.len() == 4 && (4..=5).contains(&number.len()) && digits(month) && digits(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arxiv_numbers_become_links() {
        assert!(is_arxiv("1511.06434") && is_arxiv("1406.2661"));
        assert!(!is_arxiv("Goodfellow 2014") && !is_arxiv("1511.064345") && !is_arxiv("15.06434"));
    }

    #[test]
    fn every_model_has_a_row() {
        let text = markdown();
        assert_eq!(text.lines().count(), 2 + ZOO.len());
        assert!(text.lines().all(|line| line.starts_with("| ") && line.ends_with(" |")));
    }
}
