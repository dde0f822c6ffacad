#![allow(missing_docs, clippy::unwrap_used)]
use gan_data::*;
use gan_images::*;
#[test]
fn pictures() {
    let t = std::time::Instant::now();
    for spec in ["mnist", "toy:ring", "toy:grid", "toy:swiss-roll", "toy:gaussian", "toy:mixture"] {
        let t = std::time::Instant::now();
        let r = check(spec, &LoadOptions::default()).unwrap();
        r.sheet
            .as_ref()
            .unwrap()
            .write_png(std::path::Path::new(&format!("/tmp/pics/{}.png", spec.replace(':', "-"))))
            .unwrap();
        println!("{spec} {:?} {:?}", t.elapsed(), CheckReport { sheet: None, ..r });
    }
    println!("{:?}", t.elapsed());
    let f = |g: &dyn Fn(f64) -> f64| (0..2000).map(|i| (i as f64, g(i as f64))).collect::<Vec<_>>();
    let noise = |i: f64| ((i * 12.9898).sin() * 43758.5453).fract();
    let fig = Figure {
        title: "DCGAN on mnist".into(),
        x_label: "step".into(),
        y_label: "loss (nats)".into(),
        x_range: None,
        y_range: None,
        series: vec![
            Series {
                name: "discriminator".into(),
                color: [38, 98, 186],
                style: Style::Line,
                points: f(&|i| 0.6 + 0.8 * (-i / 300.).exp() + 0.15 * noise(i)),
            },
            Series {
                name: "generator".into(),
                color: [217, 95, 14],
                style: Style::Line,
                points: f(&|i| 1.2 + (i / 400.).ln_1p() + 0.3 * noise(i + 7.)),
            },
            Series {
                name: "generator, averaged".into(),
                color: [20, 140, 90],
                style: Style::Line,
                points: f(&|i| 1.2 + (i / 400.).ln_1p()),
            },
        ],
    };
    draw(&fig, 800, 500).unwrap().write_png("/tmp/pics/loss.png".as_ref()).unwrap();
    let g = |m: f64, s: f64| {
        (0..400)
            .map(|i| {
                let x = -2. + i as f64 * 0.03;
                (x, (-(x - m) * (x - m) / 2. / s / s).exp() / s / 2.5066)
            })
            .collect::<Vec<_>>()
    };
    let fig = Figure {
        title: "step 500: EMD 0.31, value -1.21".into(),
        x_label: "x".into(),
        y_label: "density, D(x)".into(),
        x_range: Some((-2., 10.)),
        y_range: Some((0., 1.)),
        series: vec![
            Series {
                name: "data".into(),
                color: [60, 60, 60],
                style: Style::Points,
                points: g(4., 1.25).into_iter().step_by(8).collect(),
            },
            Series {
                name: "generated".into(),
                color: [20, 140, 90],
                style: Style::Area,
                points: g(5., 1.),
            },
            Series {
                name: "D(x)".into(),
                color: [38, 98, 186],
                style: Style::Line,
                points: g(4., 1.25)
                    .iter()
                    .zip(g(5., 1.))
                    .map(|(p, q)| (p.0, p.1 / (p.1 + q.1)))
                    .collect(),
            },
        ],
    };
    draw(&fig, 800, 500).unwrap().write_png("/tmp/pics/fig1.png".as_ref()).unwrap();
    draw(&fig, 320, 240).unwrap().write_png("/tmp/pics/small.png".as_ref()).unwrap();
}
