//! Noughts and crosses, solved: a game whose minimax value is a draw.

use crate::error::{InfoError, Result};
use crate::game_tree::{Turn, alpha_beta};

/// A player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Crosses, who begins; the maximizer.
    X,
    /// Noughts; the minimizer.
    O,
}

/// A position that play can reach: nine cells counted from 0, left to right, top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Board {
    // A bit a cell.
    crosses: u16,
    noughts: u16,
}

/// A position's worth under perfect play.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardSolution {
    /// +1 if crosses win, 0 for a draw, −1 if noughts win.
    pub value: i8,
    /// The cells that keep this value for the player to move, in rising order; none at the end.
    pub best_moves: Vec<usize>,
    /// How many positions the search looked at, the given one included.
    pub nodes: u64,
}

const LINES: [u16; 8] = [
    0b000_000_111,
    0b000_111_000,
    0b111_000_000,
    0b001_001_001,
    0b010_010_010,
    0b100_100_100,
    0b100_010_001,
    0b001_010_100,
];
const FULL: u16 = 0b111_111_111;

fn has_line(cells: u16) -> bool {
    LINES.iter().any(|line| cells & line == *line)
}

impl Board {
    /// A position from nine letters `X`, `O` and `.`; spaces and line ends count nothing.
    ///
    /// # Errors
    ///
    /// If there are other letters or not nine, or no play leads there: crosses must have as many
    /// marks as noughts or one more, and nobody may have moved after a line was complete.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |expected| InfoError::Text { what: "board", expected, found: text.to_owned() };
        let mut board = Self::default();
        let mut cells = 0;
        for letter in text.chars().filter(|c| !c.is_whitespace()) {
            if cells == 9 {
                return Err(wrong("nine cells"));
            }
            match letter {
                'X' => board.crosses |= 1 << cells,
                'O' => board.noughts |= 1 << cells,
                '.' => {}
                _ => return Err(wrong("nine of the letters X, O and .")),
            }
            cells += 1;
        }
        if cells != 9 {
            return Err(wrong("nine cells"));
        }
        let (x, o) = (board.crosses.count_ones(), board.noughts.count_ones());
        if x != o && x != o + 1 {
            return Err(wrong("as many X as O, or one more"));
        }
        let last_mover_only = if x == o { board.crosses } else { board.noughts };
        if has_line(last_mover_only) {
            return Err(wrong("no move after a line was complete"));
        }
        Ok(board)
    }

    /// Who has three in a line, if anybody.
    #[must_use]
    pub fn winner(&self) -> Option<Mark> {
        if has_line(self.crosses) {
            Some(Mark::X)
        } else if has_line(self.noughts) {
            Some(Mark::O)
        } else {
            None
        }
    }

    /// Who moves next; none when the game is over.
    #[must_use]
    pub fn to_move(&self) -> Option<Mark> {
        if self.winner().is_some() || self.crosses | self.noughts == FULL {
            None
        } else if self.crosses.count_ones() == self.noughts.count_ones() {
            Some(Mark::X)
        } else {
            Some(Mark::O)
        }
    }

    /// The free cells, in rising order; none when the game is over.
    #[must_use]
    pub fn legal_moves(&self) -> Vec<usize> {
        let taken = self.crosses | self.noughts;
        match self.to_move() {
            Some(_) => (0..9).filter(|cell| taken & (1 << cell) == 0).collect(),
            None => vec![],
        }
    }

    /// The position after the player to move has marked a cell.
    ///
    /// # Errors
    ///
    /// If the game is over, or the cell is taken or above 8.
    pub fn play(&self, cell: usize) -> Result<Self> {
        if self.legal_moves().contains(&cell) {
            return Ok(self.with(cell));
        }
        Err(InfoError::Parameter {
            what: "move",
            expected: "a free cell from 0 to 8 in an open game",
            found: cell as f64,
        })
    }

    /// The next position; the cell must be free.
    fn with(&self, cell: usize) -> Self {
        let mut next = *self;
        match self.to_move() {
            Some(Mark::X) => next.crosses |= 1 << cell,
            Some(Mark::O) => next.noughts |= 1 << cell,
            None => {}
        }
        next
    }

    fn next_positions(&self) -> Vec<Self> {
        self.legal_moves().iter().map(|c| self.with(*c)).collect()
    }

    fn payoff(&self) -> f64 {
        match self.winner() {
            Some(Mark::X) => 1.0,
            Some(Mark::O) => -1.0,
            None => 0.0,
        }
    }

    fn turn(&self) -> Turn {
        match self.to_move() {
            Some(Mark::O) => Turn::Minimizer,
            Some(Mark::X) | None => Turn::Maximizer,
        }
    }

    fn search(&self) -> Result<(i8, u64)> {
        let found = alpha_beta(self, self.turn(), Self::next_positions, Self::payoff)?;
        Ok((found.value as i8, found.nodes))
    }
}

/// Solves a position by alpha-beta: its value, all moves that keep it, and the positions visited.
///
/// Each move gets a search of its own with an open window, so that the list of best moves is
/// exact; cutting between moves would tell the first best one only.
///
/// ```
/// # fn main() -> Result<(), gan_info::InfoError> {
/// use gan_info::{Board, solve_board};
/// assert_eq!(solve_board(&Board::default())?.value, 0); // a draw
/// let fork = solve_board(&Board::parse("X.. .O. ..X")?)?; // O must take an edge
/// assert_eq!(fork.best_moves, [1, 3, 5, 7]);
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// None on a board made by this module; the type is that of the search.
pub fn solve_board(board: &Board) -> Result<BoardSolution> {
    let mut nodes = 1;
    let mut values = Vec::new();
    for cell in board.legal_moves() {
        let (value, visited) = board.with(cell).search()?;
        nodes += visited;
        values.push((cell, value));
    }
    let own = values.iter().map(|(_, value)| *value);
    let value = match board.turn() {
        Turn::Maximizer => own.max(),
        Turn::Minimizer => own.min(),
    }
    .unwrap_or(board.payoff() as i8);
    let best_moves = values.iter().filter(|(_, v)| *v == value).map(|(cell, _)| *cell).collect();
    Ok(BoardSolution { value, best_moves, nodes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game_tree::minimax;

    #[test]
    fn the_empty_board_is_a_draw_by_549946_positions() {
        let empty = Board::default();
        let plain = minimax(&empty, Turn::Maximizer, Board::next_positions, Board::payoff).unwrap();
        // The known size of the whole tree: 255,168 games, 549,946 positions.
        assert_eq!((plain.value, plain.nodes), (0.0, 549_946));
        let solved = solve_board(&empty).unwrap();
        assert_eq!(solved.value, 0);
        assert_eq!(solved.best_moves, (0..9).collect::<Vec<_>>());
        assert!(solved.nodes < 549_946 / 5, "{}", solved.nodes);
    }

    #[test]
    fn best_moves_by_the_book() {
        let solve = |text| solve_board(&Board::parse(text).unwrap()).unwrap();
        // After a corner only the center saves noughts; after the center only corners do.
        assert_eq!((solve("X.. ... ...").value, solve("X.. ... ...").best_moves), (0, vec![4]));
        assert_eq!(solve("... .X. ...").best_moves, [0, 2, 6, 8]);
        // Win at once; block at once; lost anyhow.
        let win = solve("XX. OO. ...");
        assert_eq!((win.value, win.best_moves), (1, vec![2,]));
        assert_eq!(solve("XX. .O. ...").best_moves, [2]);
        let lost = solve("X.X .O. X.O");
        assert_eq!((lost.value, lost.best_moves.len()), (1, 4));
    }

    #[test]
    fn finished_games_have_no_moves() {
        let won = Board::parse("XXX OO. ...").unwrap();
        assert_eq!(won.winner(), Some(Mark::X));
        let solved = solve_board(&won).unwrap();
        assert_eq!((solved.value, solved.best_moves, solved.nodes), (1, vec![], 1));
        assert!(won.play(8).is_err());
        let full = Board::parse("XOX XOO OXX").unwrap();
        assert_eq!((full.to_move(), solve_board(&full).unwrap().value), (None, 0));
    }

    #[test]
    fn impossible_boards_and_moves_are_refused() {
        for text in ["XX. ... ...", "XXX OOO ...", "XXX OOO X..", "XO", "XOXOXOXOXO", "x.. ... ..."]
        {
            assert!(Board::parse(text).is_err(), "{text}");
        }
        let board = Board::default().play(4).unwrap();
        assert!(board.play(4).is_err() && board.play(9).is_err() && board.play(99).is_err());
        assert_eq!(board.play(0).unwrap(), Board::parse("O.. .X. ...").unwrap());
    }
}
