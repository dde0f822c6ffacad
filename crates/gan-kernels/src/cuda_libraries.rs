//! The libraries of CUDA, found when a GPU is asked for.
//!
//! `cargo xtask gpu build` links a program that names none of them, so that it starts on a machine
//! without a driver too. Their functions are bound when they are called first, by which time
//! [`load`] has brought them in. A program linked to a toolkit in the usual way has them already,
//! and then there is nothing to do.

use candle_core::{Result, bail};
use std::ffi::{CStr, CString};
use std::path::PathBuf;

/// A library: the name that the loader knows, a function in it, and where it comes from.
struct Library {
    name: &'static CStr,
    function: &'static CStr,
    from: &'static str,
}

const DRIVER: &str = "the NVIDIA driver";
const TOOLKIT: &str = "CUDA 13, or pip's folders of a PyTorch for CUDA 13";

/// In the order in which they need each other.
const LIBRARIES: [Library; 5] = [
    Library { name: c"libcuda.so.1", function: c"cuInit", from: DRIVER },
    Library { name: c"libnvrtc.so.13", function: c"nvrtcVersion", from: TOOLKIT },
    Library { name: c"libcurand.so.10", function: c"curandCreateGenerator", from: TOOLKIT },
    Library { name: c"libcublasLt.so.13", function: c"cublasLtCreate", from: TOOLKIT },
    Library { name: c"libcublas.so.13", function: c"cublasCreate_v2", from: TOOLKIT },
];

/// Folders that are searched before all others, separated by colons.
pub const VARIABLE: &str = "GAN_CUDA_LIBRARIES";

/// Brings the libraries of CUDA in.
///
/// They are searched where the system's loader looks (`LD_LIBRARY_PATH` among others), then in
/// `$GAN_CUDA_LIBRARIES`, in `lib` beside the program, in `$CUDA_HOME` and `/usr/local/cuda`, and in
/// the folders that `pip` gave them beside the PyTorch of `python3`.
///
/// # Errors
/// Where one is not found; the message says which, and what it belongs to.
pub fn load() -> Result<()> {
    let mut folders: Option<Vec<PathBuf>> = None;
    for library in &LIBRARIES {
        if is_there(library.function) || open(library.name) {
            continue;
        }
        let name = library.name.to_string_lossy();
        let found = folders.get_or_insert_with(folders_to_search).iter().any(|folder| {
            let path = folder.join(name.as_ref());
            path.exists()
                && CString::new(path.as_os_str().as_encoded_bytes()).is_ok_and(|p| open(&p))
        });
        if !found {
            bail!(
                "{name} is not found: it belongs to {}. Install it, or name its folder in ${VARIABLE}",
                library.from
            )
        }
    }
    Ok(())
}

/// Whether a function of this name is bound or can be.
#[allow(unsafe_code)]
fn is_there(function: &CStr) -> bool {
    // SAFETY: `dlsym` reads a C string that lives through the call and returns an address that is
    // only compared with null.
    unsafe { !libc::dlsym(libc::RTLD_DEFAULT, function.as_ptr()).is_null() }
}

/// Brings one library in for the rest of the program's life.
#[allow(unsafe_code)]
fn open(name: &CStr) -> bool {
    // SAFETY: `dlopen` reads a C string that lives through the call. It runs the initializers of
    // NVIDIA's own library, as linking to it would have at the program's start. The library is
    // never closed, so that functions bound to it stay valid.
    unsafe { !libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_GLOBAL).is_null() }
}

fn folders_to_search() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os(VARIABLE).iter().flat_map(std::env::split_paths).collect();
    let program = std::env::current_exe().ok();
    folders.extend(program.and_then(|path| Some(path.parent()?.join("lib"))));
    let home = std::env::var_os("CUDA_HOME").map(PathBuf::from);
    for home in home.into_iter().chain([PathBuf::from("/usr/local/cuda")]) {
        folders.extend([home.join("lib64"), home.join("lib")]);
    }
    folders.extend(folders_of_pip());
    folders
}

/// `nvidia/*/lib` in every place where `python3` looks for packages.
fn folders_of_pip() -> Vec<PathBuf> {
    const ASK: &str = "import sys; print('\\n'.join(p for p in sys.path if p))";
    let answer = std::process::Command::new("python3").args(["-c", ASK]).output();
    let answer = answer.map(|output| output.stdout).unwrap_or_default();
    let packages = String::from_utf8_lossy(&answer).into_owned();
    let mut folders = Vec::new();
    for package in packages.lines() {
        let Ok(entries) = std::fs::read_dir(PathBuf::from(package).join("nvidia")) else {
            continue;
        };
        folders.extend(entries.flatten().map(|entry| entry.path().join("lib")));
    }
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bound_already_is_not_searched_and_what_is_nowhere_is_not_there() {
        assert!(is_there(c"malloc"));
        assert!(!is_there(c"no_such_function_of_cuda"));
        assert!(!open(c"libno-such-library.so.1"));
    }
}
