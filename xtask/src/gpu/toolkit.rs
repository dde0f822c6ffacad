//! NVIDIA's compiler, headers and static runtime, as pip has them.

use crate::command::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages of one release of CUDA: compiler, its parts, headers and libraries.
const PACKAGES: [&str; 6] = [
    "nvidia-cuda-nvcc==13.0.*",
    "nvidia-cuda-runtime==13.0.*",
    "nvidia-cuda-crt==13.0.*",
    "nvidia-cuda-cccl==13.0.*",
    "nvidia-nvvm==13.0.*",
    "nvidia-cuda-nvrtc==13.0.*",
];

/// Libraries that the program brings in when a GPU is asked for; the linker is told that there is
/// nothing to link.
const LATER: [&str; 5] = ["cuda", "nvrtc", "curand", "cublas", "cublasLt"];

/// Where the parts of the toolkit are.
pub struct Toolkit {
    /// The folder that has `bin/nvcc`, `include` and `lib`.
    pub home: PathBuf,
    /// Stand-ins for the libraries, for the linker.
    pub stand_ins: PathBuf,
}

/// The toolkit below `folder`, fetched where it is not there yet.
pub fn ready(folder: &Path) -> Result<Toolkit, Failure> {
    let place = folder.join("toolkit");
    let home = place.join("nvidia").join("cu13");
    if !home.join("bin").join("nvcc").is_file() {
        eprintln!("gpu: pip fetches NVIDIA's compiler and headers into {}", place.display());
        // What an earlier try left half done would pass for whole.
        let fresh = folder.join("toolkit.part");
        remove(&fresh)?;
        remove(&place)?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]);
        pip.args(["--disable-pip-version-check", "--root-user-action=ignore", "--target"]);
        pip.arg(&fresh).args(PACKAGES);
        if !command::status(&mut pip)?.success() {
            return Err(Failure::Failed(
                "pip could not fetch NVIDIA's compiler (expected a `python3` with pip, and x86-64 or \
                 ARM Linux); with a toolkit installed, `cargo build --release -p gan-cli --features \
                 cuda` is enough"
                    .to_owned(),
            ));
        }
        std::fs::rename(&fresh, &place).map_err(|e| Failure::io("rename", &fresh, &e))?;
    }
    let stand_ins = folder.join("stand-ins");
    std::fs::create_dir_all(&stand_ins).map_err(|e| Failure::io("make", &stand_ins, &e))?;
    for name in LATER {
        write(
            &stand_ins.join(format!("lib{name}.so")),
            "/* brought in when a GPU is asked for */\n",
        )?;
    }
    // The runtime registers code before a program's first line, so it is a part of the program.
    let runtime = home.join("lib").join("libcudart_static.a");
    write(&stand_ins.join("libcudart.so"), &format!("INPUT(\"{}\")\n", runtime.display()))?;
    Ok(Toolkit { home, stand_ins })
}

/// Writes a file where it is not as it should be, so that cargo sees no change where there is none.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if std::fs::read_to_string(path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    std::fs::write(path, text).map_err(|error| Failure::io("write", path, &error))
}

fn remove(folder: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::io("remove", folder, &error))
        }
        _ => Ok(()),
    }
}
