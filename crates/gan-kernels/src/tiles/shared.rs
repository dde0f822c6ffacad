//! A result that several threads write, each its own part.

use super::shape::SIDE;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

/// A mutable slice that many threads write at places that never coincide.
pub(crate) struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    owner: PhantomData<&'a mut [T]>,
}

// SAFETY: the slice is borrowed mutably for as long as this lives, so nobody else reads or writes
// it; `write` lets several threads in, and its callers promise that their places differ.
#[allow(unsafe_code)]
unsafe impl<T: Send> Sync for Shared<'_, T> {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl<T: Send> Send for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    pub fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), owner: PhantomData }
    }

    /// The place `at`.
    ///
    /// # Safety
    /// A place may be taken once only, and not be written otherwise.
    #[allow(unsafe_code, clippy::mut_from_ref)]
    pub unsafe fn one(&self, at: usize) -> &'a mut T {
        assert!(at < self.len, "inside the slice");
        // SAFETY: it lies inside the slice, and nobody else has it, as the caller promises.
        unsafe { &mut *self.start.add(at) }
    }
}

impl<'a, T: Copy> Shared<'a, MaybeUninit<T>> {
    /// Over values that are there already; only whole ones are ever written.
    pub fn over(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr().cast(), len: slice.len(), owner: PhantomData }
    }

    /// Writes `values` from `at` on.
    ///
    /// # Safety
    /// No two threads may write the same place.
    #[allow(unsafe_code)]
    #[inline(always)]
    pub unsafe fn fill(&self, at: usize, values: &[T]) {
        assert!(at <= self.len && values.len() <= self.len - at, "inside the slice");
        // SAFETY: the range lies inside the slice, which `values` cannot overlap since the slice
        // is borrowed mutably; no other thread writes it, as the caller promises.
        unsafe {
            let (to, from) = (self.start.add(at).cast::<T>(), values.as_ptr());
            // A copy of known size needs no call.
            match values.len() {
                4 => std::ptr::copy_nonoverlapping(from, to, 4),
                8 => std::ptr::copy_nonoverlapping(from, to, 8),
                SIDE => std::ptr::copy_nonoverlapping(from, to, SIDE),
                32 => std::ptr::copy_nonoverlapping(from, to, 32),
                len => std::ptr::copy_nonoverlapping(from, to, len),
            }
        }
    }
}
