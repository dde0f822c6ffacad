//! How this program was called, so that the commands it suggests can be copied.

use crate::format::shell;
use std::path::Path;

/// `gan`, or the path it was started by, as short as it can be from this folder.
pub fn name() -> String {
    let Some(called) = std::env::args_os().next() else { return "gan".to_owned() };
    let path = Path::new(&called);
    if path.components().count() < 2 {
        return "gan".to_owned();
    }
    let short = std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok());
    shell(short.unwrap_or(path))
}
