//! Rule `calls`: no unseeded randomness, and none of Candle's operations that train wrongly.

use super::Finding;
use super::tree::Tree;

/// What must not be called, where, and what to do instead.
struct Ban {
    calls: &'static [&'static str],
    /// Only in these crates; empty for everywhere.
    only_in: &'static [&'static str],
    /// Whether tests may call it, to compare with it.
    tests_may: bool,
    instead: &'static str,
}

const SEEDED: &str = "unseeded randomness: draw from the run's own stream, \
                      keyed by (seed, purpose, step)";
const TENSOR_CRATES: &[&str] = &["gan-layers", "gan-losses", "gan-models", "gan-train"];
/// All that know tensors, but the one with the loop and the one with its arithmetic.
const WITHOUT_THE_LOOP: &[&str] = &[
    "gan-layers",
    "gan-losses",
    "gan-models",
    "gan-metrics",
    "gan-inspect",
    "gan-runs",
    "gan-cli",
];

const BANS: &[Ban] = &[
    Ban {
        calls: &[
            // Without a bracket: randn, rand_f64 and Tensor::rand::<…> are meant too.
            "Tensor::rand",
            "Var::rand",
            ".randn_like(",
            ".rand_like(",
            "thread_rng",
            "rand::rng()",
            "rand::random",
            "from_entropy",
            "from_os_rng",
        ],
        only_in: &[],
        tests_may: false,
        instead: SEEDED,
    },
    Ban {
        calls: &["candle_nn"],
        only_in: &[],
        tests_may: false,
        instead: "candle_nn's layers and initialisers are unseeded and partly without gradients: \
                  use gan-layers and gan-train",
    },
    Ban {
        calls: &[
            ".max_pool2d(",
            ".max_pool2d_with_stride(",
            ".avg_pool2d(",
            ".avg_pool2d_with_stride(",
            ".upsample_nearest2d(",
            ".upsample_bilinear2d(",
            ".upsample_bilinear2d_with_scale(",
            ".interpolate2d(",
            ".scatter(",
        ],
        only_in: &[],
        tests_may: false,
        instead: "Candle's gradient of this is wrong or missing: call the gan-kernels function",
    },
    Ban {
        calls: &[".conv2d(", ".conv_transpose2d(", ".matmul("],
        only_in: TENSOR_CRATES,
        tests_may: true,
        instead: "call the gan-kernels function, which is right and fast everywhere",
    },
    Ban {
        calls: &["update::adam", "update::Adam", "update::rmsprop", "update::sgd"],
        only_in: WITHOUT_THE_LOOP,
        tests_may: true,
        instead: "only the loop steps an optimizer: make it a `Game` and call gan_train::fit",
    },
];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, rust) in tree.rust() {
        let here = file.crate_name().unwrap_or_default();
        for ban in BANS {
            if !ban.only_in.is_empty() && !ban.only_in.contains(&here) {
                continue;
            }
            for line in &rust.lines {
                if ban.tests_may && (line.in_test || file.is_test_code()) {
                    continue;
                }
                for call in ban.calls.iter().filter(|call| calls(&line.code, call)) {
                    let advice = format!("`{}`: {}", call.trim_end_matches('('), ban.instead);
                    findings.push(Finding::new(&file.path, line.number, advice));
                }
            }
        }
    }
    findings
}

/// Whether `call` begins in this line; what begins with a word must begin a word.
fn calls(code: &str, call: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let starts_a_word = |at: usize| !call.starts_with(part) || !code[..at].ends_with(part);
    code.match_indices(call).any(|(at, _)| starts_a_word(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    const MODELS: &str = "crates/gan-models/src/dcgan.rs";

    #[test]
    fn every_banned_call_is_found_and_none_in_a_comment_or_a_string() {
        for ban in BANS {
            for call in ban.calls {
                let path = MODELS;
                assert_eq!(
                    count(path, &format!("let x = y{call}a);")),
                    usize::from(call.starts_with('.'))
                );
                assert_eq!(count(path, &format!("let x = a; {call}")), 1, "{call}");
                assert_eq!(count(path, &format!("// {call}")), 0, "{call}");
                assert_eq!(count(path, &format!("let s = \"{call}\";")), 0, "{call}");
            }
        }
    }

    #[test]
    fn variants_of_a_name_are_found_and_look_alikes_are_not() {
        for text in
            ["Tensor::randn_f64_impl()", "Tensor::rand::<f32>()", "candle_core::Var::randn()"]
        {
            assert_eq!(count(MODELS, text), 1, "{text}");
        }
        for text in [
            "x.scatter_add(i, s, 0)",
            "kernels::matmul(a, b)",
            "my_candle_nn()",
            "StdRng::seed_from_u64(1)",
        ] {
            assert_eq!(count(MODELS, text), 0, "{text}");
        }
    }

    #[test]
    fn convolutions_are_the_kernels_business_and_tests_may_compare() {
        assert_eq!(count(MODELS, "x.matmul(w)?"), 1);
        assert_eq!(count("crates/gan-kernels/src/linear.rs", "x.matmul(w)?"), 0);
        assert_eq!(count(MODELS, "#[cfg(test)]\nmod tests { fn t() { x.matmul(w); } }"), 0);
        assert_eq!(count("crates/gan-layers/tests/conv.rs", "x.conv2d(w)?"), 0);
        assert_eq!(count("crates/gan-layers/tests/conv.rs", "x.max_pool2d(2)?"), 1);
    }
}
