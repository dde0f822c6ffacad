//! Tokens: scalars in Candle's graph that stand for an operation of ours.

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail,
};

/// What happens when Candle's backward pass comes to a token.
pub(super) trait Turn: Send + Sync + 'static {
    /// The operation's name.
    fn name(&self) -> &'static str;

    /// What Candle adds to each argument of the token, three whatever their count.
    fn backward(&self) -> Result<Vec<Option<Tensor>>>;
}

/// A token whose arguments are `args`.
pub(super) fn token<T: Turn>(turn: T, args: &[&Tensor]) -> Result<Tensor> {
    match args {
        [a] => a.apply_op1(Token(turn)),
        [a, b] => a.apply_op2(b, Token(turn)),
        [a, b, c] => a.apply_op3(b, c, Token(turn)),
        _ => bail!("{}: at most three inputs can be tracked, found {}", turn.name(), args.len()),
    }
}

/// The operation that Candle sees.
struct Token<T>(T);

/// A token's value, which nobody reads.
fn zero() -> Result<(CpuStorage, Shape)> {
    Ok((CpuStorage::F32(vec![0.0]), Shape::from(())))
}

impl<T: Turn> CustomOp1 for Token<T> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        zero()
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, _: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.0.backward()?.swap_remove(0))
    }
}

impl<T: Turn> CustomOp2 for Token<T> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        zero()
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut grads = self.0.backward()?.into_iter();
        Ok((grads.next().flatten(), grads.next().flatten()))
    }
}

impl<T: Turn> CustomOp3 for Token<T> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        zero()
    }

    fn bwd(
        &self,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
        _: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut grads = self.0.backward()?.into_iter();
        Ok((grads.next().flatten(), grads.next().flatten(), grads.next().flatten()))
    }
}
