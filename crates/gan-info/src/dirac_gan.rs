//! The Dirac-GAN (arXiv 1801.04406, section 2): the smallest GAN, and why it does not converge.
//!
//! The data are a point at 0, the generator's a point at θ, and D(x) = ψx. With
//! f(t) = −log(1 + e⁻ᵗ) both players share L(θ, ψ) = f(ψθ) + f(0) (equation 1), which G descends and
//! D climbs. The equilibrium is θ = ψ = 0. Near it an update is a linear map, and its eigenvalues
//! say what becomes of the players: above 1 in size they leave, below 1 they arrive.

use gan_statistics::checks;

use crate::error::Result;

/// f′(0) of f(t) = −log(1 + e⁻ᵗ).
const SLOPE: f64 = 0.5;

/// How the two players move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DiracTraining {
    /// Both at once, by gradient descent.
    Simultaneous,
    /// One after the other.
    Alternating,
    /// At once, D with the penalty γ/2·E‖∇D(x)‖² = γψ²/2 (equation 9).
    R1 {
        /// γ.
        gamma: f64,
    },
    /// At once, both with weight·½‖v‖², v the field of their gradients (arXiv 1705.10461,
    /// algorithm 1).
    Consensus {
        /// The weight.
        weight: f64,
    },
}

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eigenvalue {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl Eigenvalue {
    /// Its size: what an update multiplies the distance to the equilibrium by, in the long run.
    pub fn modulus(self) -> f64 {
        self.re.hypot(self.im)
    }
}

/// One update of (θ, ψ) with a learning rate.
pub fn dirac_step(how: DiracTraining, rate: f64, (theta, psi): (f64, f64)) -> (f64, f64) {
    // f′(t) = 1 / (1 + eᵗ) and f″(t) = −f′(t)(1 − f′(t))
    let slope = |t: f64| 1.0 / (1.0 + t.exp());
    let f1 = slope(psi * theta);
    match how {
        DiracTraining::Simultaneous => (theta - rate * f1 * psi, psi + rate * f1 * theta),
        DiracTraining::Alternating => {
            let theta = theta - rate * f1 * psi;
            (theta, psi + rate * slope(psi * theta) * theta)
        }
        DiracTraining::R1 { gamma } => {
            (theta - rate * f1 * psi, psi + rate * (f1 * theta - gamma * psi))
        }
        DiracTraining::Consensus { weight } => {
            let f2 = -f1 * (1.0 - f1);
            // ½‖v‖² = ½ f′(ψθ)² (θ² + ψ²)
            let along = f1 * f2 * (theta * theta + psi * psi);
            let by_theta = along * psi + f1 * f1 * theta;
            let by_psi = along * theta + f1 * f1 * psi;
            (
                theta + rate * (-f1 * psi - weight * by_theta),
                psi + rate * (f1 * theta - weight * by_psi),
            )
        }
    }
}

/// The eigenvalues of an update at the equilibrium, in closed form.
///
/// arXiv 1801.04406: the field's Jacobian has ±f′(0)i (lemma 2.3), so that simultaneous descent has
/// 1 ± h f′(0)i, above 1 in size whatever h; alternating descent has
/// 1 − a²/2 ± √((1 − a²/2)² − 1) with a = h f′(0), of size 1 for a ≤ 2 (lemma 2.4); R1 has
/// 1 + h(−γ/2 ± √(γ²/4 − f′(0)²)) (lemma 4.1 near 0). Consensus optimization has
/// 1 + h(−w f′(0)² ± f′(0)i).
///
/// # Errors
///
/// If the rate, γ or the weight is not above 0.
pub fn dirac_eigenvalues(how: DiracTraining, rate: f64) -> Result<[Eigenvalue; 2]> {
    check(how, rate)?;
    // The roots of λ² − 2mλ + m² − s = 0: m ± √s.
    let pair = |middle: f64, square: f64| {
        let root = square.abs().sqrt();
        let of = |sign: f64| match square < 0.0 {
            true => Eigenvalue { re: middle, im: sign * root },
            false => Eigenvalue { re: middle + sign * root, im: 0.0 },
        };
        [of(1.0), of(-1.0)]
    };
    let a = rate * SLOPE;
    Ok(match how {
        DiracTraining::Simultaneous => pair(1.0, -a * a),
        DiracTraining::Alternating => {
            let middle = 1.0 - a * a / 2.0;
            pair(middle, middle * middle - 1.0)
        }
        DiracTraining::R1 { gamma } => {
            let half = rate * gamma / 2.0;
            pair(1.0 - half, half * half - a * a)
        }
        DiracTraining::Consensus { weight } => pair(1.0 - rate * weight * SLOPE * SLOPE, -a * a),
    })
}

/// The eigenvalues as a simulation shows them: from a start near the equilibrium, the linear map
/// that explains the trajectory best in the sense of least squares.
///
/// # Errors
///
/// As [`dirac_eigenvalues`].
pub fn dirac_measured(how: DiracTraining, rate: f64, steps: usize) -> Result<[Eigenvalue; 2]> {
    check(how, rate)?;
    // Two starts, so that the map is seen in every direction even where one is soon forgotten.
    let mut normal = [0.0; 3];
    let mut mixed = [[0.0; 2]; 2];
    for start in [(1e-4, 0.0), (0.0, 1e-4)] {
        let mut at = start;
        for _ in 0..steps.max(2) {
            let next = dirac_step(how, rate, at);
            // Each step weighs alike, however small or large the trajectory has become.
            let scale = 1.0 / at.0.hypot(at.1).max(f64::MIN_POSITIVE);
            let (x, y) = (at.0 * scale, at.1 * scale);
            normal[0] += x * x;
            normal[1] += x * y;
            normal[2] += y * y;
            for (row, value) in mixed.iter_mut().zip([next.0 * scale, next.1 * scale]) {
                row[0] += value * x;
                row[1] += value * y;
            }
            // Back to where the map is linear.
            let size = next.0.hypot(next.1);
            let near = (1e-9..=1e-3).contains(&size);
            let back = if near { 1.0 } else { 1e-4 / size.max(1e-300) };
            at = (next.0 * back, next.1 * back);
        }
    }
    let det = normal[0] * normal[2] - normal[1] * normal[1];
    let solve = |row: [f64; 2]| {
        [
            (row[0] * normal[2] - row[1] * normal[1]) / det,
            (row[1] * normal[0] - row[0] * normal[1]) / det,
        ]
    };
    let [[a, b], [c, d]] = mixed.map(solve);
    let (middle, square) = ((a + d) / 2.0, ((a - d) / 2.0).powi(2) + b * c);
    let root = square.abs().sqrt();
    let of = |sign: f64| match square < 0.0 {
        true => Eigenvalue { re: middle, im: sign * root },
        false => Eigenvalue { re: middle + sign * root, im: 0.0 },
    };
    Ok([of(1.0), of(-1.0)])
}

fn check(how: DiracTraining, rate: f64) -> Result<()> {
    checks::positive("rate", rate)?;
    match how {
        DiracTraining::R1 { gamma } => checks::positive("gamma", gamma)?,
        DiracTraining::Consensus { weight } => checks::positive("weight", weight)?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [DiracTraining; 4] = [
        DiracTraining::Simultaneous,
        DiracTraining::Alternating,
        DiracTraining::R1 { gamma: 0.6 },
        DiracTraining::Consensus { weight: 1.0 },
    ];

    proptest! {
        #[test]
        fn the_simulation_has_the_eigenvalues_of_the_paper(
            rate in 0.01f64..1.5, weight in 0.01f64..3.0, which in 0usize..4
        ) {
            let how = match which {
                2 => DiracTraining::R1 { gamma: weight },
                3 => DiracTraining::Consensus { weight },
                _ => ALL[which],
            };
            let closed = dirac_eigenvalues(how, rate).unwrap();
            let measured = dirac_measured(how, rate, 200).unwrap();
            for (c, m) in closed.iter().zip(measured) {
                // A double root moves by the square root of what its matrix is wrong by.
                prop_assert!((c.re - m.re).abs() < 2e-3 && (c.im - m.im).abs() < 2e-3, "{how:?} {closed:?} {measured:?}");
            }
        }
    }

    #[test]
    fn who_leaves_who_circles_and_who_arrives() {
        let size = |how| dirac_eigenvalues(how, 0.1).unwrap()[0].modulus();
        assert!(size(ALL[0]) > 1.001);
        assert!((size(ALL[1]) - 1.0).abs() < 1e-12);
        assert!(size(ALL[2]) < 0.99 && size(ALL[3]) < 0.99);
        // From θ = ψ = 1 as well, which is not near: lemma 2.3 says simultaneous steps go outwards.
        let end = |how| {
            let mut at = (1.0, 1.0);
            (0..2000).for_each(|_| at = dirac_step(how, 0.1, at));
            at.0.hypot(at.1)
        };
        assert!(end(ALL[0]) > 2.0_f64.sqrt());
        assert!(end(ALL[2]) < 1e-6 && end(ALL[3]) < 1e-6);
        assert!((0.8..2.2).contains(&end(ALL[1])), "{}", end(ALL[1]));
    }

    #[test]
    fn the_fastest_penalty_is_the_critical_one() {
        // γ = 2 f′(0) = 1: both eigenvalues meet.
        let of = |gamma| dirac_eigenvalues(DiracTraining::R1 { gamma }, 0.1).unwrap();
        let slowest = |gamma| of(gamma).iter().map(|e| e.modulus()).fold(0.0, f64::max);
        assert_eq!(of(1.0)[0], of(1.0)[1]);
        assert!(slowest(1.0) < slowest(0.5) && slowest(1.0) < slowest(2.0));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(dirac_eigenvalues(DiracTraining::Simultaneous, 0.0).is_err());
        assert!(dirac_measured(DiracTraining::R1 { gamma: -1.0 }, 0.1, 5).is_err());
    }
}
