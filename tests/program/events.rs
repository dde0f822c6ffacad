//! Event files of `gan train`: what the log says, as TensorBoard reads it.

use crate::gan::{Place, skips};
use crate::run_files::names;
use gan_report::{Event, EventValue, read_events};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TRAIN: &str = "train dcgan --steps 30 --batch 8 --samples 4 --sample-every 10 --limit 200 \
                     --quiet --set features=4 --out run --eval-every 20 --eval-count 20 --no-cache";

/// The run's event files, oldest first.
fn files(run: &Path) -> Vec<PathBuf> {
    let all = names(run).into_iter().filter(|name| name.starts_with("events.out.tfevents."));
    all.map(|name| run.join(name)).collect()
}

fn scalars(events: &[Event], wanted: &str) -> Vec<(u64, f32)> {
    let of = |event: &Event| {
        let found = event.values.iter().find(|(tag, _)| tag == wanted)?;
        match found.1 {
            EventValue::Scalar(value) => Some((event.step, value)),
            _ => None,
        }
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn events_say_what_the_log_says() {
    let place = Place::new();
    place.done(TRAIN);
    let run = place.path("run");
    let [file] = &files(&run)[..] else { panic!("{:?}", names(&run)) };
    let events = read_events(file).unwrap();
    assert_eq!(events[0].version, "brain.Event:2");
    assert!(events[1].start && events[1].step == 1);
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    let lines: Vec<Value> = log.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let steps = lines.iter().filter(|l| l["kind"] == "step");
    let logged: Vec<(u64, f32)> = steps
        .map(|l| {
            let loss = l["players"]["generator"]["loss"].as_f64().unwrap();
            (l["step"].as_u64().unwrap(), loss as f32)
        })
        .collect();
    assert_eq!(scalars(&events, "loss/generator"), logged);
    for tag in ["grad_norm/discriminator", "learning_rate/generator", "d_real/discriminator"] {
        assert_eq!(scalars(&events, tag).len(), 30, "{tag}");
    }
    assert_eq!(scalars(&events, "samples/spread").len(), 3);
    let fids: Vec<(u64, f32)> = lines
        .iter()
        .filter(|l| l["kind"] == "eval")
        .map(|l| (l["step"].as_u64().unwrap(), l["fid"].as_f64().unwrap() as f32))
        .collect();
    assert_eq!(scalars(&events, "scores/fid"), fids);
    assert_eq!(fids.iter().map(|f| f.0).collect::<Vec<_>>(), [20, 30]);
    // Pictures are those of the run; every parameter has a histogram.
    let mut pictures = 0;
    let mut weights = 0;
    for event in &events {
        for (tag, value) in &event.values {
            match value {
                EventValue::Image(bytes, width, height) => {
                    let path = run.join(format!("samples/step-{:08}.png", event.step));
                    assert_eq!(*bytes, fs::read(path).unwrap());
                    assert!(*width > 28 && *height > 28 && tag == "samples");
                    pictures += 1;
                }
                EventValue::Histogram(h) if tag.starts_with("weights/") => {
                    assert!(h.min <= h.max && h.limits.len() == h.counts.len());
                    weights += 1;
                }
                _ => {}
            }
        }
    }
    assert_eq!(pictures, 3);
    assert!(weights >= 30 && weights % 3 == 0, "{weights}");
    // A resume begins a new file, which says from which step on it counts.
    place.done("train --resume run --steps 34 --quiet");
    let all = files(&run);
    assert_eq!(all.len(), 2);
    let more = read_events(&all[1]).unwrap();
    assert_eq!((more[1].start, more[1].step), (true, 31));
    let loss = scalars(&more, "loss/generator");
    assert_eq!(loss.iter().map(|l| l.0).collect::<Vec<_>>(), [31, 32, 33, 34]);
}

/// What Python's own reader finds, where Python has it.
#[test]
fn tensorboard_reads_what_was_written() {
    let python = std::env::var("GAN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import tensorboard"]).output();
    if !has.is_ok_and(|o| o.status.success()) {
        return skips(&format!("{python} has no tensorboard"));
    }
    let place = Place::new();
    place.done(TRAIN);
    place.done("train --resume run --steps 34 --quiet");
    let run = place.path("run");
    const SCRIPT: &str = "\
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
everything = {'scalars': 0, 'images': 0, 'histograms': 0}
a = EventAccumulator(sys.argv[1], size_guidance=everything)
a.Reload()
tags = a.Tags()
print(json.dumps({
    'loss': [[e.step, e.value] for e in a.Scalars('loss/generator')],
    'images': [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in a.Images('samples')],
    'histograms': tags['histograms'],
    'counts': [sum(e.histogram_value.bucket) for e in a.Histograms(tags['histograms'][0])],
    'num': [e.histogram_value.num for e in a.Histograms(tags['histograms'][0])],
}))";
    let output = Command::new(&python).args(["-c", SCRIPT]).arg(&run).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let log = fs::read_to_string(run.join("log.jsonl")).unwrap();
    let steps: Vec<Value> = log
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .filter(|l| l["kind"] == "step")
        .collect();
    let loss = told["loss"].as_array().unwrap();
    assert_eq!(loss.len(), steps.len(), "{told}");
    for (read, line) in loss.iter().zip(&steps) {
        assert_eq!(read[0], line["step"]);
        let logged = line["players"]["generator"]["loss"].as_f64().unwrap();
        assert!((read[1].as_f64().unwrap() - f64::from(logged as f32)).abs() < 1e-12);
    }
    let images = told["images"].as_array().unwrap();
    assert_eq!(images.iter().map(|i| i[0].as_u64().unwrap()).collect::<Vec<_>>(), [10, 20, 30, 34]);
    let size = fs::metadata(run.join("samples/step-00000010.png")).unwrap().len();
    assert_eq!(images[0][3], size);
    assert!(told["histograms"].as_array().unwrap().len() >= 10);
    assert_eq!(told["counts"], told["num"]);
}
