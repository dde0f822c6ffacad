//! Capping both programs to one instruction set, so that a strong machine answers for a plain one.

use crate::command::Failure;
use std::process::Command;

/// What oneDNN says of itself in its verbose mode, by the cap.
const SAID: &[(&str, &str)] = &[("avx2", "isa:Intel AVX2"), ("avx512", "isa:Intel AVX-512")];

/// The settings that cap our program and PyTorch's three libraries: its own loops, oneDNN and MKL.
pub fn settings(isa: &str) -> [(&'static str, String); 4] {
    let of_onednn = if isa == "avx512" { "AVX512_CORE" } else { "AVX2" };
    let of_mkl = if isa == "avx512" { "AVX512" } else { "AVX2" };
    [
        ("GAN_ISA", isa.to_owned()),
        ("ONEDNN_MAX_CPU_ISA", of_onednn.to_owned()),
        ("ATEN_CPU_CAPABILITY", isa.to_owned()),
        ("MKL_ENABLE_INSTRUCTIONS", of_mkl.to_owned()),
    ]
}

/// Asks oneDNN itself, by its verbose mode, whether the cap holds; says what it answers.
pub fn check(isa: &str, mut python: Command) -> Result<String, Failure> {
    let small = "import torch\n\
                 with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):\n    \
                 torch.conv2d(torch.ones(8, 16, 32, 32), torch.ones(16, 16, 3, 3))";
    let output = python
        .args(["-c", small])
        .envs(settings(isa))
        .output()
        .map_err(|error| Failure::Failed(format!("PyTorch did not start: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let said = text.lines().find_map(|line| Some(&line[line.find("isa:")?..]));
    let Some(said) = said else {
        return Ok(format!("PyTorch is capped to {isa}; its oneDNN does not say what it uses"));
    };
    let wanted = SAID.iter().find(|(name, _)| *name == isa).map(|(_, said)| *said);
    match wanted {
        Some(wanted) if said.starts_with(wanted) => Ok(format!("PyTorch's oneDNN says `{said}`")),
        _ => Err(Failure::Failed(format!(
            "PyTorch does not keep the cap: its oneDNN says `{said}` under --isa {isa}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_capped() {
        let of = |isa| settings(isa).map(|(_, value)| value);
        assert_eq!(of("avx2"), ["avx2", "AVX2", "avx2", "AVX2"]);
        assert_eq!(of("avx512"), ["avx512", "AVX512_CORE", "avx512", "AVX512"]);
    }
}
