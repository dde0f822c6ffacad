//! `gan data check`: what is there, what is broken, and the files that somebody asks for.

use crate::gan::Place;
use crate::run_files::names;
use crate::small_data::{cut, picture, png_folder};
use serde_json::json;
use std::fs;

#[test]
fn the_embedded_digits() {
    let place = Place::new();
    let told = place.done("data check mnist");
    for words in ["data        mnist (mnist)", "samples     10000", "1 × 28 × 28", "bad files   0"]
    {
        assert!(told.out.contains(words), "{words}: {told:?}");
    }
    // Nothing is written unasked; the last line says how to ask.
    assert!(names(&place.path(".")).is_empty());
    assert!(told.out.ends_with("\n--sheet FILE.png draws a contact sheet\n"), "{told:?}");
    let told = place.done("data check mnist --sheet digits.png");
    assert!(told.out.contains("sheet       digits.png\n"), "{told:?}");
    assert!(!told.out.contains("--sheet"), "{told:?}");
    assert_eq!(names(&place.path(".")), ["digits.png"]);
    let sheet = picture(&place.path("digits.png"));
    assert!(sheet.width() > 200 && sheet.height() > 200);
    let keys = "spec kind count shape sizes distinct_sizes modes formats classes duplicates bad \
                left_out notes warnings sheet";
    let object = place.json("data check mnist --split test --sheet s.png --json");
    let found: Vec<_> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found, keys.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&object["count"], &object["sheet"]), (&1000.into(), &"s.png".into()));
    assert_eq!(object["classes"].as_array().unwrap().len(), 10);
}

#[test]
fn a_folder_with_good_and_bad() {
    let place = Place::new();
    let folder = place.path("photos");
    png_folder(&folder.join("below"), 3, &[(40, 30)]);
    png_folder(&folder, 4, &[(28, 28)]);
    fs::copy(folder.join("00.png"), folder.join("copy.png")).unwrap();
    fs::write(folder.join("cut.png"), cut(&folder.join("01.png"), 0.7)).unwrap();
    fs::write(folder.join("text.png"), "no picture").unwrap();
    let told = place.gan("data check photos --sheet sheet.png --json").with_code(1);
    let object: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&object["count"], &object["kind"]), (&8.into(), &"folder".into()));
    assert_eq!(object["sizes"], json!([["28x28", 5], ["40x30", 3]]));
    assert_eq!(object["duplicates"], 1);
    assert_eq!(object["formats"], json!([["png", 8]]));
    let bad = object["bad"].as_array().unwrap();
    assert_eq!(bad.len(), 2);
    assert_eq!(
        (&bad[0]["path"], &bad[1]["path"]),
        (&"photos/cut.png".into(), &"photos/text.png".into())
    );
    assert!(bad.iter().all(|file| file["reason"].as_str().unwrap().len() > 10), "{object}");
    picture(&place.path("sheet.png"));

    let told = place.done("data check photos --skip-bad --no-sheet");
    assert!(told.out.contains("bad: photos/cut.png: "), "{told:?}");
    assert!(told.out.contains("samples     8\n"), "{told:?}");
    let sized = place.json("data check photos --skip-bad --no-sheet --size 32 --channels 1 --json");
    assert_eq!(sized["shape"], json!([1, 32, 32]));
}

#[test]
fn nothing_but_bad_files() {
    let place = Place::new();
    fs::create_dir(place.path("photos")).unwrap();
    fs::write(place.path("photos/a.png"), "no picture").unwrap();
    for option in ["", "--skip-bad"] {
        let told = place.gan(&format!("data check photos --no-sheet {option}")).with_code(1);
        assert!(told.out.contains("a.png") || told.err.contains("a.png"), "{told:?}");
        assert!(told.err.contains("error: "), "{told:?}");
    }
}

#[test]
fn a_folder_of_what_was_found() {
    let place = Place::new();
    let object = place.json("data check toy:ring --out found/here --json");
    let found = place.path("found/here");
    assert_eq!(names(&found), ["check.json", "sheet.png"]);
    picture(&found.join("sheet.png"));
    assert_eq!(object["sheet"], "found/here/sheet.png");
    let read = || -> serde_json::Value {
        serde_json::from_slice(&fs::read(found.join("check.json")).unwrap()).unwrap()
    };
    assert_eq!(read(), object);
    // What lies there is replaced only where that is said.
    let again = "data check toy:ring --limit 9 --out found/here";
    let words = &["--out found/here: this folder is not empty", "--force"];
    place.gan(again).with_code(2).error(words);
    assert_eq!(read(), object);
    let told = place.done(&format!("{again} --force"));
    assert!(!told.out.contains("draws a contact sheet"), "{told:?}");
    assert_eq!(read()["count"], 9);
    // Without a sheet, and into a folder that is empty.
    fs::create_dir(place.path("empty")).unwrap();
    place.done("data check toy:ring --out empty --no-sheet");
    assert_eq!(names(&place.path("empty")), ["check.json"]);
    fs::write(place.path("file"), "mine").unwrap();
    let words = &["--out file: expected a folder, found a file"];
    place.gan("data check toy:ring --out file --force").with_code(2).error(words);
    place
        .gan("data check toy:ring --out new --sheet s.png")
        .with_code(2)
        .error(&["--sheet", "--out"]);
    // Data that cannot be opened leave nothing.
    place.gan("data check nothing --out new").with_code(1).error(&["nothing: no such data set"]);
    assert!(!place.path("new").exists());
}
