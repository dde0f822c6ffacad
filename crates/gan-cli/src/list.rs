//! `gan list`: the table of the zoo.

use crate::args::ListArgs;
use crate::format::table;
use crate::output;
use anyhow::Result;
use gan_models::{Entry, ZOO};
use serde_json::{Value, json};

/// Runs the command.
pub fn run(args: &ListArgs) -> Result<u8> {
    if args.json {
        let models: Vec<Value> = ZOO.iter().map(object).collect();
        output::json(&json!({ "models": models }))?;
    } else if args.markdown {
        output::result(&markdown())?;
    } else {
        let head = ["name", "model", "paper", "takes"].map(str::to_owned).to_vec();
        let rows =
            ZOO.iter().map(|e| [e.name, e.title, e.paper, e.takes].map(str::to_owned).to_vec());
        output::result(&table(&std::iter::once(head).chain(rows).collect::<Vec<_>>()))?;
    }
    Ok(0)
}

fn object(entry: &Entry) -> Value {
    let Entry { name, title, paper, takes, .. } = entry;
    json!({ "name": name, "title": title, "paper": paper, "takes": takes })
}

fn markdown() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = "| name | model | paper | takes |\n| --- | --- | --- | --- |\n".to_owned();
    for entry in ZOO {
        let paper = match is_arxiv(entry.paper) {
            true => format!("[{0}](https://arxiv.org/abs/{0})", entry.paper),
            false => cell(entry.paper),
        };
        let (title, takes) = (cell(entry.title), cell(entry.takes));
        text.push_str(&format!("| `{}` | {title} | {paper} | {takes} |\n", entry.name));
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
