//! Stretches of a run: from which step on does something hold until the end?

/// Stretches that a curve is cut into.
const STRETCHES: usize = 40;
/// Fewer points than this are too few to say anything of.
const FEWEST: usize = 100;
/// Looks at samples that a finding must last for.
const LOOKS: usize = 3;
/// The share of all looks that it must last for: every generator begins with samples alike.
const SHARE: f64 = 0.34;
/// The steps that it must last for: before, nothing has been learned that could be lost.
pub(super) const STEPS: u64 = 150;
/// How much a number must have risen meanwhile to be on its way up.
pub(super) const RISING: f64 = 1.5;

/// One stretch of a curve: its first step and its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub from: u64,
    points: &'a [(u64, f64)],
}

impl Stretch<'_> {
    pub fn mean(&self) -> f64 {
        self.points.iter().map(|p| p.1).sum::<f64>() / self.points.len() as f64
    }

    pub fn median(&self) -> f64 {
        median(self.points.iter().map(|p| p.1).collect())
    }
}

/// The curve in equal stretches; nothing where it is too short to judge.
pub(super) fn stretches(points: &[(u64, f64)]) -> Vec<Stretch<'_>> {
    if points.len() < FEWEST {
        return Vec::new();
    }
    let bound = |k: usize| k * points.len() / STRETCHES;
    (0..STRETCHES)
        .map(|k| {
            let points = &points[bound(k)..bound(k + 1)];
            Stretch { from: points[0].0, points }
        })
        .collect()
}

/// The length of the longest end of `all` in which `holds` is true throughout.
pub(super) fn end<T>(all: &[T], holds: impl Fn(&T) -> bool) -> usize {
    all.iter().rev().take_while(|item| holds(item)).count()
}

/// The middle value, or NaN of none.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Pairs of stretches of two curves that are logged at the same steps.
pub(super) fn both<'a>(
    a: &'a [(u64, f64)],
    b: &'a [(u64, f64)],
) -> Vec<(Stretch<'a>, Stretch<'a>)> {
    if a.len() != b.len() {
        return Vec::new();
    }
    stretches(a).into_iter().zip(stretches(b)).collect()
}

/// What of a curve's values is seen in the last `count` stretches, together.
pub(super) fn of_end(all: &[Stretch<'_>], count: usize) -> f64 {
    let end = &all[all.len() - count.min(all.len())..];
    end.iter().map(Stretch::mean).sum::<f64>() / end.len() as f64
}

/// How many of the last looks `holds` was true for, where that is enough to speak of: they are many,
/// span some steps, and what they show is not on its way out of the failure.
pub(super) fn lasting(points: &[(u64, f64)], holds: impl Fn(f64) -> bool) -> Option<usize> {
    let lasting = end(points, |p| holds(p.1));
    let kept = &points[points.len() - lasting..];
    let steps = kept.last()?.0.saturating_sub(kept.first()?.0);
    (lasting >= needed(points) && steps >= STEPS && !rises(kept, RISING)).then_some(lasting)
}

/// How many of these looks a finding must last for.
pub(super) fn needed(points: &[(u64, f64)]) -> usize {
    LOOKS.max((SHARE * points.len() as f64).ceil() as usize)
}

/// Whether a number ends more than so many times higher than it began. By thirds: a single look is
/// too noisy to say where a number is going.
pub(super) fn rises(looks: &[(u64, f64)], times: f64) -> bool {
    let third = looks.len().div_ceil(3);
    let typical = |part: &[(u64, f64)]| median(part.iter().map(|p| p.1).collect());
    typical(&looks[looks.len() - third..]) > times * typical(&looks[..third])
}

/// The first step of the last `lasting` looks.
pub(super) fn since(points: &[(u64, f64)], lasting: usize) -> u64 {
    points[points.len() - lasting].0
}

/// The middle value of the last `lasting` looks.
pub(super) fn last(points: &[(u64, f64)], lasting: usize) -> f64 {
    median(points[points.len() - lasting..].iter().map(|p| p.1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_cover_a_curve_in_order() {
        let points: Vec<_> = (1..=1003).map(|s| (s, s as f64)).collect();
        let all = stretches(&points);
        assert_eq!((all.len(), all[0].from), (STRETCHES, 1));
        assert_eq!(all.iter().map(|s| s.points.len()).sum::<usize>(), 1003);
        assert_eq!(end(&all, |s| s.from > 900), 4);
        assert!((of_end(&all, 40) - 502.0).abs() < 1.0);
        assert!(stretches(&points[..50]).is_empty());
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
