//! Winograd's convolution F(m×m, 3×3) for 3×3 filters of stride 1, m = 4 or 2: 36 (16) products
//! instead of 144 (36) for each tile of outputs.
//!
//! Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A on tiles d of (m + 2)² inputs (Lavin and Gray, "Fast Algorithms
//! for Convolutional Neural Networks", 2016). F(4) takes the points 0, ±1/√2, ±√2, ∞, whose
//! matrices are better conditioned than those of 0, ±1, ±2, ∞. Few filters are transformed once,
//! many of them while running.
//!
//! Error of one layer with Gaussian inputs and weights, the largest difference from a sum in f64
//! over the largest result, as the tests measure and bound it: F(4) 1.4e-6 with 64 channels on
//! 56×56, 8.9e-7 with 256 on 14×14, 1.2e-6 with 512 on 28×28, F(2) 3.2e-7 with 512 on 7×7; without
//! fused products up to 1.7e-6. It does not grow with the channels, as they are summed in slices.

mod filters;
mod kernel;
mod points;
mod tiles;

pub(super) use self::kernel::WinogradKernel;
pub(super) use self::points::{F2, F4};
