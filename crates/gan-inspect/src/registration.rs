//! One picture laid over another: levelled, moved, turned, and how much of it the other leaves
//! unexplained.
//!
//! Pictures are values of planes one after the other, `(channels, height, width)`, of any range.

/// Most that contrast is raised by: a nearly blank image must not become its own noise.
const MOST_GAIN: f64 = 4.0;
/// Most that the second picture is turned by, in degrees.
const MOST_TURN: f64 = 5.0;

/// The mean and the deviation of values.
pub fn moments(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let square = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, square.sqrt())
}

/// Brings an image to a mean and a deviation; contrast is raised fourfold at most.
pub fn level(values: &mut [f32], (usual, contrast): (f64, f64)) {
    let (mean, deviation) = moments(values);
    let gain = if deviation > 0.0 { (contrast / deviation).min(MOST_GAIN) } else { 1.0 };
    values.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) * gain + usual) as f32);
}

/// Moves down and right by up to so many pixels, none first.
pub fn moves(most: isize) -> Vec<(isize, isize)> {
    let line = || -most..=most;
    let mut all: Vec<_> = line().flat_map(|down| line().map(move |right| (down, right))).collect();
    all.sort_by_key(|(down, right)| down.abs() + right.abs());
    all
}

/// An image moved down and right by whole pixels; its edge is drawn out.
pub fn moved(
    x: &[f32],
    [channels, height, width]: [usize; 3],
    (down, right): (isize, isize),
) -> Vec<f32> {
    let at =
        |k: usize, by: isize, most: usize| (k as isize - by).clamp(0, most as isize - 1) as usize;
    let mut out = Vec::with_capacity(x.len());
    for c in 0..channels {
        for row in 0..height {
            let from = (c * height + at(row, down, height)) * width;
            out.extend((0..width).map(|column| x[from + at(column, right, width)]));
        }
    }
    out
}

/// An image turned by an angle in radians about its middle and moved, between pixels linearly.
pub fn turned(
    x: &[f32],
    [channels, height, width]: [usize; 3],
    angle: f64,
    (down, right): (f64, f64),
) -> Vec<f32> {
    let (sin, cos) = angle.sin_cos();
    let middle = ((height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0);
    let mut out = Vec::with_capacity(x.len());
    for c in 0..channels {
        let at = |row: f64, column: f64| {
            let clamp = |k: f64, most: usize| k.clamp(0.0, most as f64 - 1.0) as usize;
            f64::from(x[(c * height + clamp(row, height)) * width + clamp(column, width)])
        };
        for place in 0..height * width {
            let row = (place / width) as f64 - middle.0 - down;
            let column = (place % width) as f64 - middle.1 - right;
            let (row, column) =
                (cos * row - sin * column + middle.0, sin * row + cos * column + middle.1);
            let (top, left) = (row.floor(), column.floor());
            let (v, h) = (row - top, column - left);
            let upper = (1.0 - h) * at(top, left) + h * at(top, left + 1.0);
            let lower = (1.0 - h) * at(top + 1.0, left) + h * at(top + 1.0, left + 1.0);
            out.push(((1.0 - v) * upper + v * lower) as f32);
        }
    }
    out
}

/// Where the second picture of a pair lies on the first.
#[derive(Debug, Clone, Copy)]
struct Place {
    degrees: f64,
    down: f64,
    right: f64,
}

/// Weighs each pixel with its neighbors, 1 2 1 both ways: a copy that was turned by a fraction of a
/// pixel is softer than its original, and that alone must not tell them apart.
pub fn soften(x: &mut [f32], [_, height, width]: [usize; 3]) {
    for plane in x.chunks_exact_mut(height * width) {
        for (lines, count, step, along) in [(height, width, 1, width), (width, height, width, 1)] {
            for line in 0..lines {
                let at = |k: usize| line * along + k * step;
                let mut before = plane[at(0)];
                for k in 0..count {
                    let (now, after) = (plane[at(k)], plane[at((k + 1).min(count - 1))]);
                    plane[at(k)] = 0.25 * before + 0.5 * now + 0.25 * after;
                    before = now;
                }
            }
        }
    }
}

/// The least share of the variance of `a`, 0 to 1, that `b` leaves unexplained, wherever it is moved
/// within `shift` + 1 pixels and turned within 5°, and whatever its brightness and contrast: whole
/// moves first, then ever smaller steps along each of the three ways, as long as they help.
pub fn least_unexplained(a: &[f32], b: &[f32], shape: [usize; 3], shift: usize) -> f64 {
    let most = shift as f64 + 1.0;
    let at =
        |p: Place| unexplained(a, &turned(b, shape, p.degrees.to_radians(), (p.down, p.right)));
    let whole = || -(shift as i64)..=shift as i64;
    let places = whole().flat_map(|down| {
        whole().map(move |right| Place { degrees: 0.0, down: down as f64, right: right as f64 })
    });
    let mut best = places.map(|p| (at(p), p)).fold(
        (f64::INFINITY, Place { degrees: 0.0, down: 0.0, right: 0.0 }),
        |best, next| {
            if next.0 < best.0 { next } else { best }
        },
    );
    for step in [0.5, 0.25, 0.125] {
        // Each round at least improves, and few are needed: a bound keeps odd pictures cheap.
        for _ in 0..3 {
            let before = best.0;
            for (turn, down, right) in [(4.0 * step, 0.0, 0.0), (0.0, step, 0.0), (0.0, 0.0, step)]
            {
                for sign in [-1.0, 1.0] {
                    let p = best.1;
                    let next = Place {
                        degrees: p.degrees + sign * turn,
                        down: p.down + sign * down,
                        right: p.right + sign * right,
                    };
                    let far = next.down.abs().max(next.right.abs()) > most;
                    if far || next.degrees.abs() > MOST_TURN {
                        continue;
                    }
                    let found = at(next);
                    if found < best.0 {
                        best = (found, next);
                    }
                }
            }
            if best.0 >= before {
                break;
            }
        }
    }
    best.0
}

/// 1 − r², r the correlation of two pictures' pixels: 0 where one is the other in other brightness and
/// contrast, 1 where they have nothing in common or are each other's negatives.
pub fn unexplained(a: &[f32], b: &[f32]) -> f64 {
    let n = a.len() as f64;
    let mean = |x: &[f32]| x.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut both, mut own_a, mut own_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        both += a * b;
        own_a += a * a;
        own_b += b * b;
    }
    match own_a * own_b {
        // Blank pictures are alike.
        0.0 if own_a == own_b => 0.0,
        0.0 => 1.0,
        product => 1.0 - both.max(0.0).powi(2) / product,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_and_contrast_do_not_count() {
        let mut one = vec![-1.0, 0.0, 0.5, 1.0];
        let mut other: Vec<f32> = one.iter().map(|v| 0.6 * v - 0.2).collect();
        level(&mut one, (-0.5, 0.4));
        level(&mut other, (-0.5, 0.4));
        assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6), "{one:?} {other:?}");
        let (mean, deviation) = moments(&one);
        assert!((mean + 0.5).abs() < 1e-6 && (deviation - 0.4).abs() < 1e-6);
        let mut blank = vec![0.3; 4];
        level(&mut blank, (-0.5, 0.4));
        assert_eq!(blank, [-0.5; 4]);
    }

    #[test]
    fn whole_moves_are_exact_and_turns_leave_the_middle() {
        let x: Vec<f32> = (0..18).map(|k| k as f32).collect();
        let shape = [2, 3, 3];
        assert_eq!(moves(0), [(0, 0)]);
        assert_eq!((moves(1).len(), moves(1)[0], moves(2).len()), (9, (0, 0), 25));
        for by in moves(2) {
            let exact = turned(&x, shape, 0.0, (by.0 as f64, by.1 as f64));
            assert_eq!(moved(&x, shape, by), exact, "{by:?}");
        }
        let down = moved(&x, shape, (1, 0));
        assert_eq!(down[..6], [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
        let quarter = turned(&x, shape, std::f64::consts::FRAC_PI_2, (0.0, 0.0));
        let expected = [6.0, 3.0, 0.0, 7.0, 4.0, 1.0, 8.0, 5.0, 2.0];
        let near = quarter[..9].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near, "{quarter:?}");
    }

    /// A smooth blob with a tail, so that its turn can be seen.
    fn picture(low: f32, gain: f32) -> Vec<f32> {
        let at = |k: usize| ((k / 20) as f32 - 9.0, (k % 20) as f32 - 10.0);
        let value = |(y, x): (f32, f32)| {
            (-(y * y / 30.0 + x * x / 8.0)).exp()
                + (-((y - 4.0).powi(2) + (x - 4.0).powi(2)) / 6.0).exp()
        };
        (0..400).map(|k| low + gain * value(at(k))).collect()
    }

    #[test]
    fn a_moved_turned_and_dimmed_copy_is_explained_and_another_picture_is_not() {
        let (one, shape) = (picture(-1.0, 1.5), [1, 20, 20]);
        let copy = turned(&picture(-0.8, 0.9), shape, 2.5f64.to_radians(), (0.8, -0.6));
        let found = least_unexplained(&one, &copy, shape, 1);
        assert!(found < 0.01, "{found}");
        assert!(unexplained(&one, &copy) > 10.0 * found);
        let other: Vec<f32> = one.iter().rev().copied().collect();
        assert!(least_unexplained(&one, &other, shape, 1) > 0.1);
        let negative: Vec<f32> = one.iter().map(|v| -v).collect();
        assert_eq!(least_unexplained(&one, &negative, shape, 0), 1.0);
        assert!(unexplained(&one, &one) < 1e-12);
        assert_eq!((unexplained(&[1.0; 4], &[0.5; 4]), unexplained(&one, &[0.0; 400])), (0.0, 1.0));
    }
}
