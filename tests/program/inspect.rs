//! The commands that look inside a run: their pictures and objects, and what they refuse.

use crate::gan::Place;
use crate::run_files::{contents, sha256};
use crate::small_data::picture;
use serde_json::{Value, json};

/// A place with a small run of `entry` in `run`.
pub fn with_run(entry: &str) -> Place {
    let place = Place::new();
    let tiny = "--batch 8 --steps 4 --checkpoint-every 2 --samples 20 --ema 0.5 --quiet";
    place.done(&format!("train {entry} {tiny} --out run"));
    place
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[test]
fn interpolate() {
    let place = with_run("dcgan --set features=4");
    let before = contents(&place.path("run"));
    let line = "interpolate run --paths 2 --steps 5 --out new/paths.png --json";
    let object = place.json(line);
    assert_eq!(
        (&object["run"], &object["step"], &object["seed"]),
        (&"run".into(), &4.into(), &0.into())
    );
    let paths = object["paths"].as_array().unwrap();
    assert_eq!(paths.len(), 4);
    assert_eq!((&paths[3]["from"], &paths[3]["course"]), (&1.into(), &"spherical".into()));
    for path in paths {
        let share = number(&path["largest_share"]);
        assert!((1.0 / 64.0..=1.0).contains(&share), "{path}");
        assert!((1.0 / 16.0..=1.0).contains(&number(&path["share_within"])), "{path}");
    }
    // A network that was hardly trained is smooth.
    assert!(object["means"].as_array().unwrap().iter().all(|m| m["verdict"] == "smooth"));
    let image = picture(&place.path("new/paths.png"));
    assert_eq!((image.width(), image.height()), (6 * 60 + 4, 4 * 60 + 4));
    // Nothing else in the run has changed, and the same line makes the same picture.
    assert_eq!(before, contents(&place.path("run")));
    place.done("interpolate run --paths 2 --steps 5 --out again.png --threads 1");
    assert_eq!(sha256(&place.path("new/paths.png")), sha256(&place.path("again.png")));
    let told = place.done("interpolate run --course straight");
    assert!(told.out.contains("largest share of one step"), "{told:?}");
    assert!(told.out.ends_with("run/samples/interpolate.png\n"), "{told:?}");
    place.done("interpolate run --seed 3 --course straight");
    let at = |name: &str| sha256(&place.path("run/samples").join(name));
    assert_ne!(at("interpolate.png"), at("interpolate-2.png"));

    place.gan(line).with_code(2).error(&["new/paths.png", "this file exists", "--force"]);
    place.done(&format!("{line} --force"));
    place
        .gan("interpolate run --paths 2000 --steps 9")
        .with_code(2)
        .error(&["2048 images at most"]);
    place.gan("interpolate nowhere").with_code(1).error(&["nowhere"]);
    place.gan("interpolate run --step 3").with_code(1).error(&["3"]);
}

#[test]
fn arithmetic() {
    let place = with_run("dcgan --set features=4");
    let object = place.json("arithmetic run --out choose.png --json");
    assert_eq!((&object["samples"], &object["columns"]), (&100.into(), &10.into()));
    // The first 64 are those of `gan sample`, in rows of ten.
    let image = picture(&place.path("choose.png"));
    assert_eq!((image.width(), image.height()), (604, 604));
    let object =
        place.json("arithmetic run --plus 3,5,8 --minus 1,2 --plus 70 --out sum.png --json");
    let expected = json!([
        { "weight": 1.0, "samples": [3, 5, 8] }, { "weight": 1.0, "samples": [70] },
        { "weight": -1.0, "samples": [1, 2] },
    ]);
    assert_eq!(object["groups"], expected);
    assert_eq!(object["latent"].as_array().unwrap().len(), 100);
    let image = picture(&place.path("sum.png"));
    assert_eq!((image.width(), image.height()), (9 * 60 + 4, 4 * 60 + 4));
    // z − z is nothing.
    let object = place.json("arithmetic run --plus 4 --minus 4 --out zero.png --json");
    assert_eq!(number(&object["length"]), 0.0);
    place.gan("arithmetic run --plus 3,x").with_code(2).error(&["samples' numbers"]);
}

#[test]
fn manifold() {
    let place = with_run("dcgan --set features=4");
    let object = place.json("manifold run --side 5 --out plane.png --json");
    assert_eq!((&object["images"], &object["plane"]), (&25.into(), &"sphere".into()));
    let image = picture(&place.path("plane.png"));
    assert_eq!((image.width(), image.height()), (304, 304));
    for (k, options) in ["--seed 1", "--at 3"].into_iter().enumerate() {
        place.done(&format!("manifold run --side 5 {options} --out other{k}.png"));
        let other = place.path(&format!("other{k}.png"));
        assert_ne!(sha256(&place.path("plane.png")), sha256(&other), "{options}");
    }
    let object = place.json("manifold run --side 3 --axes 4,17 --at 12 --out axes.png --json");
    assert_eq!((&object["axes"], &object["at"]), (&json!([4, 17]), &12.into()));
    let told = place.gan("manifold run --axes 4,100").with_code(2);
    told.error(&["dimension 100", "0 to 99"]);
    place.gan("manifold run --axes 4,4").with_code(2).error(&["two different dimensions"]);
    place.gan("manifold run --side 65").with_code(2).error(&["1 to 64"]);
    place.gan("manifold run --label 3").with_code(2).error(&["--label 3", "draws no classes"]);

    // A latent of two dimensions is drawn whole, one of one as a row; a conditional model by class.
    let place = with_run("cgan --set z=2");
    let object = place.json("manifold run --side 4 --label 3 --out three.png --json");
    assert_eq!((&object["plane"], &object["width"]), (&"axes".into(), &2.into()));
    place.done("manifold run --side 4 --label 5 --out five.png");
    assert_ne!(sha256(&place.path("three.png")), sha256(&place.path("five.png")));
    place.gan("manifold run --label 10").with_code(2).error(&["class 10", "from 0 to 9"]);
    let place = with_run("vanilla --set z=1 --set prior=uniform");
    assert_eq!(place.json("manifold run --side 4 --out row.png --json")["images"], 4);
}

#[test]
fn neighbours() {
    let place = with_run("dcgan --set features=4 --limit 200");
    let object = place.json("neighbors run --count 3 --near 2 --out near.png --json");
    assert_eq!(object["network"], "digits");
    let samples = object["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 3);
    for sample in samples {
        for kind in ["pixels", "features"] {
            let list = sample[kind].as_array().unwrap();
            assert_eq!(list.len(), 2);
            assert!(number(&list[0]["distance"]) <= number(&list[1]["distance"]), "{sample}");
            assert!(list.iter().all(|n| n["index"].as_u64().unwrap() < 200), "{sample}");
            assert!(list.iter().all(|n| n["label"].as_u64().unwrap() < 10), "{sample}");
        }
    }
    let image = picture(&place.path("near.png"));
    assert_eq!((image.width(), image.height()), (5 * 60 + 4, 3 * 60 + 4));
    // The same as beside `gan sample --nearest`.
    let other = place.json("sample run --nearest --count 3 --out n.png --json");
    for (sample, found) in samples.iter().zip(other["nearest"].as_array().unwrap()) {
        assert_eq!(sample["pixels"][0]["index"], found["index"]);
    }
    // What a model drew, taken for its data, is a copy in both; it looks like no digits yet.
    place.done("sample run --count 12 --out data/");
    let line = "neighbors run --count 3 --near 1 --data data --out c.png --extractor digits";
    let object = place.json(&format!("{line} --json"));
    for (k, sample) in object["samples"].as_array().unwrap().iter().enumerate() {
        assert_eq!(
            (&sample["pixels"][0]["index"], &sample["features"][0]["index"]),
            (&k.into(), &k.into())
        );
    }
    place.gan("neighbors run --weights none.safetensors").with_code(1).error(&["none.safetensors"]);
}

#[test]
fn saliency() {
    let place = with_run("dcgan --set features=4");
    let object = place.json("saliency run --count 3 --out map.png --json");
    assert_eq!(object["target"], "logit");
    let images = object["images"].as_array().unwrap();
    assert_eq!(images.len(), 6);
    for image in images {
        assert!(number(&image["logit"]).is_finite() && number(&image["plain"]) > 0.0, "{image}");
    }
    let image = picture(&place.path("map.png"));
    assert_eq!((image.width(), image.height()), (3 * 60 + 4, 7 * 60 + 4));
    let object = place.json("saliency run --count 2 --layer 1 --map 3 --out l.png --json");
    assert_eq!(object["target"], json!({ "layer": 1, "map": 3 }));
    place.gan("saliency run --layer 2 --map 0").with_code(2).error(&["D has 2 hidden layers"]);
    place.gan("saliency run --layer 1 --map 8").with_code(2).error(&["maps 0 to 7"]);
    place.gan("saliency run --layer 1").with_code(2);
    let place = with_run("dcgan --set features=4 --set techniques.packing=2");
    place.gan("saliency run").with_code(2).error(&["packs of 2"]);
    let place = with_run("cgan");
    place.done("saliency run --count 2 --out map.png");
}

#[test]
fn probe() {
    let place = with_run("dcgan --set features=4 --split all --limit 700");
    let object = place.json("probe run --out probe.png --json");
    assert_eq!((&object["train"], &object["held_out"]), (&630.into(), &70.into()));
    assert_eq!(object["held_out_seen"], true);
    let results = object["results"].as_array().unwrap();
    assert_eq!((&results[0]["width"], &results[1]["width"]), (&((4 + 8) * 16).into(), &784.into()));
    for result in results {
        let curve = result["curve"].as_array().unwrap();
        let labels: Vec<u64> = curve.iter().filter_map(|p| p["labels"].as_u64()).collect();
        assert_eq!(labels, [100, 300, 630]);
        // Far above the tenth that guessing gets.
        assert!(number(&curve[2]["accuracy"]) > 0.6, "{result}");
    }
    picture(&place.path("probe.png"));
    let line = "probe run --classifier logistic --c 1 --limit 200 --out log.png --json";
    assert_eq!(place.json(line)["classifier"], "logistic");
    place.gan("probe run --c 0").with_code(2).error(&["a number above 0"]);
    place.gan("probe run --limit 5").with_code(2).error(&["too few"]);
    // Where the run kept the test part away, that is held out.
    let place = with_run("dcgan --set features=4");
    let object = place.json("probe run --limit 300 --c 1 --out probe.png --json");
    assert_eq!((&object["held_out"], &object["held_out_seen"]), (&1000.into(), &false.into()));
    // InfoGAN's classes are codes, which its D is not shown; a VAE has latents and no D.
    let place = with_run("infogan --set features=4 --limit 700");
    place.done("probe run --out probe.png");
    let place = with_run("vae --set hidden=[8] --limit 700");
    place.gan("probe run").with_code(2).error(&["no discriminator"]);
    place.done("interpolate run --paths 1 --steps 4 --out path.png");
}

/// What has no latent or no discriminator says so, and points have no pictures.
#[test]
fn models_that_cannot_be_looked_into_say_so() {
    let place = Place::new();
    place.done("train rbm --limit 100 --batch 8 --steps 1 --set hidden=4 --set sample_steps=1 --quiet --out run");
    for command in ["interpolate", "arithmetic", "manifold"] {
        let told = place.gan(&format!("{command} run")).with_code(2);
        told.error(&["rbm", "makes no samples from latents", "dcgan"]);
    }
    for command in ["probe", "saliency"] {
        place.gan(&format!("{command} run")).with_code(2).error(&["no discriminator", "dcgan"]);
    }
    place.done("train gaussian1d --batch 8 --steps 1 --quiet --out points");
    for command in ["interpolate", "arithmetic", "manifold", "neighbours", "saliency", "probe"] {
        place.gan(&format!("{command} points")).with_code(2).error(&["points"]);
    }
}

#[test]
fn dedup() {
    let place = Place::new();
    let line = "dedup mnist --limit 400 --plant 40 --steps 200 --out pairs.png --json";
    let object = place.json(line);
    assert_eq!(
        (&object["images"], &object["planted"], &object["bits"]),
        (&400.into(), &40.into(), &128.into())
    );
    for (name, points) in [("curve", 17), ("second_curve", 4)] {
        let curve = object[name].as_array().unwrap();
        assert_eq!(curve.len(), points, "{object}");
        let of = |k: usize, key: &str| curve[k][key].as_u64().unwrap();
        for key in ["planted_found", "other_pairs"] {
            assert!((1..points).all(|k| of(k, key) >= of(k - 1, key)), "{object}");
        }
    }
    // Of 79,800 pairs of digits hardly any are so alike; most of the turned and moved copies are.
    assert!(number(&object["recall"]) > 0.6, "{object}");
    assert!(number(&object["other_pairs"]) < 10.0, "{object}");
    assert!(object["pairs"].as_u64().unwrap() <= object["other_pairs"].as_u64().unwrap());
    picture(&place.path("pairs.png"));
    // Copies to the pixel differ in no bit.
    place.done("train dcgan --limit 50 --batch 8 --steps 1 --set features=4 --quiet --out run");
    place.done("sample run --count 30 --out data/");
    std::fs::copy(place.path("data/00003.png"), place.path("data/copy.png")).unwrap();
    let object = place.json("dedup data --within 0 --steps 20 --out copies.png --json");
    let groups = object["groups"].as_array().unwrap();
    assert!(groups.contains(&json!([3, 30])), "{object}");
    assert_eq!(object["recall"], Value::Null);

    place.gan(line).with_code(2).error(&["pairs.png", "this file exists"]);
    place.gan("dedup toy:ring --out r.png").with_code(2).error(&["points"]);
    place.gan("dedup nothing-here").with_code(1).error(&["nothing-here"]);
    place
        .gan("dedup mnist --limit 10 --plant 11")
        .with_code(2)
        .error(&["no more copies than images, 10"]);
    place.gan("dedup mnist --limit 1").with_code(2).error(&["a pair needs two"]);
    place.gan("dedup mnist --apart 1.5").with_code(2).error(&["--apart", "a number from 0 to 1"]);
    place.gan("dedup mnist --set cod=3").with_code(2).error(&["cod"]);
}

#[test]
fn forget() {
    let place = Place::new();
    place.done(
        "train dcgan --set features=8 --batch 32 --steps 100 --ema 0 --quiet --out run \
         --set train.schedule.kind=constant",
    );
    // What the classifier makes of such samples is hard to say: take a class that there is.
    let found = (0..10).find_map(|class| {
        let told =
            place.gan(&format!("forget run --class {class} --count 200 --out f{class}.png --json"));
        (told.code == Some(0)).then(|| (class, serde_json::from_str::<Value>(&told.out).unwrap()))
    });
    let (class, object) = found.expect("no class is drawn at all");
    assert_eq!(
        (&object["class"], &object["layer"], &object["classifier"]),
        (&class.into(), &0.into(), &"digits".into())
    );
    assert_eq!(
        (&object["units"], &object["units_in_layer"], &object["fill"]),
        (&"places".into(), &(16 * 7 * 7).into(), &"usual".into())
    );
    let share = |key: &str| number(&object[key]);
    assert!((0.0..=1.0).contains(&share("share_after")) && share("share_before") > 0.0, "{object}");
    let selectivity = share("gone") + share("others_kept") - 1.0;
    assert!((share("selectivity") - selectivity).abs() < 1e-9, "{object}");
    assert!(!object["dropped"].as_array().unwrap().is_empty(), "{object}");
    let image = picture(&place.path(&format!("f{class}.png")));
    assert_eq!(image.width(), 16 * 60 + 4);
    // Whole maps, as in the paper.
    let object = place.json(&format!(
        "forget run --class {class} --count 200 --units maps --fill zero --drop 2 --out maps.png --json"
    ));
    assert_eq!((&object["units_in_layer"], &object["fill"]), (&16.into(), &"zero".into()));
    assert_eq!(object["dropped"].as_array().unwrap().len(), 2);
    place.gan("forget run --class 10").with_code(2).error(&["digits knows 10 classes"]);
    place
        .gan(&format!("forget run --class {class} --count 200 --drop 785"))
        .with_code(2)
        .error(&["--drop 785", "of the layer's 784 places"]);
    place
        .gan(&format!("forget run --class {class} --layer 2"))
        .with_code(2)
        .error(&["hidden layers 0 to 1"]);
    place.gan("forget run").with_code(2);
}

#[test]
fn turing() {
    let place = with_run("dcgan --set features=4");
    let answers = |text: &str| std::fs::write(place.path("answers.txt"), text).unwrap();
    answers(&"r\n".repeat(40));
    let line = "turing run --count 40 --answers answers.txt --json";
    let object = place.json(&format!("{line} --out deck.png"));
    let truth = object["truth"].as_str().unwrap().to_owned();
    let real = truth.matches('r').count() as u64;
    assert!((8..=32).contains(&real), "{truth}");
    assert_eq!((&object["right"], &object["trials"]), (&real.into(), &40.into()));
    assert_eq!(object["generated_taken_for_real"], 40 - real);
    let image = picture(&place.path("deck.png"));
    assert_eq!((image.width(), image.height()), (5 * 60 + 4, 8 * 60 + 4));
    // All right: the interval of 40 of 40 is exact, 0.025^(1/40) to 1.
    answers(&truth.chars().map(|c| format!("{c}\n")).collect::<String>());
    let object = place.json(&format!("{line} --out right.png"));
    let low = number(&object["interval"][0]);
    assert!((low - 0.025f64.powf(1.0 / 40.0)).abs() < 1e-9, "{object}");
    assert_eq!((&object["right"], &object["interval"][1]), (&40.into(), &json!(1.0)));
    assert_eq!(object["verdict"], "the samples can be told from real images");

    let told = place.done("turing run --html game.html --count 12");
    assert!(told.out.contains("a game of 12 images: game.html"), "{told:?}");
    let page = std::fs::read_to_string(place.path("game.html")).unwrap();
    assert_eq!(page.matches("iVBOR").count(), 12);
    assert!(!page.contains("http") && !page.contains("{{"));
    place
        .gan("turing run --html game.html")
        .with_code(2)
        .error(&["--html game.html", "this file exists"]);
    answers("r\nx\n");
    place
        .gan("turing run --count 2 --answers answers.txt")
        .with_code(2)
        .error(&["line 2", "\"x\""]);
    answers("r\n");
    place.gan("turing run --answers answers.txt").with_code(2).error(&["1 answers to 20 images"]);
    place.gan("turing run --answers nobody.txt").with_code(1).error(&["nobody.txt"]);
    place.gan("turing run").with_code(2).error(&["no terminal", "--html", "--answers"]);
}
