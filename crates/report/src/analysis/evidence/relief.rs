//! A raw map brought onto a fixed grid: of the picture, or of the surroundings of the disc.

use heatlens_imaging::{Map, Scale};
use heatlens_record::regions::{PICTURE_PARTS, PicturePart};

use super::Image;

/// Cells along each side of a picture grid.
pub const PICTURE_SIDE: usize = 32;
/// Cells along each side of a disc grid.
pub const DISC_SIDE: usize = 48;
/// Disc diameters from the disc's centre to each side of a disc grid: the fovea, 2.65 diameters
/// away, is inside.
pub const DISC_REACH: f64 = 3.0;

/// What a map says for its class, at any place of the picture: never negative, in multiples of its
/// mean.
pub struct Relief {
    values: Vec<f32>,
    rows: usize,
    columns: usize,
    mean: f64,
    picture: Vec<f32>,
}

impl Relief {
    /// Of a raw map: of its [`Map::magnitude`]. None where nothing is left.
    pub fn of(raw: &Map, scale: Scale) -> Option<Relief> {
        let Map { height: rows, width: columns, values } = raw.magnitude(scale);
        let mut relief = Relief { values, rows, columns, mean: 1.0, picture: Vec::new() };
        let picture = relief.sampled();
        relief.mean = picture.iter().map(|&v| f64::from(v)).sum::<f64>() / picture.len() as f64;
        if relief.mean <= 0.0 {
            return None;
        }
        relief.picture = picture.iter().map(|&v| (f64::from(v) / relief.mean) as f32).collect();
        Some(relief)
    }

    /// The density on the picture grid, row by row; its mean is 1.
    pub fn picture(&self) -> &[f32] {
        &self.picture
    }

    /// The density on a disc grid, NaN outside the picture. If `mirrored`, left and right are
    /// exchanged.
    pub fn disc(&self, image: &Image, input: [usize; 2], mirrored: bool) -> Option<Vec<f32>> {
        let [x, y, diameter] = image.target?;
        let step = 2.0 * DISC_REACH / DISC_SIDE as f64;
        let place = |i: usize| (i as f64 + 0.5) * step - DISC_REACH;
        let cell = |i: usize| {
            let (right, down) = (place(i % DISC_SIDE), place(i / DISC_SIDE));
            let right = if mirrored { -right } else { right };
            let [u, v] = image.in_input([x + right * diameter, y + down * diameter], input);
            let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
            if inside { (self.at(u, v) / self.mean) as f32 } else { f32::NAN }
        };
        Some((0..DISC_SIDE * DISC_SIDE).map(cell).collect())
    }

    /// Share of the map in each of [`PICTURE_PARTS`].
    pub fn parts(&self) -> [f32; 8] {
        let total = (PICTURE_SIDE * PICTURE_SIDE) as f32;
        std::array::from_fn(|part| {
            let PicturePart { rows, columns, .. } = PICTURE_PARTS[part];
            let (down, across) = (overlaps(rows), overlaps(columns));
            let line =
                |(weight, row): (&f32, &[f32])| weight * row.iter().zip(&across).map(|(v, w)| v * w).sum::<f32>();
            down.iter().zip(self.picture.chunks_exact(PICTURE_SIDE)).map(line).sum::<f32>() / total
        })
    }

    /// Each cell of the picture grid is the mean of as many samples as keep every raw value in
    /// sight.
    fn sampled(&self) -> Vec<f32> {
        let samples = |length: usize| length.div_ceil(PICTURE_SIDE).max(1) + 1;
        let (down, across) = (samples(self.rows), samples(self.columns));
        let cell = |i: usize| {
            let mut sum = 0.0;
            for sample in 0..down * across {
                let at = |cell: usize, sample: usize, of: usize| {
                    (cell as f64 + (sample as f64 + 0.5) / of as f64) / PICTURE_SIDE as f64
                };
                sum +=
                    self.at(at(i % PICTURE_SIDE, sample % across, across), at(i / PICTURE_SIDE, sample / across, down));
            }
            (sum / (down * across) as f64) as f32
        };
        (0..PICTURE_SIDE * PICTURE_SIDE).map(cell).collect()
    }

    /// Bilinear, half-pixel centres, edges clamped; `u` and `v` are shares of width and height.
    fn at(&self, u: f64, v: f64) -> f64 {
        let split = |share: f64, length: usize| {
            let place = (share * length as f64 - 0.5).clamp(0.0, length as f64 - 1.0);
            let first = place as usize;
            (first, (first + 1).min(length - 1), place - first as f64)
        };
        let (left, right, across) = split(u, self.columns);
        let (top, bottom, down) = split(v, self.rows);
        let value = |row: usize, column: usize| f64::from(self.values[row * self.columns + column]);
        let upper = value(top, left) * (1.0 - across) + value(top, right) * across;
        let lower = value(bottom, left) * (1.0 - across) + value(bottom, right) * across;
        upper * (1.0 - down) + lower * down
    }
}

/// How much of each row, or column, of the picture grid lies in a range of shares.
fn overlaps([from, to]: [f64; 2]) -> [f32; PICTURE_SIDE] {
    let side = PICTURE_SIDE as f64;
    std::array::from_fn(|i| ((to * side).min(i as f64 + 1.0) - (from * side).max(i as f64)).max(0.0) as f32)
}

/// The share of a mean map's energy within the target of an image, taken as a circle: what the mean
/// map alone reaches on it.
pub fn share_in_target(picture: &[f32], image: &Image, input: [usize; 2]) -> Option<f64> {
    let [x, y, diameter] = image.target?;
    let [width, height] = [0, 1].map(|i| diameter / image.scale[i] / input[1 - i] as f64);
    // A sunflower of points covers the circle evenly.
    const POINTS: usize = 80;
    let density = |i: usize| {
        let (r, angle) = (((i as f64 + 0.5) / POINTS as f64).sqrt() / 2.0, i as f64 * 2.399_963_229_728_653);
        let [u, v] = image.in_input([x + r * diameter * angle.cos(), y + r * diameter * angle.sin()], input);
        let inside = (0.0..1.0).contains(&u) && (0.0..1.0).contains(&v);
        let cell = |share: f64| (share * PICTURE_SIDE as f64) as usize;
        if inside { f64::from(picture[cell(v) * PICTURE_SIDE + cell(u)]) } else { 0.0 }
    };
    let mean = (0..POINTS).map(density).sum::<f64>() / POINTS as f64;
    Some(mean * std::f64::consts::PI / 4.0 * width * height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_map_is_one_everywhere_after_its_least_value_would_leave_nothing() {
        let of = |value: f32, scale| Relief::of(&Map::new(7, 7, vec![value; 49]), scale);
        assert!(of(1.0, Scale::Positive).is_none(), "a constant map says nothing of places");
        assert!(of(-1.0, Scale::Positive).is_none());
        let flat = of(-2.0, Scale::Signed).unwrap();
        assert!(flat.picture().iter().all(|&v| (v - 1.0).abs() < 1e-6));
        for (part, share) in flat.parts().iter().enumerate() {
            assert!((f64::from(*share) - PICTURE_PARTS[part].area()).abs() < 1e-6, "{part}");
        }
    }

    #[test]
    fn a_corner_of_the_map_is_that_corner_of_the_picture() {
        let mut values = vec![0.0; 49];
        values[6 * 7] = 3.0;
        let parts = Relief::of(&Map::new(7, 7, values), Scale::Positive).unwrap().parts();
        assert!(parts[2] > 0.8 && parts[0] == 0.0 && parts[1] == 0.0 && parts[3] == 0.0, "{parts:?}");
        // A fine map is averaged, so that a single pixel is not missed.
        let mut fine = vec![0.0; 224 * 224];
        fine[100 * 224 + 101] = 1.0;
        let relief = Relief::of(&Map::new(224, 224, fine), Scale::Positive).unwrap();
        assert!(relief.picture().iter().any(|&v| v > 100.0));
    }

    #[test]
    fn the_disc_is_in_the_middle_of_its_grid_and_left_eyes_are_mirrored() {
        let mut values = vec![0.0; 100];
        values[2 * 10 + 7] = 1.0;
        let relief = Relief::of(&Map::new(10, 10, values), Scale::Positive).unwrap();
        let image =
            Image { target: Some([700.0, 250.0, 100.0]), scale: [10.0, 10.0], size: [1000, 1000], ..Image::default() };
        let largest = |grid: &[f32]| {
            let seen = grid.iter().enumerate().filter(|(_, v)| v.is_finite());
            let (i, _) = seen.max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
            [i % DISC_SIDE, i / DISC_SIDE]
        };
        // The cell's centre (750, 250) is half a diameter to the right of the disc's.
        let grid = relief.disc(&image, [100, 100], false).unwrap();
        assert!(
            (27..=28).contains(&largest(&grid)[0]) && (23..=24).contains(&largest(&grid)[1]),
            "{:?}",
            largest(&grid)
        );
        let mirrored = relief.disc(&image, [100, 100], true).unwrap();
        assert!((19..=20).contains(&largest(&mirrored)[0]));
        assert!(grid[0].is_nan(), "outside the picture nothing is seen");
    }

    #[test]
    fn an_even_map_gives_the_target_its_area() {
        let image = Image { target: Some([500.0, 500.0, 200.0]), scale: [10.0, 10.0], ..Image::default() };
        let share = share_in_target(&[1.0; PICTURE_SIDE * PICTURE_SIDE], &image, [100, 100]).unwrap();
        assert!((share - std::f64::consts::PI * 0.01).abs() < 1e-9);
    }
}
