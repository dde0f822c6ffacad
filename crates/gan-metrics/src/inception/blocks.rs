//! Inception-v3 as a table: blocks, their branches, and the convolutions in each branch.

use super::Layout;

/// A network of blocks; `C` is what stands for a convolution: its geometry, or its weights.
pub(super) struct Block<C> {
    /// First part of the names of its tensors; the stem has none.
    pub name: &'static str,
    /// All see the block's input; their outputs are concatenated along the channels.
    pub branches: Vec<Branch<C>>,
    /// Whether a 3×3 max pooling of stride 2 follows.
    pub shrink: bool,
    /// Width of the features that are read here.
    pub tap: Option<usize>,
}

/// A pooling, a chain of convolutions, and perhaps two that both see the end of the chain.
pub(super) struct Branch<C> {
    pub pooling: Pooling,
    pub chain: Vec<C>,
    /// Concatenated; empty where the chain's end is the branch's output.
    pub fork: Vec<C>,
}

/// What stands before a branch's convolutions; windows of 3×3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pooling {
    None,
    /// Stride 1, one pixel of padding.
    Average {
        counts_padding: bool,
    },
    /// Stride 1, one pixel of padding.
    Max,
    /// Stride 2, no padding.
    MaxHalving,
}

/// A convolution without bias, its batch norm and a ReLU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conv {
    pub name: &'static str,
    pub out: usize,
    pub kernel: [usize; 2],
    pub stride: usize,
    pub padding: [usize; 2],
}

impl Conv {
    fn halving(self) -> Self {
        Self { stride: 2, padding: [0; 2], ..self }
    }

    fn unpadded(self) -> Self {
        Self { padding: [0; 2], ..self }
    }
}

/// Stride 1, as large a result as the input.
fn conv(name: &'static str, out: usize, [h, w]: [usize; 2]) -> Conv {
    Conv { name, out, kernel: [h, w], stride: 1, padding: [h / 2, w / 2] }
}

fn chain(convs: &[Conv]) -> Branch<Conv> {
    Branch { pooling: Pooling::None, chain: convs.to_vec(), fork: Vec::new() }
}

fn pooled(pooling: Pooling, out: usize) -> Branch<Conv> {
    Branch { pooling, chain: vec![conv("branch_pool", out, [1, 1])], fork: Vec::new() }
}

fn halved() -> Branch<Conv> {
    Branch { pooling: Pooling::MaxHalving, chain: Vec::new(), fork: Vec::new() }
}

fn block(name: &'static str, branches: Vec<Branch<Conv>>) -> Block<Conv> {
    Block { name, branches, shrink: false, tap: None }
}

/// 35×35 pixels: figure 5 of arXiv 1512.00567, with 5×5 as in its implementation.
fn five(name: &'static str, pool: Pooling, pool_out: usize) -> Block<Conv> {
    block(
        name,
        vec![
            chain(&[conv("branch1x1", 64, [1, 1])]),
            chain(&[conv("branch5x5_1", 48, [1, 1]), conv("branch5x5_2", 64, [5, 5])]),
            chain(&[
                conv("branch3x3dbl_1", 64, [1, 1]),
                conv("branch3x3dbl_2", 96, [3, 3]),
                conv("branch3x3dbl_3", 96, [3, 3]),
            ]),
            pooled(pool, pool_out),
        ],
    )
}

/// 17×17 pixels: figure 6, 7×7 as 1×7 and 7×1 of `c` channels.
fn six(name: &'static str, pool: Pooling, c: usize) -> Block<Conv> {
    block(
        name,
        vec![
            chain(&[conv("branch1x1", 192, [1, 1])]),
            chain(&[
                conv("branch7x7_1", c, [1, 1]),
                conv("branch7x7_2", c, [1, 7]),
                conv("branch7x7_3", 192, [7, 1]),
            ]),
            chain(&[
                conv("branch7x7dbl_1", c, [1, 1]),
                conv("branch7x7dbl_2", c, [7, 1]),
                conv("branch7x7dbl_3", c, [1, 7]),
                conv("branch7x7dbl_4", c, [7, 1]),
                conv("branch7x7dbl_5", 192, [1, 7]),
            ]),
            pooled(pool, 192),
        ],
    )
}

/// 8×8 pixels: figure 7, branches that end in a fork of 1×3 and 3×1.
fn seven(name: &'static str, pool: Pooling) -> Block<Conv> {
    let fork = |chain: &[Conv], names: [&'static str; 2]| Branch {
        pooling: Pooling::None,
        chain: chain.to_vec(),
        fork: vec![conv(names[0], 384, [1, 3]), conv(names[1], 384, [3, 1])],
    };
    block(
        name,
        vec![
            chain(&[conv("branch1x1", 320, [1, 1])]),
            fork(&[conv("branch3x3_1", 384, [1, 1])], ["branch3x3_2a", "branch3x3_2b"]),
            fork(
                &[conv("branch3x3dbl_1", 448, [1, 1]), conv("branch3x3dbl_2", 384, [3, 3])],
                ["branch3x3dbl_3a", "branch3x3dbl_3b"],
            ),
            pooled(pool, 192),
        ],
    )
}

/// The network of `layout`, in the order in which Keras numbers its convolutions.
///
/// The layouts differ in poolings only: the one of 2015 does not count padding in its averages,
/// as TensorFlow and Keras do not, and has a max pooling in its last block, most likely by mistake.
pub(super) fn network(layout: Layout) -> Vec<Block<Conv>> {
    let pool = Pooling::Average { counts_padding: layout == Layout::Torchvision };
    let last = if layout == Layout::Fid { Pooling::Max } else { pool };
    let stem = |convs: &[Conv], tap: usize| Block {
        name: "",
        branches: vec![chain(convs)],
        shrink: true,
        tap: Some(tap),
    };
    vec![
        stem(
            &[
                conv("Conv2d_1a_3x3", 32, [3, 3]).halving(),
                conv("Conv2d_2a_3x3", 32, [3, 3]).unpadded(),
                conv("Conv2d_2b_3x3", 64, [3, 3]),
            ],
            64,
        ),
        stem(
            &[conv("Conv2d_3b_1x1", 80, [1, 1]), conv("Conv2d_4a_3x3", 192, [3, 3]).unpadded()],
            192,
        ),
        five("Mixed_5b", pool, 32),
        five("Mixed_5c", pool, 64),
        five("Mixed_5d", pool, 64),
        block(
            "Mixed_6a",
            vec![
                chain(&[conv("branch3x3", 384, [3, 3]).halving()]),
                chain(&[
                    conv("branch3x3dbl_1", 64, [1, 1]),
                    conv("branch3x3dbl_2", 96, [3, 3]),
                    conv("branch3x3dbl_3", 96, [3, 3]).halving(),
                ]),
                halved(),
            ],
        ),
        six("Mixed_6b", pool, 128),
        six("Mixed_6c", pool, 160),
        six(SPATIAL_BLOCK, pool, 160),
        Block { tap: Some(768), ..six("Mixed_6e", pool, 192) },
        block(
            "Mixed_7a",
            vec![
                chain(&[
                    conv("branch3x3_1", 192, [1, 1]),
                    conv("branch3x3_2", 320, [3, 3]).halving(),
                ]),
                chain(&[
                    conv("branch7x7x3_1", 192, [1, 1]),
                    conv("branch7x7x3_2", 192, [1, 7]),
                    conv("branch7x7x3_3", 192, [7, 1]),
                    conv("branch7x7x3_4", 192, [3, 3]).halving(),
                ]),
                halved(),
            ],
        ),
        seven("Mixed_7b", pool),
        Block { tap: Some(2048), ..seven("Mixed_7c", last) },
    ]
}

/// The block whose first channels sFID reads: TensorFlow calls its first branch `mixed_6/conv`.
pub(super) const SPATIAL_BLOCK: &str = "Mixed_6d";

impl<C> Block<C> {
    /// The same block with each convolution replaced by `f(block's name, its input channels, it)`,
    /// and the channels of the result, given those of the input. `f` returns its own channels too.
    pub fn map<D, E>(
        &self,
        channels: usize,
        f: &mut impl FnMut(&'static str, usize, &C) -> Result<(D, usize), E>,
    ) -> Result<(Block<D>, usize), E> {
        let mut branches = Vec::with_capacity(self.branches.len());
        let mut total = 0;
        for branch in &self.branches {
            let mut width = channels;
            let mut chain = Vec::with_capacity(branch.chain.len());
            for conv in &branch.chain {
                let (mapped, out) = f(self.name, width, conv)?;
                chain.push(mapped);
                width = out;
            }
            let mut fork = Vec::with_capacity(branch.fork.len());
            let mut forked = 0;
            for conv in &branch.fork {
                let (mapped, out) = f(self.name, width, conv)?;
                fork.push(mapped);
                forked += out;
            }
            total += if fork.is_empty() { width } else { forked };
            branches.push(Branch { pooling: branch.pooling, chain, fork });
        }
        Ok((Block { name: self.name, branches, shrink: self.shrink, tap: self.tap }, total))
    }
}

/// The name of a convolution's tensors without their last part.
pub(super) fn full_name(block: &str, conv: &str) -> String {
    if block.is_empty() { conv.to_owned() } else { format!("{block}.{conv}") }
}

/// Every convolution in order: its full name and the shape `(out, in, kh, kw)` of its weight.
pub(super) fn convolutions(layout: Layout) -> Vec<(String, [usize; 4])> {
    let mut all = Vec::new();
    let mut channels = 3;
    for block in network(layout) {
        let mut note = |block: &'static str, input: usize, conv: &Conv| {
            let shape = [conv.out, input, conv.kernel[0], conv.kernel[1]];
            all.push((full_name(block, conv.name), shape));
            Ok::<_, std::convert::Infallible>(((), conv.out))
        };
        let Ok((_, out)) = block.map(channels, &mut note);
        channels = out;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_published_counts() {
        let convs = convolutions(Layout::Fid);
        assert_eq!(convs.len(), 94);
        let floats: usize =
            convs.iter().map(|(_, shape)| shape.iter().product::<usize>() + 4 * shape[0]).sum();
        assert_eq!(floats + 1008 * 2048 + 1008, 23_885_392);
        assert_eq!(convs[93], ("Mixed_7c.branch_pool".to_owned(), [192, 2048, 1, 1]));
    }
}
