//! The gradient of a player's loss on a batch: as a whole, or as the mean over its equal parts, which
//! one process computes one after the other, or several each a share of them.

use crate::{Batch, Error, Game, Loss, Player, Result, forensics};
use candle_core::{DType, Tensor, Var};
use gan_kernels::read::scalar;
use gan_kernels::team::{self, Exchange};
use gan_kernels::update::sum_of_squares;
use gan_kernels::{gradients, second_order, sum};
use gan_layers::{Part, StepRng};
use std::rc::Rc;

/// Who computes which parts of a batch.
#[derive(Clone)]
pub(crate) struct Division {
    /// Parts of a batch, over all ranks, a multiple of their number.
    pub parts: usize,
    /// The ranks, where there are several.
    pub team: Option<Rc<dyn Exchange>>,
}

impl std::fmt::Debug for Division {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = team::place(self.team.as_ref());
        f.debug_struct("Division").field("parts", &self.parts).field("place", &place).finish()
    }
}

/// What a player's loss came to, over all parts and ranks.
pub(crate) struct Slope {
    pub loss: f64,
    pub terms: Vec<(&'static str, f64)>,
    /// The gradients of the player's parameters, in their order.
    pub gradients: Vec<Option<Tensor>>,
    /// The sum of their squares.
    pub squares: f64,
}

/// Whose turn it is, and when.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub step: u64,
    pub index: usize,
    pub player: &'a Player,
}

impl At<'_> {
    fn bad(&self, what: String) -> Error {
        Error::NonFinite { step: self.step, player: self.player.name.clone(), what }
    }
}

impl Division {
    /// Waits for all ranks and goes on where all did well; where one did not, the others say which.
    pub fn agree<T>(&self, mine: Result<T>) -> Result<T> {
        let Some(team) = &self.team else { return mine };
        let well = team.gather(&[f64::from(u8::from(mine.is_ok()))])?;
        match well.iter().position(|ok| *ok == 0.0) {
            Some(rank) if mine.is_ok() => Err(Error::Rank { rank }),
            _ => mine,
        }
    }

    /// Whether any rank says so.
    pub fn any(&self, mine: bool) -> Result<bool> {
        let Some(team) = &self.team else { return Ok(mine) };
        Ok(team.gather(&[f64::from(u8::from(mine))])?.iter().any(|said| *said != 0.0))
    }

    /// The gradient of a player's loss. `batch` is this rank's share.
    ///
    /// # Errors
    /// A loss or a gradient that is not finite, on any rank; those of the loss.
    pub fn slope(
        &self,
        game: &mut dyn Game,
        at: At<'_>,
        batch: Option<&Batch>,
        rng: &mut StepRng,
    ) -> Result<Slope> {
        game.params().activate(&at.player.owns);
        let (rank, ranks) = team::place(self.team.as_ref());
        let (of, each) = (self.parts, self.parts / ranks);
        // Each part begins with the same numbers and buffers, whichever rank computes it.
        let (start, buffers) = (rng.clone(), Kept::of(game, each)?);
        let mut branch = Branch::default();
        let (mut told, mut names) = (Vec::new(), Vec::new());
        for k in 0..each {
            let share = match batch {
                Some(batch) if each > 1 => Some(batch.part(k, each)?),
                other => other.cloned(),
            };
            if k > 0 {
                buffers.restore(game)?;
            }
            *rng = start.clone().of_part(Part { index: rank * each + k, of });
            let (loss, value, gradients) =
                team::within(self.team.as_ref(), || self.part(game, at, share.as_ref(), rng))?;
            branch.add(gradients)?;
            told.push(value);
            for (_, term) in &loss.terms {
                told.push(scalar(term)?);
            }
            names = loss.terms.iter().map(|(name, _)| *name).collect();
        }
        *rng = rng.clone().of_part(Part::WHOLE);
        self.merged(game, at, &names, told, branch.sum()?)
    }

    /// Loss, its value and gradients of one part.
    fn part(
        &self,
        game: &mut dyn Game,
        at: At<'_>,
        batch: Option<&Batch>,
        rng: &mut StepRng,
    ) -> Result<(Loss, f64, Vec<Option<Tensor>>)> {
        let loss = game.loss(at.index, batch, rng)?;
        let value = scalar(&loss.value)?;
        let finite = if value.is_finite() {
            Ok(())
        } else {
            let first = forensics::first_bad(game.params(), batch, &loss.value)?;
            Err(at.bad(format!("the loss is {value}; the first bad tensor is {first}")))
        };
        self.agree(finite)?;
        // Gradients of gradients are within the loss, where it has some; an optimizer asks for none.
        let grads = second_order::without(|| gradients::backward(&loss.value))?;
        let owned = game.params().owned(&at.player.owns);
        let gradients = owned.map(|(_, param)| grads.get(param.var()).cloned()).collect();
        Ok((loss, value, gradients))
    }

    /// The mean over all parts of all ranks.
    fn merged(
        &self,
        game: &dyn Game,
        at: At<'_>,
        names: &[&'static str],
        told: Vec<f64>,
        mut gradients: Vec<Option<Tensor>>,
    ) -> Result<Slope> {
        if let Some(team) = &self.team {
            sum_over_ranks(team.as_ref(), &mut gradients)?;
        }
        if self.parts > 1 {
            for gradient in gradients.iter_mut().flatten() {
                *gradient = gradient.affine(1.0 / self.parts as f64, 0.0)?;
            }
        }
        let all = match &self.team {
            Some(team) => team.gather(&told)?,
            None => told,
        };
        let each = 1 + names.len();
        let mean = |k: usize| {
            all.iter().skip(k).step_by(each).sum::<f64>() / (all.len() / each).max(1) as f64
        };
        let value = mean(0);
        let mut squares = 0.0;
        for ((name, _), gradient) in game.params().owned(&at.player.owns).zip(&gradients) {
            let Some(g) = gradient else { continue };
            let sum = sum_of_squares(g)?;
            if !sum.is_finite()
                && let Some(what) = forensics::bad_gradient(name, g)?
            {
                let what = format!("the loss is {value}; the first bad tensor is {what}");
                return Err(at.bad(what));
            }
            squares += sum;
        }
        let terms = names.iter().enumerate().map(|(k, name)| (*name, mean(k + 1))).collect();
        Ok(Slope { loss: value, terms, gradients, squares })
    }
}

/// Sums of gradients in the order of the tree, as they come: two branches of one size become one.
#[derive(Default)]
struct Branch(Vec<(usize, Vec<Option<Tensor>>)>);

impl Branch {
    fn add(&mut self, gradients: Vec<Option<Tensor>>) -> Result<()> {
        self.0.push((1, gradients));
        while let [.., (a, _), (b, _)] = self.0.as_slice()
            && a == b
        {
            self.join()?;
        }
        Ok(())
    }

    /// The last two become one.
    fn join(&mut self) -> Result<()> {
        if let (Some((b, right)), Some((a, left))) = (self.0.pop(), self.0.pop()) {
            self.0.push((a + b, added(left, right)?));
        }
        Ok(())
    }

    fn sum(mut self) -> Result<Vec<Option<Tensor>>> {
        while self.0.len() > 1 {
            self.join()?;
        }
        Ok(self.0.pop().map(|(_, all)| all).unwrap_or_default())
    }
}

fn added(left: Vec<Option<Tensor>>, right: Vec<Option<Tensor>>) -> Result<Vec<Option<Tensor>>> {
    let both = |(a, b): (Option<Tensor>, Option<Tensor>)| match (a, b) {
        (Some(a), Some(b)) => Ok(Some(sum::add(&a, &b)?)),
        (one, other) => Ok(one.or(other)),
    };
    left.into_iter().zip(right).map(both).collect()
}

/// All gradients summed over the ranks at once, as one list of numbers.
fn sum_over_ranks(team: &dyn Exchange, gradients: &mut [Option<Tensor>]) -> Result<()> {
    let mut all = Vec::new();
    for gradient in gradients.iter().flatten() {
        all.extend(gradient.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?);
    }
    team::sum(team, &mut all)?;
    let mut from = 0;
    for gradient in gradients.iter_mut().flatten() {
        let count = gradient.elem_count();
        let values = &all[from..from + count];
        let summed = Tensor::from_slice(values, gradient.dims(), gradient.device())?;
        *gradient = summed.to_dtype(gradient.dtype())?;
        from += count;
    }
    Ok(())
}

/// Buffers as they were when an update began, where it has several parts.
struct Kept(Vec<Tensor>);

impl Kept {
    fn of(game: &dyn Game, parts: usize) -> Result<Self> {
        if parts < 2 {
            return Ok(Self(Vec::new()));
        }
        let copies = game.params().buffers().map(|var| var.as_detached_tensor().copy());
        Ok(Self(copies.collect::<candle_core::Result<_>>()?))
    }

    fn restore(&self, game: &dyn Game) -> Result<()> {
        let set = |(var, value): (&Var, &Tensor)| var.set(value);
        Ok(game.params().buffers().zip(&self.0).try_for_each(set)?)
    }
}
