//! What a run came to: the table at its end, or one JSON object.

use crate::duration;
use crate::format::{number, shell, table};
use crate::program;
use crate::report::told;
use gan_report::{Finding, Modes};
use gan_train::StepReport;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The end of `gan train`.
pub struct Summary {
    /// The model.
    pub entry: String,
    /// The data.
    pub data: String,
    /// The run directory.
    pub dir: PathBuf,
    /// Steps in all.
    pub steps: u64,
    /// Steps done.
    pub step: u64,
    /// Wall time of this training, pictures and checkpoints included.
    pub seconds: f64,
    /// Samples seen a second of that time.
    pub images_per_s: f64,
    /// The last step, where this training made one.
    pub report: Option<StepReport>,
    /// The last sample picture of this training.
    pub picture: Option<PathBuf>,
    /// The newest checkpoint.
    pub checkpoint: Option<PathBuf>,
    /// The report, where it could be written.
    pub page: Option<PathBuf>,
    /// What is wrong with the run.
    pub findings: Vec<Finding>,
    /// Which modes of the data samples reach, where somebody counts them.
    pub modes: Option<Modes>,
    /// Whether all steps are done.
    pub finished: bool,
    /// Whether its learning rates fall over the run: they rise again where it becomes longer.
    pub rates_fall: bool,
}

impl Summary {
    fn term(&self, name: &str) -> Option<f64> {
        self.report.as_ref()?.term(name)
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log.jsonl")
    }

    /// The command that goes on with the run.
    fn resume(&self) -> String {
        let more = match self.finished {
            true => format!(" --steps {}", self.steps.saturating_mul(2)),
            false => String::new(),
        };
        format!("{} train --resume {}{more}", program::name(), shell(&self.dir))
    }

    /// The table and the next commands to try.
    pub fn text(&self) -> String {
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
        let state = if self.finished { "finished" } else { "stopped" };
        row("run", format!("{} on {}, {state}", self.entry, self.data));
        row("steps", format!("{} of {}", self.step, self.steps));
        row("wall time", duration::text(self.seconds));
        row("images per second", number(self.images_per_s));
        for player in self.report.iter().flat_map(|r| &r.players) {
            row(&format!("{} loss", player.name), number(player.loss));
        }
        for (term, symbol) in [("d_real", "D(x)"), ("d_fake", "D(G(z))")] {
            if let Some(value) = self.term(term) {
                row(symbol, format!("{value:.3}"));
            }
        }
        if let Some(modes) = &self.modes {
            row("modes", modes.words());
        }
        row("folder", self.dir.display().to_string());
        if let Some(picture) = &self.picture {
            row("samples", picture.display().to_string());
        }
        if let Some(checkpoint) = &self.checkpoint {
            row("checkpoint", checkpoint.display().to_string());
        }
        row("log", self.log().display().to_string());
        if let Some(page) = &self.page {
            row("report", page.display().to_string());
        }

        let (gan, dir) = (program::name(), shell(&self.dir));
        let grid = vec![format!("  {gan} sample {dir}"), "draw new samples".to_owned()];
        let resume = match self.finished {
            true if self.rates_fall => "train twice as long (learning rates rise again first)",
            true => "train twice as long",
            false => "go on where this stopped",
        };
        let mut next = vec![grid, vec![format!("  {}", self.resume()), resume.to_owned()]];
        let other = format!("  {gan} train {} --data PATH --size 32", self.entry);
        next.push(vec![other, "train on your own images".to_owned()]);
        if self.data.starts_with("toy:") {
            next.pop();
        }
        if !self.finished {
            next.swap(0, 1);
        }
        let diagnosis: String = self
            .findings
            .iter()
            .map(|finding| format!("\ndiagnosis: {}\n", told(finding)))
            .collect();
        format!("{}{diagnosis}\nnext:\n{}", table(&rows), table(&next))
    }

    /// The same as one object.
    pub fn json(&self) -> Value {
        let mut players = Map::new();
        for player in self.report.iter().flat_map(|r| &r.players) {
            let mut fields = Map::new();
            fields.insert("loss".to_owned(), player.loss.into());
            for (name, value) in &player.terms {
                fields.insert((*name).to_owned(), (*value).into());
            }
            fields.insert("grad_norm".to_owned(), player.grad_norm.into());
            fields.insert("lr".to_owned(), player.lr.into());
            players.insert(player.name.to_owned(), fields.into());
        }
        json!({
            "entry": self.entry,
            "run": self.dir,
            "steps": self.steps,
            "step": self.step,
            "seconds": self.seconds,
            "images_per_s": self.images_per_s,
            "players": players,
            "d_real": self.term("d_real"),
            "d_fake": self.term("d_fake"),
            "picture": self.picture,
            "checkpoint": self.checkpoint,
            "log": self.log(),
            "report": self.page,
            "findings": self.findings.iter().map(Finding::to_json).collect::<Vec<_>>(),
            "modes": self.modes.as_ref().map(Modes::to_json),
            "finished": self.finished,
            "resume": self.resume(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_report::Verdict;
    use gan_train::PlayerReport;

    fn summary() -> Summary {
        let terms = vec![("d_real", 0.7), ("d_fake", 0.3)];
        let player = PlayerReport {
            name: "discriminator".into(),
            loss: 1.5,
            terms,
            grad_norm: 1.0,
            lr: 2e-4,
        };
        Summary {
            entry: "dcgan".to_owned(),
            data: "mnist".to_owned(),
            dir: PathBuf::from("my runs/1"),
            steps: 100,
            step: 50,
            seconds: 2.0,
            images_per_s: 1600.0,
            report: Some(StepReport { step: 50, players: vec![player], samples: vec![] }),
            picture: None,
            checkpoint: None,
            page: None,
            findings: Vec::new(),
            modes: None,
            finished: false,
            rates_fall: false,
        }
    }

    #[test]
    fn the_table_names_what_to_do_next() {
        let text = summary().text();
        assert!(text.contains("steps               50 of 100\n"), "{text}");
        assert!(text.contains("discriminator loss  1.5000\n"), "{text}");
        assert!(text.contains("train --resume 'my runs/1'  "), "{text}");
        let text = Summary { finished: true, ..summary() }.text();
        assert!(text.contains("train --resume 'my runs/1' --steps 200"), "{text}");
        let (step, found, of, samples) = (50, 9, 10, Some(64));
        let modes = Some(Modes { step, found, of, samples, verdict: Verdict::TooFew });
        let text = Summary { modes, ..summary() }.text();
        let words = "modes               9 of 10 modes in 64 samples: too few to say which is";
        assert!(text.contains(words), "{text}");
    }

    #[test]
    fn the_object_has_the_same_content() {
        let json = summary().json();
        assert_eq!(json["players"]["discriminator"]["loss"], 1.5);
        assert_eq!((json["d_real"].as_f64(), json["finished"].as_bool()), (Some(0.7), Some(false)));
        assert!(json["picture"].is_null() && json["log"].as_str().unwrap().ends_with("log.jsonl"));
    }
}
