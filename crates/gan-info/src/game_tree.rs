//! Minimax on any finite two-player game tree, plain and with alpha-beta cuts.

use crate::error::{InfoError, Result};

/// Whose turn it is: one player wants a large payoff, the other a small one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The player who wants the payoff large.
    Maximizer,
    /// The player who wants it small.
    Minimizer,
}

impl Turn {
    /// The other player.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Maximizer => Self::Minimizer,
            Self::Minimizer => Self::Maximizer,
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GameValue {
    /// The payoff if both play perfectly.
    pub value: f64,
    /// How many positions were looked at, the first one included.
    pub nodes: u64,
}

/// The deepest game a search follows: recursion beyond it would endanger the stack.
const DEEPEST: usize = 1000;

/// The minimax value of a game: max over own moves of min over replies of … of the payoff.
///
/// von Neumann (1928). Players alternate. `moves` lists the positions one move away; an empty list
/// ends the game, and `payoff` then says what it was worth to the maximizer. Visits every position
/// reachable, counting one reached by several orders of moves each time.
///
/// # Errors
///
/// If a payoff is NaN, or a game is longer than 1000 moves.
pub fn minimax<S>(
    start: &S,
    turn: Turn,
    moves: impl Fn(&S) -> Vec<S>,
    payoff: impl Fn(&S) -> f64,
) -> Result<GameValue> {
    let mut search = Search { moves, payoff, cut: false, nodes: 0 };
    search.run(start, turn)
}

/// The minimax value, leaving out positions that cannot change it (alpha-beta).
///
/// Knuth and Moore, "An analysis of alpha-beta pruning" (1975). Same value as [`minimax`], fewer
/// positions; the fewer the better the moves listed first are.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{Turn, alpha_beta};
/// // Take one or two of the matches left; whoever takes the last wins. Four: take one, win.
/// let moves = |left: &(u32, bool)| -> Vec<(u32, bool)> {
///     (1..=left.0.min(2)).map(|taken| (left.0 - taken, !left.1)).collect()
/// };
/// let payoff = |end: &(u32, bool)| if end.1 { -1.0 } else { 1.0 };
/// let game = alpha_beta(&(4, true), Turn::Maximizer, moves, payoff)?;
/// assert_eq!(game.value, 1.0);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`minimax`].
pub fn alpha_beta<S>(
    start: &S,
    turn: Turn,
    moves: impl Fn(&S) -> Vec<S>,
    payoff: impl Fn(&S) -> f64,
) -> Result<GameValue> {
    let mut search = Search { moves, payoff, cut: true, nodes: 0 };
    search.run(start, turn)
}

struct Search<M, P> {
    moves: M,
    payoff: P,
    cut: bool,
    nodes: u64,
}

impl<M, P> Search<M, P> {
    fn run<S>(&mut self, start: &S, turn: Turn) -> Result<GameValue>
    where
        M: Fn(&S) -> Vec<S>,
        P: Fn(&S) -> f64,
    {
        let window = (f64::NEG_INFINITY, f64::INFINITY);
        let value = self.value(start, turn, window, 0)?;
        Ok(GameValue { value, nodes: self.nodes })
    }

    /// `window` is what the players can already force elsewhere: (maximizer, minimizer).
    fn value<S>(&mut self, at: &S, turn: Turn, window: (f64, f64), depth: usize) -> Result<f64>
    where
        M: Fn(&S) -> Vec<S>,
        P: Fn(&S) -> f64,
    {
        if depth > DEEPEST {
            return Err(InfoError::Unfinished { what: "game", limit: DEEPEST });
        }
        self.nodes += 1;
        let next = (self.moves)(at);
        if next.is_empty() {
            let payoff = (self.payoff)(at);
            if payoff.is_nan() {
                return Err(InfoError::Parameter {
                    what: "payoff",
                    expected: "a number",
                    found: payoff,
                });
            }
            return Ok(payoff);
        }
        let (mut alpha, mut beta) = window;
        let mut best = match turn {
            Turn::Maximizer => f64::NEG_INFINITY,
            Turn::Minimizer => f64::INFINITY,
        };
        for position in &next {
            let value = self.value(position, turn.other(), (alpha, beta), depth + 1)?;
            match turn {
                Turn::Maximizer => {
                    best = best.max(value);
                    alpha = alpha.max(best);
                }
                Turn::Minimizer => {
                    best = best.min(value);
                    beta = beta.min(best);
                }
            }
            if self.cut && alpha >= beta {
                break;
            }
        }
        Ok(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A position of a tree whose payoffs look random: how it was reached, and how deep it is.
    type Place = (u64, u32);

    fn branches(at: &Place, fan: u64, depth: u32) -> Vec<Place> {
        let fan = if at.1 == depth { 0 } else { fan };
        (0..fan).map(|i| (at.0 * fan + i, at.1 + 1)).collect()
    }

    fn payoff(at: &Place) -> f64 {
        (at.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50) as f64
    }

    #[test]
    fn alpha_beta_finds_the_same_value_with_fewer_nodes() {
        for (fan, depth) in [(2, 8), (3, 6), (5, 5)] {
            for turn in [Turn::Maximizer, Turn::Minimizer] {
                let moves = |at: &Place| branches(at, fan, depth);
                let plain = minimax(&(0, 0), turn, moves, payoff).unwrap();
                let cut = alpha_beta(&(0, 0), turn, moves, payoff).unwrap();
                assert_eq!(plain.value, cut.value);
                let all: u64 = (0..=depth).map(|d| fan.pow(d)).sum();
                assert_eq!(plain.nodes, all);
                assert!(cut.nodes < all * 3 / 4, "{} of {all}", cut.nodes);
            }
        }
    }

    #[test]
    fn max_over_min_by_hand() {
        let leaves = [[3.0, 12.0], [2.0, 4.0], [14.0, 1.0]];
        let moves = |at: &Vec<usize>| -> Vec<Vec<usize>> {
            let fan = [3, 2, 0][at.len()];
            (0..fan).map(|i| [at.as_slice(), &[i]].concat()).collect()
        };
        let payoff = |at: &Vec<usize>| leaves[at[0]][at[1]];
        let value = |turn| minimax(&vec![], turn, moves, payoff).unwrap().value;
        assert_eq!(value(Turn::Maximizer), 3.0);
        assert_eq!(value(Turn::Minimizer), 4.0);
    }

    #[test]
    fn endless_games_and_nan_are_errors() {
        let forever = |at: &u8| vec![*at];
        assert!(minimax(&0, Turn::Maximizer, forever, |_| 0.0).is_err());
        let over = |_: &u8| vec![];
        assert!(alpha_beta(&0, Turn::Maximizer, over, |_| f64::NAN).is_err());
    }
}
