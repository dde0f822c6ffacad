//! What `cargo xtask bench` prints: ratios, memory, every round, or all of it as JSON.

use super::contest::{Contest, Ratio, Series};
use super::json::Json;
use super::launch::Launcher;
use super::table::{mib, ms, quotient, ratio, table};
use std::fmt::Write;
use std::process::Command;

/// The tables.
pub fn text(contests: &[Contest], launcher: &Launcher) -> String {
    let mut out = format!("{}\n\n", machine(launcher));
    if contests.iter().any(|c| !c.peers().is_empty()) {
        out += "Milliseconds a step, ours and PyTorch's; ratio = ours / PyTorch's.\n";
        out += &times(contests);
        out += "\nPeak memory in MiB; `above import` is without what `import torch` takes.\n";
        out += &memory(contests);
    } else {
        out += "Milliseconds a step, ours alone.\n";
        out += &alone(contests);
    }
    out += "\nEvery round: the median step of each process, in milliseconds.\n";
    out + &rounds(contests)
}

/// One object: where it ran, and each case with each thread count.
pub fn json(contests: &[Contest], launcher: &Launcher) -> Json {
    let (cpu, cores) = cpu();
    Json::Object(vec![
        ("cpu", cpu.as_str().into()),
        ("cores", cores.into()),
        ("device", text_or_none(launcher.device.as_deref())),
        ("card", text_or_none(card(launcher).as_deref())),
        ("isa", text_or_none(launcher.isa)),
        ("torch", text_or_none(launcher.peer.as_ref().map(|p| p.version.as_str()))),
        ("cases", Json::List(contests.iter().map(contest_json).collect())),
    ])
}

/// Where it runs and with whom it is compared, in a line.
pub fn machine(launcher: &Launcher) -> String {
    let (cpu, cores) = cpu();
    let peer = launcher.peer.as_ref();
    let peer = peer.map_or("no PyTorch".to_owned(), |p| format!("PyTorch {}", p.version));
    let card = card(launcher).map_or_else(String::new, |card| format!(" and {card}"));
    let cap = launcher.isa.map_or_else(String::new, |isa| format!("; both capped to {isa}"));
    format!("{cpu}, {cores} core{}{card}; {peer}{cap}", if cores == 1 { "" } else { "s" })
}

/// The card that is computed on, as its driver names it; none where the processor computes.
fn card(launcher: &Launcher) -> Option<String> {
    let device = launcher.device.as_deref().filter(|device| *device != "cpu")?;
    let number = device.split_once(':').map_or("0", |(_, number)| number);
    let query = ["--query-gpu=name,driver_version", "--format=csv,noheader", "-i", number];
    let output =
        Command::new("nvidia-smi").args(query).output().ok().filter(|o| o.status.success());
    let text = output.and_then(|output| String::from_utf8(output.stdout).ok());
    let named = text.and_then(|text| Some(text.lines().next()?.trim().replace(", ", ", driver ")));
    Some(named.unwrap_or_else(|| device.to_owned()))
}

fn text_or_none(text: Option<&str>) -> Json {
    text.map_or(Json::Number(None), Json::from)
}

/// How many tasks ran or waited on average in the last minute, per core; unknown outside Linux.
pub fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let tasks: f64 = text.split(' ').next()?.parse().ok()?;
    Some(tasks / cpu().1 as f64)
}

fn cpu() -> (String, usize) {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = name.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    (name.to_owned(), std::thread::available_parallelism().map_or(1, usize::from))
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// The cells that say what was timed.
fn place(contest: &Contest, who: &Series) -> Vec<String> {
    let batch = contest.ours().rounds.first().map_or(f64::NAN, |m| m.batch);
    let case = contest.point.size.map_or_else(
        || contest.point.case.to_owned(),
        |size| format!("{} at {size}", contest.point.case),
    );
    let threads = contest.point.threads.to_string();
    vec![case, who.who.name().to_owned(), threads, batch.to_string()]
}

fn times(contests: &[Contest]) -> String {
    let head = ["case", "PyTorch", "threads", "batch", "ours ms", "PyTorch ms"];
    let mut rows = vec![[row(head), row(["ratio", "by round", "from", "to"])].concat()];
    for (contest, theirs) in pairs(contests) {
        let found = Ratio::new(contest.ours(), theirs);
        let times = vec![ms(contest.ours().ms()), ms(theirs.ms())];
        let ratios = [found.of_medians, found.median(), found.lowest(), found.highest()];
        let ratios = ratios.map(|r| ratio(Some(r))).to_vec();
        rows.push([place(contest, theirs), times, ratios].concat());
    }
    table(&rows, 2)
}

fn memory(contests: &[Contest]) -> String {
    let head = ["case", "PyTorch", "threads", "batch", "ours", "PyTorch", "ratio"];
    let mut rows = vec![[row(head), row(["above import", "ratio"])].concat()];
    for (contest, theirs) in pairs(contests) {
        let ours = contest.ours().mib(|m| m.peak_mib);
        let whole = theirs.mib(|m| m.peak_mib);
        let above = theirs.mib(|m| m.peak_rise_mib);
        let against = |peak| ratio(quotient(ours, peak));
        let sizes = vec![mib(ours), mib(whole), against(whole), mib(above), against(above)];
        rows.push([place(contest, theirs), sizes].concat());
    }
    table(&rows, 2)
}

fn pairs(contests: &[Contest]) -> impl Iterator<Item = (&Contest, &Series)> {
    contests.iter().flat_map(|c| c.peers().iter().map(move |theirs| (c, theirs)))
}

fn alone(contests: &[Contest]) -> String {
    let head = ["case", "who", "threads", "batch", "median ms", "min ms", "images/s", "peak MiB"];
    let mut rows = vec![row(head)];
    for contest in contests {
        let ours = contest.ours();
        let images = ours.rounds.first().map_or(f64::NAN, |m| m.batch) * 1e3 / ours.ms();
        let peak = mib(ours.mib(|m| m.peak_mib));
        let cells = vec![ms(ours.ms()), ms(ours.ms_min()), format!("{images:.0}"), peak];
        rows.push([place(contest, ours), cells].concat());
    }
    table(&rows, 2)
}

fn rounds(contests: &[Contest]) -> String {
    let count = contests.iter().map(|c| c.ours().rounds.len()).max().unwrap_or(0);
    let mut rows = vec![row(["case", "who", "threads", "batch"])];
    rows[0].extend((1..=count).map(|n| n.to_string()));
    for contest in contests {
        for series in &contest.series {
            let times = series.rounds.iter().map(|m| ms(m.ms_median)).collect();
            rows.push([place(contest, series), times].concat());
        }
    }
    table(&rows, 2)
}

fn contest_json(contest: &Contest) -> Json {
    let point = &contest.point;
    let batch = contest.ours().rounds.first().map(|m| m.batch);
    let peers = contest.peers().iter().map(|theirs| {
        let found = Ratio::new(contest.ours(), theirs);
        let median = found.median();
        let each = found.by_round.iter().map(|&r| r.into()).collect();
        let mut pairs = vec![("mode", theirs.who.name().into())];
        pairs.extend(series_json(theirs));
        pairs.extend([
            ("ratio_of_medians", found.of_medians.into()),
            ("ratio_by_round", median.into()),
            ("ratios", Json::List(each)),
        ]);
        Json::Object(pairs)
    });
    Json::Object(vec![
        ("case", point.case.into()),
        ("threads", point.threads.into()),
        ("batch", batch.into()),
        ("size", point.size.map_or(Json::Number(None), Json::from)),
        ("ours", Json::Object(series_json(contest.ours()))),
        ("pytorch", Json::List(peers.collect())),
    ])
}

fn series_json(series: &Series) -> Vec<(&'static str, Json)> {
    let list = |of: fn(&super::measurement::Measurement) -> Json| {
        Json::List(series.rounds.iter().map(of).collect())
    };
    vec![
        ("ms", series.ms().into()),
        ("ms_min", series.ms_min().into()),
        ("peak_mib", series.mib(|m| m.peak_mib).into()),
        ("peak_rise_mib", series.mib(|m| m.peak_rise_mib).into()),
        ("rounds_ms", list(|m| m.ms_median.into())),
        ("rounds_ms_min", list(|m| m.ms_min.into())),
        ("rounds_peak_mib", list(|m| m.peak_mib.into())),
    ]
}

/// Tables of several parts under their titles.
pub fn titled(parts: &[(String, String)]) -> String {
    parts.iter().fold(String::new(), |mut out, (title, body)| {
        let _ = write!(out, "\n{title}\n{body}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::super::contest::Contender::{Ours, PyTorch};
    use super::super::contest::tests::{point, series};
    use super::super::peer::Peer;
    use super::*;

    fn launcher(peer: Option<Peer>) -> Launcher {
        Launcher { gan: "gan".into(), peer, isa: Some("avx2"), device: None, passed: Vec::new() }
    }

    fn contest() -> Contest {
        let all = [series(Ours, &[1.0, 2.0, 3.0]), series(PyTorch("both"), &[4.0, 4.0, 4.0])];
        Contest { point: point("ring", 2), series: all.to_vec() }
    }

    #[test]
    fn the_tables_hold_ratios_memory_and_rounds() {
        assert_eq!(
            times(&[contest()]),
            "case  PyTorch  threads  batch  ours ms  PyTorch ms  ratio  by round   from     to\n\
             ring  both           2     10    2.000       4.000  0.500     0.500  0.250  0.750\n"
        );
        assert_eq!(
            memory(&[contest()]),
            "case  PyTorch  threads  batch  ours  PyTorch  ratio  above import  ratio\n\
             ring  both           2     10    20       40  0.500            40  0.500\n"
        );
        assert_eq!(
            rounds(&[contest()]),
            "case  who   threads  batch      1      2      3\n\
             ring  ours        2     10  1.000  2.000  3.000\n\
             ring  both        2     10  4.000  4.000  4.000\n"
        );
        let whole = text(&[contest()], &launcher(Some(Peer::at("p", "s"))));
        assert!(whole.contains("PyTorch 2.0") && whole.contains("Every round"), "{whole}");
    }

    #[test]
    fn ours_alone_needs_no_peer() {
        let mut contest = contest();
        contest.series.truncate(1);
        contest.point.size = Some(32);
        let whole = text(&[contest], &launcher(None));
        assert!(whole.contains("no PyTorch") && whole.contains("ours alone"), "{whole}");
        assert!(whole.contains("5000") && whole.contains("ring at 32"), "{whole}");
    }

    #[test]
    fn the_json_holds_every_round() {
        let json = json(&[contest()], &launcher(None)).to_string();
        for part in [
            r#""torch":null"#,
            r#"{"case":"ring","threads":2,"batch":10,"size":null,"ours":{"ms":2,"ms_min":0.5,"#,
            r#""rounds_ms":[1,2,3]"#,
            r#""pytorch":[{"mode":"both","ms":4,"#,
            r#""ratio_of_medians":0.5,"ratio_by_round":0.5,"ratios":[0.25,0.5,0.75]"#,
        ] {
            assert!(json.contains(part), "{part} in {json}");
        }
    }
}
