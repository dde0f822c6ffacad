//! What a diagnosis says: which failure, since when, seen by what, and what to do about it.

use serde_json::{Value, json};

/// The ways in which training fails that a log can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Failure {
    /// D tells every sample apart and teaches nothing.
    Saturation,
    /// Samples are alike, or leave most modes of the data out.
    Collapse,
    /// Modes of the data stay missing while the rest is made.
    MissingModes,
    /// Losses or gradients grow without bound.
    Divergence,
    /// The players go round each other instead of getting anywhere.
    Oscillation,
    /// The generator's gradient is nearly zero.
    VanishingGradient,
    /// The generator makes the same whatever label or code it is given.
    IgnoredLabels,
    /// Samples are copies of training data.
    Memorisation,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Training works, and something of the data is lost.
    Warning,
    /// Training failed.
    Failure,
}

impl Grade {
    /// Its name in JSON and in pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which failure.
    pub failure: Failure,
    /// The first step of the stretch that shows it.
    pub since: u64,
    /// What was seen, with its numbers.
    pub seen: String,
    /// What the literature makes of it.
    pub advice: String,
    /// arXiv numbers of that literature.
    pub papers: Vec<&'static str>,
    /// Options of `gan train` that do it, such as `--set techniques.spectral_norm=true`.
    pub options: Vec<String>,
}

impl Failure {
    /// How bad it is.
    pub fn grade(self) -> Grade {
        match self {
            Self::MissingModes => Grade::Warning,
            _ => Grade::Failure,
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Saturation => "saturation",
            Self::Collapse => "collapse",
            Self::MissingModes => "missing-modes",
            Self::Divergence => "divergence",
            Self::Oscillation => "oscillation",
            Self::VanishingGradient => "vanishing-gradient",
            Self::IgnoredLabels => "ignored-labels",
            Self::Memorisation => "memorisation",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Saturation => "The discriminator is saturated",
            Self::Collapse => "Mode collapse",
            Self::MissingModes => "Missing modes",
            Self::Divergence => "Training diverges",
            Self::Oscillation => "The players oscillate",
            Self::VanishingGradient => "The generator's gradient vanishes",
            Self::IgnoredLabels => "The generator ignores its labels or codes",
            Self::Memorisation => "The generator copies training data",
        }
    }
}

impl Finding {
    /// One line: what, since when, by which numbers.
    pub fn line(&self) -> String {
        format!("{} since step {}: {}", self.failure.title(), self.since, self.seen)
    }

    /// One object; the first key is the grade, `failure` or `warning`.
    pub fn to_json(&self) -> Value {
        json!({
            self.failure.grade().name(): self.failure.name(),
            "title": self.failure.title(),
            "since": self.since,
            "seen": self.seen,
            "advice": self.advice,
            "papers": self.papers,
            "options": self.options,
        })
    }
}
