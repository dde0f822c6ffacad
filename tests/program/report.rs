//! `gan report`: the page of a run in a real browser, comparisons, and what is no run.

use crate::browser::Browser;
use crate::gan::Place;
use serde_json::{Value, json};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const TRAIN: &str = "train dcgan --steps 120 --batch 16 --samples 16 --sample-every 20 --limit 300 \
                     --quiet --set features=4";

/// A run that nobody trained, with so many steps and pictures of so many bytes.
fn synthetic(run: &Path, steps: u64, pictures: u64) {
    fs::create_dir_all(run.join("samples")).unwrap();
    let settings = format!(
        "entry = \"dcgan\"\nversion = \"0\"\n[data]\nspec = \"mnist\"\n[train]\nsteps = {steps}\n\
         [model.techniques]\nloss = \"non-saturating\"\n"
    );
    fs::write(run.join("run.toml"), settings).unwrap();
    let mut log = String::new();
    for step in 1..=steps {
        // Deterministic noise, with one peak that thinning must not lose.
        let noise = ((step * 2_654_435_761) % 1000) as f64 / 1000.0;
        let loss = if step == steps / 3 { 9.5 } else { 0.5 + noise };
        let player = |loss: f64| {
            json!({ "loss": loss, "d_real": 0.6 + 0.2 * noise, "d_fake": 0.3 - 0.2 * noise,
                    "grad_norm": 0.01 + noise, "lr": 2e-4 })
        };
        let mut line = json!({
            "kind": "step", "step": step, "seconds": 0.01,
            "players": { "discriminator": player(loss), "generator": { "loss": 1.0 + noise, "grad_norm": 0.2 + noise, "lr": 2e-4 } },
        });
        if step % 250 == 0 {
            line["samples"] = json!({ "spread": 0.9, "nearest": 0.8, "coverage": 0.9, "copies": 1.1, "modes": 10.0, "modes_of": 10.0 });
        }
        writeln!(log, "{line}").unwrap();
        if step % 1000 == 0 {
            let eval = json!({ "kind": "eval", "step": step, "seconds": 1.0, "fid": 20.0 - step as f64 / 1000.0, "receipt": { "seed": 0 } });
            writeln!(log, "{eval}").unwrap();
        }
    }
    fs::write(run.join("log.jsonl"), log).unwrap();
    for number in 1..=pictures {
        let mut seed = number as u32;
        let image = image::RgbImage::from_fn(262, 262, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(seed >> 24) as u8; 3])
        });
        let step = number * steps / pictures;
        image.save(run.join(format!("samples/step-{step:08}.png"))).unwrap();
    }
}

fn text(browser: &mut Browser, selector: &str) -> String {
    let expression = format!("document.querySelector({}).textContent", json!(selector));
    browser.value(&expression).as_str().unwrap_or_default().to_owned()
}

/// Where pictures of pages go for people to look at, if anywhere.
fn shoot(browser: &mut Browser, name: &str) {
    if let Some(folder) = env::var_os("GAN_SCREENSHOTS") {
        browser.picture(&Path::new(&folder).join(format!("{name}.png")));
    }
}

#[test]
fn a_run_of_digits_has_a_page_that_works() {
    let place = Place::new();
    place.done(&format!("{TRAIN} --out run --eval-every 60 --eval-count 50 --no-cache"));
    // Training itself has left one.
    let page = place.path("run/report.html");
    assert!(fs::read_to_string(&page).unwrap().contains("step 120 of 120"));
    let object = place.json("report run --json");
    assert_eq!(object["runs"][0]["step"], 120);
    assert_eq!((&object["pictures"], &object["of_pictures"]), (&6.into(), &6.into()));
    assert!(object["runs"][0]["findings"].is_array());

    let Some(mut browser) = Browser::start() else { return };
    browser.look(1200, 900, "light");
    browser.open(&page);
    assert_eq!(browser.complaints(), Vec::<String>::new());
    shoot(&mut browser, "light");
    // The curves have the points of the log: as few as these are not thinned.
    let data: Value = serde_json::from_str(&text(&mut browser, "#data")).unwrap();
    let losses = &data["charts"][0];
    assert_eq!(losses["title"], "Losses");
    let log = fs::read_to_string(place.path("run/log.jsonl")).unwrap();
    let lines = log.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    let steps: Vec<Value> = lines.filter(|l| l["kind"] == "step").collect();
    for curve in losses["curves"].as_array().unwrap() {
        let player = curve["name"].as_str().unwrap();
        assert_eq!((curve["x"].as_array().unwrap().len(), &curve["of"]), (120, &120.into()));
        for (index, line) in steps.iter().enumerate() {
            assert_eq!(curve["x"][index], line["step"]);
            let logged = line["players"][player]["loss"].as_f64().unwrap();
            let drawn = curve["y"][index].as_f64().unwrap();
            assert!((drawn - logged).abs() <= 1e-6 * logged.abs(), "{drawn} {logged}");
        }
    }
    // Each curve is drawn with as many points as it has.
    let counts = browser.value(
        "[...document.querySelector('.chart svg').querySelectorAll('path.curve')]\
         .map((p) => p.getAttribute('d').split(/[ML]/).length - 1)",
    );
    assert_eq!(counts, json!([120, 120]));
    for title in
        ["Losses", "What D says", "Gradient norms", "Learning rates", "Samples", "Modes", "FID"]
    {
        let there =
            browser.value(&format!("!!document.querySelector('[data-chart={}]')", json!(title)));
        assert_eq!(there, true, "{title}");
    }
    // The slider changes the picture, by hand and by keyboard; every picture has words.
    let shown = "document.querySelector('#viewer img').src.length + ' ' + \
                 document.querySelector('#viewer img').src.slice(-200)";
    let last = browser.value(shown);
    assert_eq!(text(&mut browser, "#shown"), "120");
    browser.value("document.querySelector('#slider').focus()");
    browser.press("ArrowLeft");
    assert_eq!(text(&mut browser, "#shown"), "100");
    let earlier = browser.value(shown);
    assert_ne!(earlier, last);
    browser.press("Home");
    assert_eq!(text(&mut browser, "#shown"), "20");
    let alt = browser.value("document.querySelector('#viewer img').alt");
    assert_eq!(alt, "Samples that run drew at step 20");
    let wide = browser.value("document.querySelector('#viewer img').naturalWidth");
    assert!(wide.as_u64().unwrap() > 100, "{wide}");
    // A chart is read by keyboard too, and as a table.
    browser.value("document.querySelector('.plot').focus()");
    browser.press("ArrowLeft");
    assert!(text(&mut browser, ".chart [data-read]").starts_with("step 119 · "));
    browser.value("document.querySelector('.chart details').open = true");
    browser.value("new Promise((done) => setTimeout(done, 50))");
    let rows = browser.value("document.querySelectorAll('.chart details tbody tr').length");
    assert_eq!(rows, 20);
    // A phone: nothing is wider than the screen.
    for (scheme, name) in [("dark", "phone-dark"), ("light", "phone-light")] {
        browser.look(360, 740, scheme);
        browser.open(&page);
        let wide = browser.value("document.documentElement.scrollWidth");
        assert!(wide.as_u64().unwrap() <= 360, "{wide}");
        shoot(&mut browser, name);
    }
    browser.look(1200, 900, "dark");
    let back = browser.value("getComputedStyle(document.body).backgroundColor");
    assert_eq!(back, "rgb(20, 22, 26)");
    shoot(&mut browser, "dark");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn runs_are_compared() {
    let place = Place::new();
    place.done(&format!("{TRAIN} --out a"));
    place.done(&format!("{TRAIN} --out b --seed 3 --set techniques.generator.lr=1e-3"));
    let object = place.json("report a b -o both.html --json");
    assert_eq!(
        (object["report"].as_str(), object["pictures"].as_u64()),
        (Some("both.html"), Some(12))
    );
    let html = fs::read_to_string(place.path("both.html")).unwrap();
    let table = &html[html.find("Settings that differ").unwrap()..];
    let table = &table[..table.find("</table>").unwrap()];
    assert!(table.contains("train.seed") && table.contains("model.techniques.generator.lr"));
    assert!(!table.contains("train.steps") && !table.contains("data.spec"), "{table}");
    let Some(mut browser) = Browser::start() else { return };
    browser.look(1200, 900, "light");
    browser.open(&place.path("both.html"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(
        browser.value("document.querySelector('.chart').querySelectorAll('path.curve').length"),
        4
    );
    assert_eq!(browser.value("document.querySelectorAll('#viewer figure').length"), 2);
    shoot(&mut browser, "compare");
}

#[test]
fn ten_thousand_steps_make_a_page_that_opens() {
    let place = Place::new();
    let run = place.path("long");
    synthetic(&run, 10_000, 200);
    let object = place.json("report long --json");
    let bytes = object["bytes"].as_u64().unwrap();
    assert!(bytes < 15_000_000, "{bytes}");
    let shown = object["pictures"].as_u64().unwrap();
    assert!(shown > 20 && shown < 200, "{shown}");
    let Some(mut browser) = Browser::start() else { return };
    browser.look(1200, 900, "light");
    let seconds = browser.open(&place.path("long/report.html"));
    println!("10,000 steps, {bytes} bytes, {shown} of 200 pictures: loaded in {seconds:.2} s");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(text(&mut browser, "#shown"), "10,000");
    // The peak is still there.
    let peak = browser.value("Math.max(...JSON.parse(document.getElementById('data').textContent).charts[0].curves[0].y)");
    assert_eq!(peak, 9.5);
    shoot(&mut browser, "long");
}

#[test]
fn hostile_runs_stay_text() {
    let place = Place::new();
    let evil = "x\"'><img src=http:\u{2044}\u{2044}a.b onerror=document.title=1>";
    let run = place.path(evil);
    synthetic(&run, 200, 1);
    let bad = "</script><script>document.title='bad'</script><!--";
    let settings = format!("entry = {0}\n[data]\nspec = {0}\n[{0}]\n{0} = {0}\n", json!(bad));
    fs::write(run.join("run.toml"), settings).unwrap();
    let mut log = fs::read(run.join("log.jsonl")).unwrap();
    let line = json!({ "kind": "step", "step": 201, "seconds": 1, "players": { bad: { bad: 1.0, "loss": 2.0 } } });
    let eval = json!({ "kind": "eval", "step": 201, "seconds": 1, "fid": 1.0, "receipt": bad });
    log.extend(format!("{line}\n{eval}\n{{\"half\n").bytes());
    log.extend([0xff, 0xfe, b'\n']);
    fs::write(run.join("log.jsonl"), log).unwrap();
    // The folder's name has a space, which the test's words cannot have.
    fs::rename(&run, place.path("evil")).unwrap();
    let object = place.json("report evil --json");
    assert_eq!(object["runs"][0]["unread_lines"], 2);
    let Some(mut browser) = Browser::start() else { return };
    browser.open(&place.path("evil/report.html"));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(browser.value("document.title"), "evil");
    assert_eq!(browser.value("document.querySelectorAll('img').length"), 1);
    assert_eq!(browser.value("document.querySelectorAll('script').length"), 2);
}

#[test]
fn what_is_no_run_and_what_is_no_report() {
    let place = Place::new();
    place
        .gan("report nowhere")
        .with_code(1)
        .error(&["expected a run directory", "found no such folder"]);
    place.gan("report").with_code(2);
    synthetic(&place.path("run"), 150, 1);
    fs::write(place.path("letter.html"), "<p>dear").unwrap();
    place.gan("report run -o letter.html").with_code(2).error(&["no report", "-o"]);
    assert_eq!(fs::read_to_string(place.path("letter.html")).unwrap(), "<p>dear");
    place.gan("report run -o no/such/folder.html").with_code(1).error(&["no/such/folder.html"]);
    let told = place.done("report run");
    assert!(told.out.ends_with("run/report.html\n"), "{told:?}");
    // Its own report it replaces.
    place.done("report run");
    // A log that is no file, a run without one.
    fs::remove_file(place.path("run/log.jsonl")).unwrap();
    place.done("report run");
    fs::create_dir(place.path("run/log.jsonl")).unwrap();
    place.gan("report run").with_code(1).error(&["log.jsonl: cannot read"]);
}
