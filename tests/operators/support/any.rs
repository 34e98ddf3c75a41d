//! Attributes, shapes and numbers as strangers' files hold them.

use heatlens_graph::DType;
use heatlens_graph::ops::{AveragePool, MaxPool, Padding};

use super::random::Random;

/// Draws reproducibly; absurd things among sensible ones while `wild`.
pub struct Any {
    pub wild: bool,
    random: Random,
}

impl Any {
    pub fn new() -> Self {
        Any { wild: false, random: Random::new("nonsense") }
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.random.bits() % n as u64) as usize
    }

    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A number as attributes hold it: usually sensible.
    pub fn count(&mut self) -> usize {
        if self.wild && self.below(6) == 0 {
            self.of(&[0, 7, 4097, 1 << 31, 1 << 33, usize::MAX / 2, usize::MAX])
        } else {
            self.of(&[1, 1, 2, 2, 3, 4])
        }
    }

    pub fn pair(&mut self) -> [usize; 2] {
        if self.flag() { [1, 1] } else { [self.count(), self.count()] }
    }

    pub fn integer(&mut self) -> i64 {
        if self.wild && self.below(6) == 0 {
            self.of(&[i64::MIN, -(1 << 33), -5, 9, 1 << 31, 1 << 40, i64::MAX])
        } else {
            self.below(8) as i64 - 3
        }
    }

    pub fn axis(&mut self) -> isize {
        self.integer() as isize
    }

    pub fn float(&mut self) -> f32 {
        self.of(&[0.0, 1.0, -1.0, 0.5, 2.0, 1e-5, 1e30, f32::NAN, f32::INFINITY, f32::NEG_INFINITY])
    }

    pub fn dtype(&mut self) -> DType {
        self.of(&[DType::F32, DType::F32, DType::F32, DType::I64, DType::Bool])
    }

    pub fn shape(&mut self) -> Vec<usize> {
        let rank = self.of(&[4, 4, 4, 3, 2, 1, 0, 5, 6]);
        let wild = self.wild && self.below(6) == 0;
        (0..rank)
            .map(|_| {
                if wild {
                    self.of(&[0, 1, 3, 4097, 1 << 20, 1 << 31, 1 << 40, usize::MAX])
                } else {
                    self.of(&[1, 2, 2, 4, 4, 5])
                }
            })
            .collect()
    }

    pub fn padding(&mut self) -> Padding {
        match self.below(6) {
            0 => Padding::SameUpper,
            1 => Padding::SameLower,
            2..=4 => Padding::NONE,
            _ => Padding::Explicit([self.count(), self.count(), self.count(), self.count()]),
        }
    }

    pub fn max_pool(&mut self) -> MaxPool {
        MaxPool {
            kernel: self.pair(),
            strides: self.pair(),
            dilations: self.pair(),
            padding: self.padding(),
            ceil_mode: self.flag(),
        }
    }

    pub fn average_pool(&mut self) -> AveragePool {
        AveragePool {
            kernel: self.pair(),
            strides: self.pair(),
            padding: self.padding(),
            ceil_mode: self.flag(),
            count_include_pad: self.flag(),
        }
    }
}
