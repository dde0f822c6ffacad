//! The report: one HTML file that holds all it shows, and asks nobody for anything.

mod findings;

use crate::charts::charts;
use crate::compare::{differences, last_scores};
use crate::diagnosis::{Accepts, Facts, Finding, Modes, diagnose};
use crate::folder::settings;
use crate::html::{escape, json};
use crate::pictures::strips;
use crate::{Result, RunFolder};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// Bytes of picture files in a page; as text they take a third more.
const PICTURES: u64 = 10_000_000;

/// What a report came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The whole file.
    pub html: String,
    /// Each run's findings.
    pub findings: Vec<Vec<Finding>>,
    /// Which modes of the data each run's samples reach, where somebody counted them.
    pub modes: Vec<Option<Modes>>,
    /// Pictures in the file.
    pub pictures: usize,
    /// Pictures in the runs.
    pub of_pictures: usize,
}

impl Report {
    /// What stands in the first lines of every report, and tells it from other files.
    pub const MARK: &str = "<meta name=\"generator\" content=\"gan report\">";

    /// Makes the report of one run, or of several beside each other; `accepts` says which advice
    /// their models take.
    ///
    /// # Errors
    /// Where a picture cannot be read.
    pub fn new(runs: &[RunFolder], accepts: Accepts) -> Result<Self> {
        let facts: Vec<Facts> = runs.iter().map(|run| Facts::of(run, accepts)).collect();
        let each = || runs.iter().zip(&facts);
        let findings: Vec<_> = each().map(|(run, facts)| diagnose(&run.log, facts)).collect();
        let modes: Vec<_> = each().map(|(run, facts)| Modes::of(&run.log, facts)).collect();
        let strips = strips(runs, PICTURES)?;
        let data = json!({
            "runs": runs.iter().map(|r| json!({ "name": r.name })).collect::<Vec<_>>(),
            "charts": charts(runs, &modes),
            "strips": strips.iter().map(|s| s.to_json()).collect::<Vec<_>>(),
        });
        Ok(Self {
            html: document(runs, &findings, &modes, &data),
            findings,
            modes,
            pictures: strips.iter().map(|s| s.frames.len()).sum(),
            of_pictures: strips.iter().map(|s| s.of).sum(),
        })
    }

    /// Writes the file: its name always holds a whole one.
    ///
    /// # Errors
    /// Where the folder does not take it.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(gan_images::write_atomically(path, |file| file.write_all(self.html.as_bytes()))?)
    }
}

/// A policy under which only this page's own script and style run, and nothing is fetched.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn document(
    runs: &[RunFolder],
    findings: &[Vec<Finding>],
    modes: &[Option<Modes>],
    data: &Value,
) -> String {
    let title = runs.iter().map(|r| escape(&r.name)).collect::<Vec<_>>().join(" · ");
    let mut body = String::new();
    body.push_str(&findings::section(runs, findings, modes));
    body.push_str(
        "<section id=\"samples\" aria-labelledby=\"h-samples\"><h2 id=\"h-samples\">Samples</h2>\
         <div id=\"viewer\" class=\"card viewer\"><p>There are no pictures yet.</p></div></section>\
         <section id=\"curves\" aria-labelledby=\"h-curves\"><h2 id=\"h-curves\">Curves</h2>\
         <p class=\"soft\">Faint lines are the log's own values, thinned so that no peak is lost; \
         strong ones are means over stretches of the run. Arrow keys move along the steps.</p>\
         <div id=\"charts\" class=\"charts\"></div></section>",
    );
    body.push_str(&scores_section(runs));
    body.push_str(&settings_section(runs));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{mark}\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the content</a>\n\
         <header><h1>{title}</h1>{summary}\
         <nav aria-label=\"Sections\"><a href=\"#diagnosis\">Diagnosis</a>\
         <a href=\"#samples\">Samples</a><a href=\"#curves\">Curves</a>\
         <a href=\"#scores\">Scores</a><a href=\"#settings\">Settings</a></nav></header>\n\
         <main id=\"main\">{body}\
         <noscript><p>Pictures and curves need the script in this file.</p></noscript></main>\n\
         <footer><p>Made by <code>gan report</code> {version}. This file needs no network.</p>\
         </footer>\n\
         <script type=\"application/json\" id=\"data\">{data}</script>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        mark = Report::MARK,
        policy = policy(),
        summary = runs.iter().map(summary).collect::<String>(),
        version = env!("CARGO_PKG_VERSION"),
        data = json(data),
    )
}

/// What was trained on what, and how far it is.
fn summary(run: &RunFolder) -> String {
    let (log, steps) = (&run.log, run.steps());
    let rate = if log.seconds > 0.0 {
        format!(" · {:.1} steps a second", log.steps as f64 / log.seconds)
    } else {
        String::new()
    };
    let unread = match log.unread {
        0 => String::new(),
        n => format!(" · {n} lines of the log cannot be read"),
    };
    format!(
        "<p class=\"soft\"><strong>{}</strong>: {} on {} · step {} of {steps}{rate}{unread}</p>",
        escape(&run.name),
        escape(run.word("entry")),
        escape(run.word("data.spec")),
        log.last,
    )
}

fn scores_section(runs: &[RunFolder]) -> String {
    let mut html =
        "<section id=\"scores\" aria-labelledby=\"h-scores\"><h2 id=\"h-scores\">Scores</h2>"
            .to_owned();
    let scores = last_scores(runs);
    if scores.is_empty() {
        html.push_str(
            "<p>No evaluation is logged; <code>gan eval RUN</code> makes one, \
             <code>gan train --eval-every N</code> makes them on the way.</p></section>",
        );
        return html;
    }
    let heads: String = runs
        .iter()
        .map(|r| format!("<th scope=\"col\" class=\"n\">{}</th>", escape(&r.name)))
        .collect();
    html.push_str(&format!(
        "<div class=\"card scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Last scores\"><table>\
         <caption class=\"soft\">The last score of each kind</caption>\
         <thead><tr><th scope=\"col\">score</th>{heads}</tr></thead><tbody>"
    ));
    for (name, values) in scores {
        let cell = |value: &Option<(u64, f64)>| match value {
            Some((step, value)) => {
                format!("<td class=\"n\">{value:.5} <span class=\"soft\">(step {step})</span></td>")
            }
            None => "<td class=\"n\">–</td>".to_owned(),
        };
        let cells: String = values.iter().map(cell).collect();
        html.push_str(&format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(name)));
    }
    html.push_str("</tbody></table></div>");
    for run in runs {
        for eval in &run.log.evals {
            let text = serde_json::to_string_pretty(&eval.line).unwrap_or_default();
            html.push_str(&format!(
                "<details><summary>Receipt of {}, step {}</summary><pre tabindex=\"0\">{}</pre></details>",
                escape(&run.name),
                eval.step,
                escape(&text)
            ));
        }
    }
    html + "</section>"
}

fn settings_section(runs: &[RunFolder]) -> String {
    let mut html = "<section id=\"settings\" aria-labelledby=\"h-settings\">\
                    <h2 id=\"h-settings\">Settings</h2>"
        .to_owned();
    let row = |path: &str, values: &[Option<String>]| {
        let cell = |value: &Option<String>| {
            format!("<td><code>{}</code></td>", escape(value.as_deref().unwrap_or("–")))
        };
        let cells: String = values.iter().map(cell).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", escape(path))
    };
    let table = |caption: &str, rows: String| {
        let heads: String =
            runs.iter().map(|r| format!("<th scope=\"col\">{}</th>", escape(&r.name))).collect();
        format!(
            "<div class=\"card scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{caption}\"><table>\
             <caption class=\"soft\">{caption}</caption><thead><tr><th scope=\"col\">setting</th>\
             {heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    };
    match runs {
        [run] => {
            let rows = settings(&run.config)
                .into_iter()
                .map(|(path, value)| row(&path, &[Some(value)]))
                .collect();
            html.push_str(&table("All settings", rows));
        }
        _ => {
            let different = differences(runs);
            match different.is_empty() {
                true => html.push_str("<p>The runs have the same settings.</p>"),
                false => {
                    let rows = different.iter().map(|(path, values)| row(path, values)).collect();
                    html.push_str(&table("Settings that differ", rows));
                }
            }
        }
    }
    for run in runs {
        html.push_str(&format!(
            "<details><summary>run.toml of {}</summary><pre tabindex=\"0\">{}</pre></details>",
            escape(&run.name),
            escape(&run.text)
        ));
    }
    html + "</section>"
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'&<!--";

    #[test]
    fn hostile_names_and_logs_stay_text() {
        let mut run =
            RunFolder { name: HOSTILE.into(), text: HOSTILE.into(), ..RunFolder::default() };
        run.config.insert("entry".into(), HOSTILE.into());
        run.config.insert(HOSTILE.into(), HOSTILE.into());
        run.log.add(1, HOSTILE, HOSTILE, 1.0);
        run.log.line(
            json!({"kind":"eval","step":1,"fid":1.0,"receipt":HOSTILE}).to_string().as_bytes(),
        );
        let html = Report::new(&[run.clone(), run], |_| true).unwrap().html;
        assert!(!html.contains("<img") && !html.contains("<!--"));
        assert_eq!(html.matches("</script>").count(), 2);
        assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"));
    }

    #[test]
    fn an_empty_run_has_a_report() {
        let report = Report::new(&[RunFolder::default()], |_| true).unwrap();
        for words in ["Nothing is logged yet", "No evaluation is logged", "no pictures yet"] {
            assert!(report.html.contains(words), "{words}");
        }
        assert_eq!((report.pictures, report.findings.len()), (0, 1));
    }

    #[test]
    fn nothing_is_fetched() {
        let report = Report::new(&[RunFolder::default()], |_| true).unwrap();
        for word in [" src=", "url(", "@import", "fetch(", "XMLHttpRequest", "import("] {
            assert!(!report.html.contains(word), "{word}");
        }
    }
}
