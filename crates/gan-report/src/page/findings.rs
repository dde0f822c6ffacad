//! The page's diagnosis: what was found, or that nothing was, and which modes samples reach.

use crate::RunFolder;
use crate::diagnosis::{Finding, Modes, Verdict};
use crate::html::escape;

/// The diagnosis of each run: a card for each finding, or one that says that there is none.
pub(super) fn section(
    runs: &[RunFolder],
    findings: &[Vec<Finding>],
    modes: &[Option<Modes>],
) -> String {
    let mut html = "<section id=\"diagnosis\" aria-labelledby=\"h-diagnosis\">\
                    <h2 id=\"h-diagnosis\">Diagnosis</h2>"
        .to_owned();
    for ((run, found), modes) in runs.iter().zip(findings).zip(modes) {
        if runs.len() > 1 {
            html.push_str(&format!("<h3>{}</h3>", escape(&run.name)));
        }
        if found.is_empty() {
            // What stands beside it must not contradict it: a mode that chance may have left out.
            let all = modes.as_ref().is_none_or(|modes| modes.verdict == Verdict::All);
            let text = match (run.log.steps, all) {
                (0, _) => "Nothing is logged yet.",
                (_, true) => {
                    "No failure that the log would show: D is not saturated, samples are diverse, \
                     losses are bounded."
                }
                (_, false) => {
                    "No failure that the log would show: D is not saturated, samples are not all \
                     alike, losses are bounded."
                }
            };
            let modes = modes.as_ref().map_or_else(String::new, |modes| {
                format!(" At step {}: {}.", modes.step, escape(&modes.words()))
            });
            html.push_str(&format!("<div class=\"card fine\"><p>{text}{modes}</p></div>"));
        }
        for finding in found {
            html.push_str(&card(finding));
        }
    }
    html + "</section>"
}

fn card(finding: &Finding) -> String {
    let papers: Vec<String> = finding
        .papers
        .iter()
        .map(|p| format!("<a href=\"https://arxiv.org/abs/{0}\">arXiv {0}</a>", escape(p)))
        .collect();
    let options: Vec<String> =
        finding.options.iter().map(|o| format!("<code>{}</code>", escape(o))).collect();
    let options = match options.as_slice() {
        [] => "none that this model takes".to_owned(),
        options => options.join(" or "),
    };
    format!(
        "<div class=\"card finding\" data-{}=\"{}\"><h3>{}, since step {}</h3><p>{}</p>\
         <p>{} ({})</p><p>Options: {}</p></div>",
        finding.failure.grade().name(),
        finding.failure.name(),
        escape(finding.failure.title()),
        finding.since,
        escape(&finding.seen),
        escape(&finding.advice),
        papers.join(", "),
        options,
    )
}

#[cfg(test)]
mod tests {
    use crate::{Facts, Log, Report, RunFolder, SAMPLES, diagnose};

    /// The page of a run that looked twenty times, and saw these modes of ten in so many samples.
    fn page(found: usize, samples: usize) -> (String, Log) {
        let mut log = Log::default();
        for step in (50..=1000).step_by(50) {
            log.step(step, 0.01);
            for (name, value) in [("modes", found), ("modes_of", 10), ("modes_samples", samples)] {
                log.add(step, SAMPLES, name, value as f64);
            }
            log.add(step, SAMPLES, "modes_rarest", 8.0);
        }
        let run = RunFolder { log: log.clone(), ..RunFolder::default() };
        (Report::new(&[run], |_| true).unwrap().html, log)
    }

    #[test]
    fn nothing_is_well_beside_a_mode_that_is_missing() {
        let (html, log) = page(9, 128);
        let words = "1 of 10 modes is missing: class 8 (9 of 10 modes in 128 samples)";
        assert!(!html.contains("No failure"));
        assert!(html.contains("data-warning=\"missing-modes\""));
        assert!(!html.contains("data-failure"));
        // The same words above the curve, and in the diagnosis that a terminal shows.
        assert_eq!(html.matches(words).count(), 2);
        let [finding] = diagnose(&log, &Facts::default()).try_into().unwrap();
        assert_eq!(finding.line(), format!("Missing modes since step 50: {words}"));
        assert_eq!(finding.to_json()["warning"], "missing-modes");
        assert!(finding.to_json().get("failure").is_none());
    }

    #[test]
    fn a_mode_that_chance_may_have_left_out_is_told_beside_no_failure() {
        let (html, log) = page(9, 64);
        let words = "9 of 10 modes in 64 samples: too few to say which is missing";
        assert!(html.contains("No failure") && !html.contains("card finding"));
        assert!(!html.contains("samples are diverse"));
        assert_eq!(html.matches(words).count(), 2);
        assert!(diagnose(&log, &Facts::default()).is_empty());
        let (html, _) = page(10, 128);
        assert!(html.contains("samples are diverse"));
        assert_eq!(html.matches("10 of 10 modes in 128 samples").count(), 2);
    }

    #[test]
    fn most_modes_missing_is_a_failure_in_the_same_words() {
        let (html, log) = page(6, 128);
        let words = "4 of 10 modes are missing (6 of 10 modes in 128 samples)";
        assert!(html.contains("data-failure=\"collapse\"") && !html.contains("data-warning"));
        assert_eq!(html.matches(words).count(), 2);
        assert!(diagnose(&log, &Facts::default())[0].seen.contains(words));
    }
}
