//! Consensus optimization (Mescheder, Nowozin and Geiger 2017, arXiv 1705.10461).
//!
//! With v = (∇φ L_D, ∇θ L_G) the field of both players' gradients, each player minimizes its loss
//! plus γ·½‖v‖² (section 4, equation 7): near a fixed point the second term pulls towards it where
//! the field only turns around it.

use candle_core::{Result, Tensor};
use gan_kernels::second_order;
use gan_layers::ParamStore;

/// What a player minimises: its loss and γ·½‖v‖², as a scalar whose gradient reaches the player's
/// own parameters and no others.
pub(crate) struct Consensus {
    /// The scalar.
    pub value: Tensor,
    /// ½‖v‖², a constant.
    pub norm: Tensor,
}

/// `losses` are D's and G's, with the graphs of both players' parameters; `player` is the index of
/// the one whose turn it is, `owns` the prefixes of each.
///
/// # Errors
/// Where gradients of gradients are off on this thread: ‖v‖² would be a constant.
pub(crate) fn consensus(
    store: &ParamStore,
    losses: [&Tensor; 2],
    owns: &[Vec<String>; 2],
    player: usize,
    weight: f64,
) -> Result<Consensus> {
    second_order::self_test()?;
    let fields = [losses[0].backward()?, losses[1].backward()?];
    let mut norm = Tensor::zeros((), losses[0].dtype(), losses[0].device())?;
    for (field, prefixes) in fields.iter().zip(owns) {
        for (_, param) in store.owned(prefixes) {
            if let Some(g) = field.get(param.var()) {
                norm = (norm + g.sqr()?.sum_all()?.affine(0.5, 0.0)?)?;
            }
        }
    }
    let second = norm.backward()?;
    // The gradient is known now. A sum that is linear in the player's parameters has exactly that
    // gradient, and none for anybody else's, though both were tracked on the way here.
    let mut linear: Option<Tensor> = None;
    for (_, param) in store.owned(&owns[player]) {
        let var = param.var();
        let first = fields[player].get(var).map(Tensor::detach);
        let second = second.get(var).map(|g| g.detach().affine(weight, 0.0)).transpose()?;
        let slope = match (first, second) {
            (Some(a), Some(b)) => (a + b)?,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => continue,
        };
        let term = (param.get() * slope)?.sum_all()?;
        linear = Some(match linear {
            None => term,
            Some(sum) => (sum + term)?,
        });
    }
    let norm = norm.detach();
    let mut value = (losses[player].detach() + norm.affine(weight, 0.0)?)?;
    if let Some(linear) = linear {
        value = (value + (&linear - linear.detach())?)?;
    }
    Ok(Consensus { value, norm })
}
