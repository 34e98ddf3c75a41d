//! How the maps of several layers become one.

use heatlens_imaging::Map;

/// How several finished maps become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combine {
    /// Their mean.
    Mean,
    /// The largest at each pixel: where any layer looks.
    Max,
    /// Their product: where all layers look.
    Product,
}

impl Combine {
    /// Every way, in the order shown.
    pub const ALL: &'static [Combine] = &[Combine::Mean, Combine::Max, Combine::Product];

    /// How it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Combine::Mean => "mean",
            Combine::Max => "max",
            Combine::Product => "product",
        }
    }

    /// The way of this name.
    pub fn named(name: &str) -> Option<Combine> {
        Combine::ALL.iter().copied().find(|combine| combine.name() == name)
    }

    /// Puts maps of one size, each in 0…1, into one, stretched to 0…1 again.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(self, maps: &[Map]) -> Map {
        let (first, rest) = maps.split_first().expect("a map at least");
        let mut combined = first.clone();
        for map in rest {
            combined.values.iter_mut().zip(&map.values).for_each(|(sum, &v)| match self {
                Combine::Mean => *sum += v,
                Combine::Max => *sum = sum.max(v),
                Combine::Product => *sum *= v,
            });
        }
        if self == Combine::Mean {
            combined.values.iter_mut().for_each(|v| *v /= maps.len() as f32);
        }
        combined.stretch();
        combined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_combined_cell_by_cell_and_stretched() {
        let maps = [Map::new(1, 3, vec![0.0, 1.0, 0.5]), Map::new(1, 3, vec![0.0, 0.0, 1.0])];
        let near = |combine: Combine, expected: [f32; 3]| {
            combine
                .of(&maps)
                .values
                .iter()
                .zip(expected)
                .for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{combine:?}"));
        };
        near(Combine::Mean, [0.0, 2.0 / 3.0, 1.0]);
        near(Combine::Max, [0.0, 1.0, 1.0]);
        near(Combine::Product, [0.0, 0.0, 1.0]);
    }
}
