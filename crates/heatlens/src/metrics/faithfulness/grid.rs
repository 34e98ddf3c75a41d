//! The grids on which imputation is solved: the image's, and coarser ones for what is smooth.

/// Damping of the smoother; any value below 1.5 keeps the cycle positive definite.
const DAMPING: f64 = 0.9;
/// No coarser grid is made of one that is not longer than this on either side.
const SMALLEST: usize = 4;

/// A grid with a border of zeros around it, and which of its cells are unknown. Its equations are
/// `Σ_j w_ij (x_i − x_j) = b_i`; energy does not depend on the width of cells in two dimensions, so
/// they are the same on every grid.
pub struct Grid {
    pub height: usize,
    pub width: usize,
    /// 1 where unknown, else 0.
    pub free: Vec<f64>,
    /// What the smoother multiplies residuals with; 0 where known.
    pub smoother: Vec<f64>,
    /// Sum of a cell's weights: less than 1 at the edge of the image.
    diagonal: Vec<f64>,
}

/// The image's grid and coarser ones, each of half the size.
pub fn hierarchy(height: usize, width: usize, removed: &[bool]) -> Vec<Grid> {
    let mut grids = vec![Grid::new(height, width, |y, x| removed[y * width + x])];
    loop {
        let fine = &grids[grids.len() - 1];
        if fine.height <= SMALLEST && fine.width <= SMALLEST {
            return grids;
        }
        // Unknown where every cell below is: what is coarser reaches no farther than what is finer.
        let (height, width) = (fine.height.div_ceil(2), fine.width.div_ceil(2));
        let is_free = |y: usize, x: usize| {
            (2 * y..(2 * y + 2).min(fine.height))
                .all(|v| (2 * x..(2 * x + 2).min(fine.width)).all(|u| fine.free[fine.at(v, u)] > 0.0))
        };
        let coarse = Grid::new(height, width, is_free);
        if coarse.free.iter().all(|&free| free == 0.0) {
            return grids;
        }
        grids.push(coarse);
    }
}

impl Grid {
    fn new(height: usize, width: usize, is_free: impl Fn(usize, usize) -> bool) -> Grid {
        let zeros = vec![0.0; (height + 2) * (width + 2)];
        let mut grid = Grid { height, width, free: zeros.clone(), smoother: zeros.clone(), diagonal: zeros.clone() };
        let mut ones = zeros;
        for y in 0..height {
            for x in 0..width {
                let at = grid.at(y, x);
                ones[at] = 1.0;
                grid.free[at] = f64::from(u8::from(is_free(y, x)));
            }
        }
        let mut diagonal = vec![0.0; ones.len()];
        grid.sum_of_neighbours(&ones, &mut diagonal);
        grid.smoother =
            grid.free.iter().zip(&diagonal).map(|(free, d)| if *free > 0.0 { DAMPING / d } else { 0.0 }).collect();
        grid.diagonal = diagonal;
        grid
    }

    /// Where a cell lies.
    pub fn at(&self, y: usize, x: usize) -> usize {
        (y + 1) * (self.width + 2) + x + 1
    }

    /// Values with a border of zeros, each times what `factor` makes of its `free`.
    pub fn bordered(&self, values: &[f32], factor: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut bordered = vec![0.0; self.free.len()];
        for (y, row) in values.chunks_exact(self.width).enumerate() {
            let at = self.at(y, 0);
            let free = &self.free[at..];
            bordered[at..]
                .iter_mut()
                .zip(row.iter().zip(free))
                .for_each(|(b, (&v, &free))| *b = f64::from(v) * factor(free));
        }
        bordered
    }

    /// Sets what is known to 0.
    pub fn keep_free(&self, values: &mut [f64]) {
        values.iter_mut().zip(&self.free).for_each(|(v, free)| *v *= free);
    }

    /// `Σ_j w_ij u_j` over the eight neighbours. The weights are those of (1 2 1)ᵀ(1 2 1) / 12
    /// without its centre.
    pub fn sum_of_neighbours(&self, u: &[f64], sums: &mut [f64]) {
        self.each_row(u, |at, sum| sums[at..at + sum.len()].copy_from_slice(sum));
    }

    /// `A u`, 0 where known. `u` must be 0 there too.
    pub fn apply(&self, u: &[f64], image: &mut [f64]) {
        self.each_row(u, |at, sum| {
            let cells = at..at + sum.len();
            let known = u[cells.clone()].iter().zip(&self.diagonal[cells.clone()]).zip(&self.free[cells.clone()]);
            image[cells]
                .iter_mut()
                .zip(sum)
                .zip(known)
                .for_each(|((image, sum), ((u, d), free))| *image = free * (d * u - sum));
        });
    }

    /// `right − A u`, 0 where known.
    pub fn residual(&self, u: &[f64], right: &[f64], residual: &mut [f64]) {
        self.apply(u, residual);
        residual.iter_mut().zip(right).for_each(|(image, right)| *image = right - *image);
    }

    /// Gives `take` each row's sums of neighbours, with the place of its first cell.
    fn each_row(&self, u: &[f64], mut take: impl FnMut(usize, &[f64])) {
        let stride = self.width + 2;
        let (mut column, mut sums) = (vec![0.0; stride], vec![0.0; self.width]);
        for y in 1..=self.height {
            let (above, row, below) =
                (&u[(y - 1) * stride..][..stride], &u[y * stride..][..stride], &u[(y + 1) * stride..][..stride]);
            column
                .iter_mut()
                .zip(above.iter().zip(row).zip(below))
                .for_each(|(c, ((a, r), b))| *c = (a + 2.0 * r + b) * (1.0 / 12.0));
            let three = column.iter().zip(&column[1..]).zip(&column[2..]);
            sums.iter_mut()
                .zip(three)
                .zip(&row[1..])
                .for_each(|((sum, ((a, c), b)), r)| *sum = a + 2.0 * c + b - r * (1.0 / 3.0));
            take(y * stride + 1, &sums);
        }
    }

    /// Brings values to a coarser grid: the transpose of [`Grid::prolong_onto`].
    pub fn restrict(&self, fine: &[f64], coarse: &Grid) -> Vec<f64> {
        let mut sums = vec![0.0; coarse.free.len()];
        let mut row = vec![0.0; coarse.width + 2];
        for y in 0..self.height {
            row.fill(0.0);
            for x in 0..self.width {
                let (near, far) = parents(x, coarse.width);
                let value = fine[self.at(y, x)];
                row[near + 1] += 0.75 * value;
                row[far + 1] += 0.25 * value;
            }
            let (near, far) = parents(y, coarse.height);
            for (parent, weight) in [(near, 0.75), (far, 0.25)] {
                let at = coarse.at(parent, 0) - 1;
                sums[at..at + row.len()].iter_mut().zip(&row).for_each(|(sum, v)| *sum += weight * v);
            }
        }
        coarse.keep_free(&mut sums);
        sums
    }

    /// Adds what a coarser grid says, bilinearly between its cells' centres.
    pub fn prolong_onto(&self, correction: &[f64], coarse: &Grid, x: &mut [f64]) {
        let mut row = vec![0.0; coarse.width];
        for y in 0..self.height {
            let (near, far) = parents(y, coarse.height);
            let (near, far) = (&correction[coarse.at(near, 0)..], &correction[coarse.at(far, 0)..]);
            row.iter_mut().zip(near.iter().zip(far)).for_each(|(r, (n, f))| *r = 0.75 * n + 0.25 * f);
            let at = self.at(y, 0);
            let cells = x[at..at + self.width].iter_mut().zip(&self.free[at..]);
            for (i, (x, free)) in cells.enumerate() {
                let (near, far) = parents(i, coarse.width);
                *x += free * (0.75 * row[near] + 0.25 * row[far]);
            }
        }
    }
}

/// The coarse cell that holds a fine one, and the next nearest.
fn parents(fine: usize, coarse_cells: usize) -> (usize, usize) {
    let near = fine / 2;
    let far = if fine.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(coarse_cells - 1) };
    (near, far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restriction_is_the_transpose_of_prolongation() {
        let removed: Vec<bool> = (0..11 * 9).map(|i| i % 17 != 0).collect();
        let grids = hierarchy(11, 9, &removed);
        let noise = |grid: &Grid, seed: usize| -> Vec<f64> {
            grid.free.iter().enumerate().map(|(i, free)| free * ((i * 37 + seed) % 101) as f64).collect()
        };
        let (fine, coarse) = (noise(&grids[0], 3), noise(&grids[1], 8));
        let mut up = vec![0.0; fine.len()];
        grids[0].prolong_onto(&coarse, &grids[1], &mut up);
        let down = grids[0].restrict(&fine, &grids[1]);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        assert!((dot(&up, &fine) - dot(&coarse, &down)).abs() < 1e-6 * dot(&up, &fine).abs());
    }
}
