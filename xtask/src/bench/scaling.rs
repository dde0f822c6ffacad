//! `cargo xtask bench --scaling`: how a step's time grows with batch, resolution and threads.

use super::contest::{self, Contest, Point};
use super::launch::Launcher;
use super::options::{Case, Options};
use super::report;
use super::table::{ms, ratio, table};
use crate::command::Failure;

const BATCHES: &[usize] = &[16, 32, 64, 128, 256];

/// One thing that varies, the rest being the case's own.
struct Sweep {
    title: String,
    /// The first column's head, and what varies with the point that has it.
    varies: &'static str,
    points: Vec<(usize, Point)>,
}

pub fn run(options: &Options, launcher: &Launcher) -> Result<(), Failure> {
    let modes = options.modes.clone().unwrap_or_else(|| vec!["usual"]);
    let contenders = super::contenders(launcher, &modes);
    let launch = |who, point: &Point| launcher.launch(who, point);
    // The case's own point stands in every sweep and is timed once.
    let mut held: Vec<Contest> = Vec::new();
    let mut parts = Vec::new();
    for sweep in options.cases.iter().flat_map(|case| sweeps(case, options)) {
        let mut rows = Vec::new();
        for (value, point) in sweep.points {
            let known = held.iter().find(|c| c.point == point).cloned();
            let contest = match known {
                Some(contest) => contest,
                None => contest::hold(point, &contenders, (0, options.rounds), &launch)?,
            };
            held.push(contest.clone());
            rows.push((value, contest));
        }
        parts.push((sweep.title, grown(sweep.varies, &rows)));
    }
    println!("{}", report::machine(launcher));
    print!("{}", report::titled(&parts));
    Ok(())
}

fn sweeps(case: &Case, options: &Options) -> Vec<Sweep> {
    let all = options.threads[0];
    let steps = Some(options.steps.unwrap_or(case.scaling_steps));
    let own = Point {
        case: case.name,
        threads: all,
        batch: Some(case.batch),
        size: Some(case.side).filter(|side| *side > 0),
        steps,
    };
    let name = case.name;
    let pixels = own.size.map_or_else(String::new, |side| format!(" at {side} pixels"));
    let threads = if all == 1 { "1 thread".to_owned() } else { format!("{all} threads") };
    let sweep = |title: String, varies, values: &[usize], change: &dyn Fn(&mut Point, usize)| {
        let points = values.iter().map(|&value| {
            let mut point = own.clone();
            change(&mut point, value);
            (value, point)
        });
        Sweep { title, varies, points: points.collect() }
    };
    let batch = case.batch;
    let mut sweeps = vec![sweep(
        format!("{name}{pixels} by batch, {threads}: milliseconds a step"),
        "batch",
        BATCHES,
        &|point, n| point.batch = Some(n),
    )];
    if !case.sides.is_empty() {
        sweeps.push(sweep(
            format!("{name} by resolution, batch {batch}, {threads}: milliseconds a step"),
            "pixels",
            case.sides,
            &|point, n| point.size = Some(n),
        ));
    }
    let mut counts = options.threads.clone();
    counts.sort_unstable();
    if counts.len() > 1 {
        sweeps.push(sweep(
            format!("{name}{pixels} by threads, batch {batch}: milliseconds a step"),
            "threads",
            &counts,
            &|point, n| point.threads = n,
        ));
    }
    sweeps
}

/// Each contender's time and how it grew from the row above, with ours / PyTorch's.
fn grown(varies: &str, rows: &[(usize, Contest)]) -> String {
    let mut head = vec![varies.to_owned()];
    for series in rows.first().map_or(&[][..], |(_, contest)| &contest.series) {
        head.extend([format!("{} ms", series.who.name()), "grew".to_owned()]);
    }
    let peers = rows.first().map_or(&[][..], |(_, contest)| contest.peers());
    head.extend(peers.iter().map(|theirs| format!("ours/{}", theirs.who.name())));
    let mut cells = vec![head];
    for (at, (value, contest)) in rows.iter().enumerate() {
        let mut row = vec![value.to_string()];
        for (who, series) in contest.series.iter().enumerate() {
            let above = at.checked_sub(1).map(|above| rows[above].1.series[who].ms());
            let grew =
                above.map_or_else(String::new, |above| format!("×{:.2}", series.ms() / above));
            row.extend([ms(series.ms()), grew]);
        }
        let ours = contest.ours().ms();
        row.extend(contest.peers().iter().map(|theirs| ratio(Some(ours / theirs.ms()))));
        cells.push(row);
    }
    table(&cells, 0)
}

#[cfg(test)]
mod tests {
    use super::super::contest::Contender::{Ours, PyTorch};
    use super::super::contest::tests::{point, series};
    use super::super::options;
    use super::*;

    fn options(line: &str) -> Options {
        options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn images_vary_in_three_ways_and_points_in_two() {
        let options = options("--scaling dcgan64 ring --threads 2,1 --steps 3");
        let of = |at: usize| sweeps(options.cases[at], &options);
        let values = |sweep: &Sweep| sweep.points.iter().map(|(v, _)| *v).collect::<Vec<_>>();
        let dcgan = of(0);
        assert_eq!(
            dcgan.iter().map(|s| s.varies).collect::<Vec<_>>(),
            ["batch", "pixels", "threads"]
        );
        assert_eq!(values(&dcgan[0]), BATCHES);
        assert_eq!((values(&dcgan[1]), values(&dcgan[2])), (vec![32, 64, 128], vec![1, 2]));
        let own = &dcgan[0].points[2].1;
        assert_eq!((own.batch, own.size, own.threads, own.steps), (Some(64), Some(64), 2, Some(3)));
        assert_eq!((&dcgan[1].points[1].1, &dcgan[2].points[1].1), (own, own));
        let ring = of(1);
        assert_eq!(ring.iter().map(|s| s.varies).collect::<Vec<_>>(), ["batch", "threads"]);
        assert_eq!(ring[0].points[0].1.size, None);
    }

    #[test]
    fn growth_is_from_row_to_row() {
        let contest = |ours, theirs| Contest {
            point: point("ring", 2),
            series: vec![series(Ours, &[ours]), series(PyTorch("usual"), &[theirs])],
        };
        assert_eq!(
            grown("batch", &[(16, contest(1.0, 4.0)), (32, contest(1.5, 10.0))]),
            "batch  ours ms   grew  usual ms   grew  ours/usual\n\
             \x20  16    1.000            4.000              0.250\n\
             \x20  32    1.500  ×1.50     10.00  ×2.50       0.150\n"
        );
    }
}
