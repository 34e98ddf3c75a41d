//! Work on each element of blocked buffers, and concatenation.

use super::activation::Activation;
use crate::arena::Arena;
use crate::io::Io;
use crate::kernel::Kernel;
use crate::parallel;
use crate::simd::{Isa, LANES, Simd, Task};

/// `y = activation(x · factor + addend)`, one factor and one addend a channel.
pub(super) struct AffineKernel {
    pub(super) isa: Isa,
    /// Elements of one block of one image.
    pub(super) plane: usize,
    pub(super) factors: Arena,
    pub(super) addends: Arena,
    pub(super) activation: Activation,
}

impl Kernel for AffineKernel {
    fn run(&self, io: &mut Io<'_>) {
        let x = io.in_place().is_none().then(|| io.input(0));
        let (factors, addends) = (self.factors.as_slice(), self.addends.as_slice());
        parallel::chunks(io.output(0), self.plane, |i, out| {
            let block = i * LANES % factors.len();
            let of_block = |of: &'_ [f32]| -> [f32; LANES] { of[block..][..LANES].try_into().expect("whole blocks") };
            let x = x.map(|x| &x[i * self.plane..][..self.plane]);
            self.isa.run(Affine {
                activation: self.activation,
                factor: Some(of_block(factors)),
                addend: Some(of_block(addends)),
                x,
                out,
            });
        });
    }

    fn in_place(&self) -> &[usize] {
        &[0]
    }
}

/// `y = x · s` with one s for each channel of each image, as squeeze-and-excite has it.
pub(super) struct ScaleKernel {
    pub(super) isa: Isa,
    /// Elements of one block of one image.
    pub(super) plane: usize,
    /// Which input is the image; the other holds the factors.
    pub(super) image: [usize; 1],
}

impl Kernel for ScaleKernel {
    fn run(&self, io: &mut Io<'_>) {
        let [image] = self.image;
        let x = io.in_place().is_none().then(|| io.input(image));
        let factors = io.input(1 - image);
        parallel::chunks(io.output(0), self.plane, |i, out| {
            let factor = factors[i * LANES..][..LANES].try_into().expect("whole blocks");
            let x = x.map(|x| &x[i * self.plane..][..self.plane]);
            self.isa.run(Affine { activation: Activation::Identity, factor: Some(factor), addend: None, x, out });
        });
    }

    fn in_place(&self) -> &[usize] {
        &self.image
    }
}

/// An activation of a run of elements, each multiplied and shifted first.
pub(super) struct Affine<'a> {
    pub(super) activation: Activation,
    pub(super) factor: Option<[f32; LANES]>,
    pub(super) addend: Option<[f32; LANES]>,
    /// `None`: what `out` holds.
    pub(super) x: Option<&'a [f32]>,
    /// Whole vectors.
    pub(super) out: &'a mut [f32],
}

impl Task for Affine<'_> {
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let to = self.out.as_mut_ptr();
        let from = self.x.map_or(to.cast_const(), |x| {
            assert_eq!(x.len(), self.out.len());
            x.as_ptr()
        });
        // SAFETY: vectors are read from, and written to, slices of the same length, whole vectors
        // only. In place, each is read through the pointer that it is then written with.
        unsafe {
            let factor = self.factor.map(|f| S::load(f.as_ptr()));
            let addend = self.addend.map(|a| S::load(a.as_ptr()));
            for at in (0..self.out.len() / LANES).map(|i| i * LANES) {
                let x = S::load(from.add(at));
                let y = match (factor, addend) {
                    (Some(factor), Some(addend)) => S::fma(x, factor, addend),
                    (Some(factor), None) => S::mul(x, factor),
                    _ => x,
                };
                S::store(to.add(at), self.activation.apply::<S>(y));
            }
        }
    }
}

/// Joins along the channels: whole blocks one after the other.
pub(super) struct ConcatKernel {
    pub(super) images: usize,
    /// Elements that each input gives of one image.
    pub(super) runs: Vec<usize>,
}

impl Kernel for ConcatKernel {
    fn run(&self, io: &mut Io<'_>) {
        let image: usize = self.runs.iter().sum();
        let mut at = 0;
        for (i, &run) in self.runs.iter().enumerate() {
            let x = io.input(i);
            for (to, from) in io.output(0).chunks_exact_mut(image).zip(x.chunks_exact(run)) {
                to[at..at + run].copy_from_slice(from);
            }
            at += run;
        }
    }

    fn joins(&self) -> bool {
        self.images == 1
    }
}
