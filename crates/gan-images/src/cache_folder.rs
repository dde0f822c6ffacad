//! Where this program keeps what it can make or fetch again.

use std::env;
use std::path::PathBuf;

/// The user's cache folder for this program: `$GAN_CACHE`, else `gan-metrics` within the
/// system's own (`$XDG_CACHE_HOME` or `~/.cache`; `~/Library/Caches`; `%LOCALAPPDATA%`). It need
/// not exist. None where the system names no such folder.
pub fn cache_folder() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(own) = variable("GAN_CACHE") {
        return Some(own);
    }
    let caches = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library").join("Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    caches.map(|caches| caches.join("gan-metrics"))
}
