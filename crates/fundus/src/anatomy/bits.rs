//! Small operations on truth values in a grid.

use heatlens_anatomy::{DiscMask, Tissue};

/// A grid of truth values, row by row.
#[derive(Clone, PartialEq)]
pub(crate) struct Bits {
    pub width: usize,
    pub height: usize,
    pub set: Vec<bool>,
}

impl Bits {
    pub fn new(width: usize, height: usize, set: Vec<bool>) -> Self {
        debug_assert_eq!(set.len(), width * height);
        Bits { width, height, set }
    }

    /// The pixels of a mask within `[left, top, right, bottom]` that are at least `tissue`: the disc
    /// for [`Tissue::Rim`].
    pub fn of(mask: &DiscMask, tissue: Tissue, [left, top, right, bottom]: [usize; 4]) -> Bits {
        let rows = mask.tissue().chunks_exact(mask.size()[0]).take(bottom).skip(top);
        let set = rows.flat_map(|row| row[left..right].iter().map(|&t| t >= tissue)).collect();
        Bits::new(right - left, bottom - top, set)
    }

    pub fn count(&self) -> usize {
        self.set.iter().filter(|&&b| b).count()
    }

    pub fn at(&self, x: usize, y: usize) -> bool {
        self.set[y * self.width + x]
    }

    /// The largest 4-connected component, the first of equals in reading order.
    pub fn largest_component(&self) -> Bits {
        let mut label = vec![0u32; self.set.len()];
        let (mut best, mut best_area) = (0, 0);
        let mut next = 0;
        for start in 0..self.set.len() {
            if self.set[start] && label[start] == 0 {
                next += 1;
                let area = flood(self, true, start, &mut label, next);
                if area > best_area {
                    (best, best_area) = (next, area);
                }
            }
        }
        Bits { set: label.iter().map(|&l| l != 0 && l == best).collect(), ..*self }
    }

    /// Without 4-connected components of fewer than `least` cells.
    pub fn without_specks(&self, least: usize) -> Bits {
        let mut label = vec![0u32; self.set.len()];
        let mut areas = vec![0];
        for start in 0..self.set.len() {
            if self.set[start] && label[start] == 0 {
                areas.push(flood(self, true, start, &mut label, areas.len() as u32));
            }
        }
        Bits { set: label.iter().map(|&l| areas[l as usize] >= least.max(1)).collect(), ..*self }
    }

    /// Whatever is unset and cannot be reached from the border becomes set.
    pub fn with_holes_filled(&self) -> Bits {
        let (w, h) = (self.width, self.height);
        let mut label = vec![0u32; self.set.len()];
        let border = (0..w).flat_map(|x| [x, (h - 1) * w + x]).chain((0..h).flat_map(|y| [y * w, y * w + w - 1]));
        for start in border {
            if !self.set[start] && label[start] == 0 {
                flood(self, false, start, &mut label, 1);
            }
        }
        Bits { set: label.iter().map(|&l| l == 0).collect(), ..*self }
    }
}

impl std::fmt::Debug for Bits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bits({}×{}, {} set)", self.width, self.height, self.count())
    }
}

/// Labels what is connected with `start` and has the value `value`; returns how much that is.
fn flood(bits: &Bits, value: bool, start: usize, label: &mut [u32], name: u32) -> usize {
    let (w, h) = (bits.width, bits.height);
    let mut stack = vec![start];
    label[start] = name;
    let mut area = 0;
    while let Some(i) = stack.pop() {
        area += 1;
        let (x, y) = (i % w, i / w);
        let neighbours =
            [(x > 0, i.wrapping_sub(1)), (x + 1 < w, i + 1), (y > 0, i.wrapping_sub(w)), (y + 1 < h, i + w)];
        for (inside, j) in neighbours {
            if inside && bits.set[j] == value && label[j] == 0 {
                label[j] = name;
                stack.push(j);
            }
        }
    }
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(rows: &[&str]) -> Bits {
        Bits::new(rows[0].len(), rows.len(), rows.iter().flat_map(|r| r.bytes().map(|b| b == b'#')).collect())
    }

    #[test]
    fn the_largest_component_stays() {
        let found = bits(&["##...", "#..##", "...##", ".#.##"]).largest_component();
        assert_eq!(found, bits(&[".....", "...##", "...##", "...##"]));
        assert_eq!(bits(&["..", ".."]).largest_component().count(), 0);
    }

    #[test]
    fn specks_go() {
        assert_eq!(bits(&["##.#", "#...", "...#"]).without_specks(2), bits(&["##..", "#...", "...."]));
    }

    #[test]
    fn holes_close_and_bays_stay_open() {
        assert_eq!(
            bits(&["####.", "#..#.", "####.", "#.#.."]).with_holes_filled(),
            bits(&["####.", "####.", "####.", "#.#.."])
        );
    }
}
