//! What can go wrong: what somebody asked for cannot be, or something below failed.

use std::fmt::Display;

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was asked for cannot be; whoever asked has to ask for something else.
    #[error("{0}")]
    Refused(String),
    /// Something failed that has no cause below it.
    #[error("{0}")]
    Failed(String),
    /// Where something failed.
    #[error("{what}")]
    While {
        /// What was being done.
        what: String,
        /// What went wrong there.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Training, checkpoints and run folders.
    #[error(transparent)]
    Train(#[from] gan_train::Error),
    /// Data sets.
    #[error(transparent)]
    Data(#[from] gan_data::Error),
    /// Pictures.
    #[error(transparent)]
    Images(#[from] gan_images::Error),
    /// Scores and networks.
    #[error(transparent)]
    Metrics(#[from] gan_metrics::Error),
    /// Statistics.
    #[error(transparent)]
    Statistics(#[from] gan_statistics::StatisticsError),
    /// Information theory.
    #[error(transparent)]
    Info(#[from] gan_info::InfoError),
    /// Tools that look into models and images.
    #[error(transparent)]
    Inspect(#[from] gan_inspect::Error),
    /// Tensors.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

/// Whether an error, of this crate or of those below it, says that what was asked for cannot be, as
/// against something that failed: whoever asked has to ask for something else. Its causes are not
/// looked at.
pub fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    match error.downcast_ref::<Error>() {
        Some(Error::Refused(_)) => true,
        Some(Error::Train(error)) => is_refusal(error),
        Some(Error::Data(error)) => is_refusal(error),
        Some(_) => false,
        None => {
            use gan_data::Error::{Option, Parameter};
            matches!(error.downcast_ref(), Some(gan_train::Error::Config(_)))
                || matches!(error.downcast_ref(), Some(Option { .. } | Parameter { .. }))
        }
    }
}

/// A refusal.
pub(crate) fn refused(text: impl Into<String>) -> Error {
    Error::Refused(text.into())
}

/// Says what was being done when something failed.
pub(crate) trait Context<T> {
    fn context(self, what: impl Display) -> Result<T>;
    fn with_context<D: Display>(self, what: impl FnOnce() -> D) -> Result<T>;
}

impl<T, E: std::error::Error + Send + Sync + 'static> Context<T> for std::result::Result<T, E> {
    fn context(self, what: impl Display) -> Result<T> {
        self.with_context(|| what)
    }

    fn with_context<D: Display>(self, what: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|e| Error::While { what: what().to_string(), source: Box::new(e) })
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, what: impl Display) -> Result<T> {
        self.with_context(|| what)
    }

    fn with_context<D: Display>(self, what: impl FnOnce() -> D) -> Result<T> {
        self.ok_or_else(|| Error::Failed(what().to_string()))
    }
}
