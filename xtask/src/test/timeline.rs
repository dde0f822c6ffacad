//! How long each test took, from the moments at which results arrived.
//!
//! A test binary says when a test ends, not when it starts. But it starts them in the order of its
//! list: as many as it has threads at once, and one more whenever one ends.

/// What ended when, in seconds since the tests began.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub name: String,
    pub at: f64,
}

/// The tests of one binary in time.
#[derive(Debug, Default, PartialEq)]
pub struct Timeline {
    /// Tests that ended, each with the seconds it took, in the order of their ends.
    pub ended: Vec<(String, f64)>,
    /// Tests that started and did not end, each with the moment of its start.
    pub running: Vec<(String, f64)>,
}

/// Reconstructs the starts of `names`, which are in the order of the binary's list.
///
/// A completion that was not seen (a line that something else wrote into) is survived: whatever
/// ends before it should have started started when the test before it ended.
pub fn timeline(names: &[String], threads: usize, completions: &[Completion]) -> Timeline {
    let mut waiting = names.iter();
    let mut running: Vec<(&String, f64)> =
        waiting.by_ref().take(threads).map(|name| (name, 0.0)).collect();
    let mut ended = Vec::new();
    let mut before = 0.0;
    for Completion { name, at } in completions {
        let is_it = |entry: &(&String, f64)| entry.0 == name;
        if !running.iter().any(is_it) && waiting.clone().any(|waits| waits == name) {
            for late in waiting.by_ref() {
                running.push((late, before));
                if late == name {
                    break;
                }
            }
        }
        if let Some(index) = running.iter().position(is_it) {
            let (_, start) = running.remove(index);
            ended.push((name.clone(), at - start));
            let free = threads.saturating_sub(running.len());
            running.extend(waiting.by_ref().take(free).map(|name| (name, *at)));
        }
        before = *at;
    }
    let running = running.into_iter().map(|(name, start)| (name.clone(), start)).collect();
    Timeline { ended, running }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &str, threads: usize, completions: &[(&str, f64)]) -> (String, String) {
        let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
        let completions: Vec<Completion> = completions
            .iter()
            .map(|(name, at)| Completion { name: (*name).into(), at: *at })
            .collect();
        let Timeline { ended, running } = timeline(&names, threads, &completions);
        let shown = |all: Vec<(String, f64)>| {
            all.iter().map(|(name, time)| format!("{name}:{time}")).collect::<Vec<_>>().join(" ")
        };
        (shown(ended), shown(running))
    }

    #[test]
    fn one_thread_takes_one_after_the_other() {
        let (ended, running) = of("a b c", 1, &[("a", 2.0), ("b", 2.5), ("c", 6.5)]);
        assert_eq!((ended.as_str(), running.as_str()), ("a:2 b:0.5 c:4", ""));
    }

    #[test]
    fn each_end_starts_the_next_in_the_list() {
        // a and b start at once; c when b ends; d when c ends.
        let (ended, running) = of("a b c d", 2, &[("b", 1.0), ("c", 4.0), ("a", 5.0), ("d", 7.0)]);
        assert_eq!((ended.as_str(), running.as_str()), ("b:1 c:3 a:5 d:3", ""));
    }

    #[test]
    fn more_threads_than_tests() {
        let (ended, running) = of("a b", 8, &[("b", 1.0), ("a", 3.0)]);
        assert_eq!((ended.as_str(), running.as_str()), ("b:1 a:3", ""));
        assert_eq!(of("", 8, &[]), Default::default());
    }

    #[test]
    fn what_started_and_did_not_end_is_known() {
        let (ended, running) = of("a b c d e", 2, &[("a", 1.0), ("c", 2.0)]);
        assert_eq!((ended.as_str(), running.as_str()), ("a:1 c:1", "b:0 d:2"));
    }

    #[test]
    fn an_end_that_was_not_seen_is_survived() {
        // The line of a, at 1, was lost, so that c seems not to have started when it ends.
        let (ended, running) = of("a b c d", 2, &[("c", 3.0), ("b", 4.0), ("d", 6.0)]);
        assert_eq!((ended.as_str(), running.as_str()), ("c:3 b:4 d:2", "a:0"));
    }

    #[test]
    fn a_name_that_is_not_in_the_list_changes_nothing() {
        let (ended, running) = of("a b", 1, &[("x", 1.0), ("a", 2.0)]);
        assert_eq!((ended.as_str(), running.as_str()), ("a:2", "b:2"));
    }
}
