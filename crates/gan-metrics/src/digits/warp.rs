//! Small random distortions of digits, so that a classifier sees each one differently every time.

use rand::Rng;

/// Height and width.
pub(super) const SIDE: usize = 28;

/// `image`, 28×28 bytes, through a random affine map: stretched, sheared and turned by up to about
/// a sixth, shifted by up to two pixels; bilinear between pixels, black outside, in [0, 1].
pub(super) fn warped(image: &[u8], rng: &mut impl Rng) -> Vec<f32> {
    let mut within = |bound: f32| (2.0 * rng.random::<f32>() - 1.0) * bound;
    let (stretch_y, stretch_x) = (1.0 + within(0.14), 1.0 + within(0.14));
    // Equal and opposite shears turn, others slant; both are drawn.
    let (turn, slant) = (within(0.18), within(0.12));
    let (shift_y, shift_x) = (within(2.0), within(2.0));
    let middle = (SIDE as f32 - 1.0) / 2.0;
    let pixel = |y: i32, x: i32| -> f32 {
        let inside = (0..SIDE as i32).contains(&y) && (0..SIDE as i32).contains(&x);
        if inside { f32::from(image[y as usize * SIDE + x as usize]) } else { 0.0 }
    };
    let mut out = Vec::with_capacity(SIDE * SIDE);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let (v, u) = (row as f32 - middle, column as f32 - middle);
            let y = stretch_y * v + turn * u + middle + shift_y;
            let x = (slant - turn) * v + stretch_x * u + middle + shift_x;
            let (y0, x0) = (y.floor(), x.floor());
            let (fy, fx) = (y - y0, x - x0);
            let (y0, x0) = (y0 as i32, x0 as i32);
            let top = pixel(y0, x0) * (1.0 - fx) + pixel(y0, x0 + 1) * fx;
            let bottom = pixel(y0 + 1, x0) * (1.0 - fx) + pixel(y0 + 1, x0 + 1) * fx;
            out.push((top * (1.0 - fy) + bottom * fy) / 255.0);
        }
    }
    out
}
