//! `gan-metrics weights convert` and `verify` on files of a whole network.

use crate::{formula, pth_file};
use gan_metrics::inception::Layout;
use gan_metrics::weights;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// A network of the FID layout as PyTorch would save it.
pub static PTH: LazyLock<Vec<u8>> = LazyLock::new(|| pth_file::plain(Layout::Fid));

pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gan-metrics"));
    command.args(arguments);
    command
}

/// Exit code, stdout, stderr.
pub fn shown(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_pth_file_becomes_safetensors_with_its_origin_and_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    let (pth, out) = (folder.path().join("net.pth"), folder.path().join("net.safetensors"));
    std::fs::write(&pth, &*PTH).unwrap();
    let run = program(&["weights", "convert", text(&pth), text(&out), "--json"]).output().unwrap();
    let (code, stdout, stderr) = shown(&run);
    assert_eq!(code, Some(0), "{stderr}");
    let told: Value = serde_json::from_str(&stdout).unwrap();
    let state = formula::network(Layout::Fid);
    assert_eq!(told["layout"], "fid-inception");
    assert_eq!(told["classes"], 1008);
    assert_eq!(told["source"], "net.pth");
    assert_eq!(told["source_sha256"], weights::file_sha256(&pth).unwrap());
    assert_eq!(told["weights_sha256"], state.hash());
    assert_eq!(told["published"], false);
    assert_eq!(weights::read(&out, None).unwrap(), state);

    // The `.pth` itself has the same hash, and what is converted twice keeps its origin and bytes.
    let verify = program(&["weights", "verify", text(&pth)]).output().unwrap();
    let (code, stdout, _) = shown(&verify);
    assert!(code == Some(0) && stdout.contains(&state.hash()), "{stdout}");
    let again = folder.path().join("again.safetensors");
    weights::convert(&out, &again, None).unwrap();
    assert!(std::fs::read(&again).unwrap() == std::fs::read(&out).unwrap());

    // A file that exists stays, unless told otherwise.
    std::fs::write(&again, "mine").unwrap();
    let convert = ["weights", "convert", text(&out), text(&again)];
    let (code, _, stderr) = shown(&program(&convert).output().unwrap());
    assert!(code == Some(2) && stderr.contains("this file exists"), "{stderr}");
    assert_eq!(std::fs::read(&again).unwrap(), b"mine");
    let run = program(&convert).arg("--force").output().unwrap();
    assert_eq!(shown(&run).0, Some(0));
    assert!(std::fs::read(&again).unwrap() == std::fs::read(&out).unwrap());

    // Weights that were changed afterwards no longer have the hash that the file names.
    let mut bytes = std::fs::read(&out).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    std::fs::write(&again, bytes).unwrap();
    let (code, _, stderr) = shown(&program(&["weights", "verify", text(&again)]).output().unwrap());
    assert!(code == Some(1) && stderr.contains("changed after"), "{stderr}");
}

/// The error of reading a FID network whose tensors were changed.
fn error(
    layout: Option<Layout>,
    change: impl Fn(&str, &[usize]) -> Option<(String, Vec<usize>)>,
) -> String {
    let folder = tempfile::tempdir().unwrap();
    let pth = folder.path().join("net.pth");
    std::fs::write(&pth, pth_file::bytes(&formula::network(Layout::Fid), change)).unwrap();
    weights::read(&pth, layout).unwrap_err().to_string()
}

fn same(name: &str, shape: &[usize]) -> Option<(String, Vec<usize>)> {
    Some((name.to_owned(), shape.to_vec()))
}

#[test]
fn missing_extra_and_misshapen_tensors_and_wrong_layouts_are_named() {
    let found = error(None, |name, shape| match name {
        "fc.bias" => None,
        "Mixed_5b.branch_pool.bn.weight" => Some(("Mixed_5b.pool.bn.weight".into(), shape.into())),
        "Conv2d_1a_3x3.conv.weight" => Some((name.into(), vec![32, 3, 5, 5])),
        _ => same(name, shape),
    });
    for part in [
        "net.pth: not the tensors of fid-inception",
        "2 missing: Mixed_5b.branch_pool.bn.weight, fc.bias",
        "Conv2d_1a_3x3.conv.weight is [32, 3, 5, 5], expected [32, 3, 3, 3]",
        "1 extra: Mixed_5b.pool.bn.weight",
    ] {
        assert!(found.contains(part), "{part}\n{found}");
    }
    let found = error(Some(Layout::Keras), same);
    assert!(found.contains("keras-inception"), "{found}");
    let classes = |n: usize| {
        move |name: &str, shape: &[usize]| match name {
            "fc.weight" => Some((name.to_owned(), vec![n, 2048])),
            "fc.bias" => Some((name.to_owned(), vec![n])),
            _ => same(name, shape),
        }
    };
    let found = error(None, classes(10));
    assert!(found.contains("`--layout`") && found.contains("[10]"), "{found}");
    let found = error(Some(Layout::Fid), classes(1000));
    assert!(found.contains("[1000] classes of torchvision-inception, but fid-inc"), "{found}");
    let found = error(Some(Layout::Fid), classes(1010));
    assert!(found.contains("fc.weight is [1010, 2048], expected [1008, 2048]"), "{found}");
    let found = error(None, |name, shape| Some((name.replace('_', "-"), shape.into())));
    assert!(found.contains("no Inception-v3"), "{found}");
    let found = error(None, |name, shape| {
        Some((name.replace("Conv2d_1a_3x3", "blocks.0.0"), shape.into()))
    });
    assert!(found.contains("save that of `fid_inception_v3()`"), "{found}");
}

#[test]
fn names_behind_a_prefix_and_tensors_that_only_training_needs_are_no_problem() {
    let folder = tempfile::tempdir().unwrap();
    let pth = folder.path().join("net.pth");
    let state = formula::network(Layout::Torchvision);
    let bytes =
        pth_file::bytes(&state, |name, shape| Some((format!("module.{name}"), shape.into())));
    std::fs::write(&pth, bytes).unwrap();
    assert_eq!(weights::read(&pth, None).unwrap(), state);
}

#[test]
fn a_file_of_ours_says_which_layout_it_is_where_names_and_classes_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keras.safetensors");
    let state = formula::network(Layout::Keras);
    weights::write(&file, &state, "made", "").unwrap();
    assert_eq!(weights::read(&file, None).unwrap(), state);
    let error = weights::read(&file, Some(Layout::Torchvision)).unwrap_err().to_string();
    assert!(error.contains("weights of keras-inception, but torchvision-inception"), "{error}");
}

#[test]
fn files_that_are_no_weights_say_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let out = folder.path().join("out.safetensors");
    let cases: &[(&[u8], &str)] = &[
        (b"", "an empty file"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x1f\x8b\x08\x00", "unpack it"),
        (b"what is this", "no file of weights"),
        (b"PK\x03\x04....", "not a whole zip archive"),
        (b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.", "expected a `.pth` file"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "safetensors"),
    ];
    for (bytes, expected) in cases {
        std::fs::write(&file, bytes).unwrap();
        let run = program(&["weights", "convert", text(&file), text(&out)]).output().unwrap();
        let (code, _, stderr) = shown(&run);
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.contains(expected) && stderr.contains(text(&file)), "{expected}: {stderr}");
    }
    std::fs::write(&file, &PTH[..PTH.len() / 2]).unwrap();
    let run = program(&["weights", "convert", text(&file), text(&out)]).output().unwrap();
    assert!(shown(&run).2.contains("not a whole zip archive"));
    assert!(!out.exists(), "nothing is written");
    let run = program(&["weights", "convert", text(&file), text(&out), "--layout", "vgg"]);
    let (code, _, stderr) = shown(&{ run }.output().unwrap());
    assert!(code == Some(2) && stderr.contains("expected one of fid-inception"), "{stderr}");
}
