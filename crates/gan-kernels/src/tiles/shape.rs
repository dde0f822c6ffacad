//! What a tile and a block of result tiles look like.

/// Values of the summed axis in a tile.
pub(crate) const DEPTH: usize = 32;
/// Rows of a left tile, columns of a right one.
pub(crate) const SIDE: usize = 16;

/// The values of one tile before packing, the summed axis first.
pub(crate) type Block<T> = [[T; SIDE]; DEPTH];
/// One result tile.
pub(crate) type Square<T> = [[T; SIDE]; SIDE];
/// A block of result tiles: left tile 0 with both right ones, then left tile 1.
pub(crate) type Squares<T> = [Square<T>; 4];

/// Two left and two right tiles whose four products are added to a block of results.
#[repr(C)]
pub(crate) struct Step<'a, T> {
    pub left: [&'a T; 2],
    pub right: [&'a T; 2],
}

/// A tile as it is.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Plain<T>(pub Block<T>);
