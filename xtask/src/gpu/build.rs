//! Building `gan` with CUDA.

use super::toolkit::Toolkit;
use crate::command::{self, Failure};
use std::path::{Path, PathBuf};

/// Builds `gan` and returns where it is.
pub fn program(
    root: &Path,
    folder: &Path,
    toolkit: &Toolkit,
    cap: u32,
) -> Result<PathBuf, Failure> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let build = folder.join("build");
    let mut search = vec![toolkit.home.join("bin")];
    search.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let search = std::env::join_paths(search)
        .map_err(|error| Failure::Failed(format!("PATH cannot be extended: {error}")))?;
    // Functions of the card's libraries stay without an address until they are called, by which
    // time the program has brought the libraries in. Rust's usual way binds all of them at the
    // start, and the program would not start where there is no driver.
    let flags = [
        format!("-Lnative={}", toolkit.stand_ins.display()),
        "-Crelro-level=partial".to_owned(),
        "-Clink-arg=-Wl,-z,lazy".to_owned(),
        "-Clink-arg=-Wl,--unresolved-symbols=ignore-all".to_owned(),
    ];
    let args = ["build", "--release", "--locked", "-p", "gan-cli", "--bin", "gan"];
    let mut cargo = command::cargo(root, &args);
    cargo.args(["--features", "cuda", "--target", &target, "--target-dir"]).arg(&build);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")).env("PATH", &search);
    cargo.env("CUDA_HOME", &toolkit.home).env("CUDA_COMPUTE_CAP", cap.to_string());
    cargo.env("NVCC", toolkit.home.join("bin").join("nvcc"));
    let status = command::status(&mut cargo)?;
    if !status.success() {
        return Err(Failure::Failed(format!("`gan` with CUDA was not built ({status})")));
    }
    Ok(build.join(&target).join("release").join("gan"))
}
