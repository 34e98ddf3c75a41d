//! Cells in the order of their values, ties included.

use super::MetricError;

/// The most salient cells of a map, `count` in all. Cells that tie at the cut-off share what is
/// left between them: a map that is constant, or mostly at its minimum, selects no cell for its
/// position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Top {
    cut: f32,
    /// How much of each cell at the cut-off is selected, 0 to 1.
    share: f64,
}

impl Top {
    /// The `count` most salient cells, at least 1 and at most all.
    pub fn of(values: &[f32], count: usize) -> Top {
        let count = count.clamp(1, values.len());
        let mut sorted = values.to_vec();
        let (_, &mut cut, _) = sorted.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
        let above = values.iter().filter(|&&v| v > cut).count();
        let tied = values.iter().filter(|&&v| v == cut).count();
        Top { cut, share: (count - above) as f64 / tied as f64 }
    }

    /// How much of a cell of this value is selected.
    pub fn weight(&self, value: f32) -> f64 {
        match value.partial_cmp(&self.cut) {
            Some(std::cmp::Ordering::Greater) => 1.0,
            Some(std::cmp::Ordering::Equal) => self.share,
            _ => 0.0,
        }
    }

    /// How much of the cells inside a mask is selected.
    pub fn inside(&self, values: &[f32], mask: &[bool]) -> f64 {
        values.iter().zip(mask).filter(|(_, inside)| **inside).map(|(&v, _)| self.weight(v)).sum()
    }
}

/// Cells from the most salient to the least. Those of the same value come in a random order that
/// depends on the seed alone, not on where they lie.
pub(crate) fn salient_first(values: &[f32], seed: u64) -> Vec<u32> {
    // Adding 0 makes −0 the same as 0.
    let cell = |i: u32| (values[i as usize] + 0.0, mix(seed ^ mix(u64::from(i) + 1)), i);
    let mut cells: Vec<(f32, u64, u32)> = (0..values.len() as u32).map(cell).collect();
    cells.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    cells.into_iter().map(|(_, _, i)| i).collect()
}

/// A number that looks random, made of another: the mixing function of SplitMix64 (Steele, Lea and
/// Flood 2014).
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Whether a map can be put in an order.
pub(crate) fn check(values: &[f32]) -> Result<(), MetricError> {
    if values.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(MetricError::NotFinite) }
}

/// The rank of each value from 1, the mean rank where several are equal.
pub(crate) fn ranks<T: Copy + PartialEq + Into<f64>>(values: &[T]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| values[a as usize].into().total_cmp(&values[b as usize].into()));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a as usize] == values[b as usize]) {
        let rank = start as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&i| ranks[i as usize] = rank);
        start += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_cells_share_what_is_left() {
        let values = [0.0, 3.0, 1.0, 1.0, 0.0];
        let top = Top::of(&values, 2);
        assert_eq!(values.map(|v| top.weight(v)), [0.0, 1.0, 0.5, 0.5, 0.0]);
        assert_eq!(values.map(|v| Top::of(&values, 4).weight(v)), [0.5, 1.0, 1.0, 1.0, 0.5]);
        assert_eq!(Top::of(&[2.0; 4], 1).weight(2.0), 0.25);
    }

    #[test]
    fn zeros_of_either_sign_tie() {
        assert_eq!(ranks(&[0.0, -0.0, 1.0]), [1.5, 1.5, 3.0]);
        assert_eq!(Top::of(&[0.0, -0.0, -1.0], 1).weight(-0.0), 0.5);
    }

    #[test]
    fn tied_cells_come_in_no_order_of_place() {
        assert_eq!(salient_first(&[1.0, 3.0, 2.0], 5), [1, 2, 0]);
        let (a, b) = (salient_first(&[0.0; 100], 1), salient_first(&[0.0; 100], 2));
        assert!(a != b && a == salient_first(&[-0.0; 100], 1) && !a.is_sorted());
        let first_half: u32 = a[..50].iter().sum();
        assert!((1500..3500).contains(&first_half), "{first_half}");
    }

    #[test]
    fn ranks_of_ties_are_their_mean() {
        assert_eq!(ranks(&[2.0, 1.0, 2.0, 5.0]), [2.5, 1.0, 2.5, 4.0]);
    }
}
