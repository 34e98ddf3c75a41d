//! Where a map looks: shares of zones, pointing, centre and peak.

use heatlens::metrics::localisation::{average_precision, pointing_game};
use heatlens::{Heatmap, InputSpec, Map};
use heatlens_imaging::Affine;

use heatlens_anatomy::{Role, ZoneCard, Zoning};
use heatlens_record::MapRow;

/// How far the disc is moved to see what a figure owes to its exact place, in its diameters.
const TOLERANCE: f64 = 0.1;
/// Places that chance is averaged over: the map moved around the picture, edges joined, by
/// fractions that do not repeat.
const CHANCE: [[f64; 2]; 12] = [
    [0.13, 0.37],
    [0.29, 0.71],
    [0.41, 0.19],
    [0.53, 0.83],
    [0.61, 0.47],
    [0.73, 0.11],
    [0.87, 0.59],
    [0.19, 0.91],
    [0.37, 0.53],
    [0.67, 0.29],
    [0.79, 0.79],
    [0.47, 0.67],
];
/// Cells along the longer side in which the tolerance and chance are counted: finer than maps' own
/// cells, and fine enough for the disc's shape.
const CELLS: usize = 56;
/// Pixels of an input of 224 by which the maximum may miss the target and still point at it.
const NEAR: f64 = 15.0;

/// What every map of one image is measured against.
pub struct Ground<'a> {
    cards: &'a [ZoneCard],
    zoning: &'a dyn Zoning,
    size: [usize; 2],
    to_photograph: Affine,
    labels: Vec<u8>,
    /// Labels with the disc moved, on the coarse grid.
    moved: Vec<Vec<u8>>,
    target: Vec<bool>,
}

impl<'a> Ground<'a> {
    /// The zones of an image in the grid of the network's input.
    pub fn new(cards: &'a [ZoneCard], zoning: &'a dyn Zoning, input: InputSpec, to_photograph: Affine) -> Ground<'a> {
        let size = input.size();
        let labels = zoning.labels(size, &to_photograph, [0.0; 2]);
        let coarse = coarsened(size);
        let to_coarse = Affine::scaling(coarse, size).then(&to_photograph);
        let moved = match zoning.has_target() {
            true => [[TOLERANCE, 0.0], [-TOLERANCE, 0.0], [0.0, TOLERANCE], [0.0, -TOLERANCE]]
                .iter()
                .map(|&shift| zoning.labels(coarse, &to_coarse, shift))
                .collect(),
            false => Vec::new(),
        };
        let target = labels.iter().map(|&zone| cards[usize::from(zone)].role == Role::Target).collect();
        Ground { cards, zoning, size, to_photograph, labels, moved, target }
    }

    /// The share of the input's area in each zone.
    pub fn areas(&self) -> Vec<f32> {
        let ones = vec![1.0; self.labels.len()];
        shares(&ones, &self.labels, self.cards.len())
    }

    /// The zone of each input pixel.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Whether the target structure is known and in the picture.
    pub fn has_target(&self) -> bool {
        self.target.contains(&true)
    }

    /// Adds to a row what the finished map says about the zones.
    fn measure(&self, row: &mut MapRow, map: &Map, raw: [usize; 2]) {
        let zones = self.cards.len();
        row.shares = shares(&map.values, &self.labels, zones);
        let coarse = pooled(map);
        let moved: Vec<Vec<f32>> = self.moved.iter().map(|labels| shares(&coarse, labels, zones)).collect();
        let extreme = |pick: fn(f32, f32) -> f32| -> Vec<f32> {
            let of_zone =
                |(zone, &share): (usize, &f32)| moved.iter().fold(share, |extreme, shares| pick(extreme, shares[zone]));
            row.shares.iter().enumerate().map(of_zone).collect()
        };
        (row.shares_low, row.shares_high) = (extreme(f32::min), extreme(f32::max));
        row.shares_chance = self.chance(&coarse);
        let grid = Affine::scaling(raw, self.size).then(&self.to_photograph);
        row.cells_per_target = self.zoning.cells_across(&grid);
        if self.has_target() {
            let near = NEAR * self.size[1] as f64 / 224.0;
            row.pointing = pointing_game(&map.values, &self.target, map.width, 0.0).ok().map(|hit| hit > 0.5);
            row.pointing_near = pointing_game(&map.values, &self.target, map.width, near).ok().map(|hit| hit > 0.5);
            row.auprc = average_precision(&map.values, &self.target).ok();
            row.auprc_chance =
                Some(self.target.iter().filter(|&&inside| inside).count() as f64 / self.target.len() as f64);
        }
    }

    /// The mean share of each zone over copies of the map moved around the picture.
    fn chance(&self, coarse: &[f32]) -> Vec<f32> {
        let ([height, width], step) = (coarsened(self.size), step(self.size));
        let of_cell = |i: usize| {
            let [y, x] = [i / width, i % width].map(|cell| cell * step + step / 2);
            self.labels[y.min(self.size[0] - 1) * self.size[1] + x.min(self.size[1] - 1)]
        };
        let labels: Vec<u8> = (0..height * width).map(of_cell).collect();
        let zones = self.cards.len();
        let mut mean = vec![0.0; zones];
        for [y, x] in CHANCE {
            let (down, right) = ((y * height as f64) as usize, (x * width as f64) as usize);
            let moved: Vec<f32> = (0..height)
                .flat_map(|row| {
                    let row = &coarse[(row + down) % height * width..][..width];
                    row[right..].iter().chain(&row[..right]).copied()
                })
                .collect();
            mean.iter_mut()
                .zip(shares(&moved, &labels, zones))
                .for_each(|(mean, share)| *mean += share / CHANCE.len() as f32);
        }
        mean
    }
}

/// The row of a map; `ground` where the photograph was divided into zones.
pub fn row(
    case: usize,
    map: &Heatmap,
    class: &str,
    layer: Option<&str>,
    size: [usize; 2],
    ground: Option<&Ground<'_>>,
) -> MapRow {
    let mut finished = map.finish(size);
    // A signed map is judged by its magnitude: against the class is looking, too.
    finished.values.iter_mut().for_each(|v| *v = v.abs());
    let energy: f64 = finished.values.iter().map(|&v| f64::from(v)).sum();
    let mut row = MapRow {
        case,
        class: class.to_owned(),
        method: map.method.card().name.to_owned(),
        layer: layer.map(str::to_owned),
        score: map.value.into(),
        rows: map.raw.height,
        columns: map.raw.width,
        values: map.raw.values.clone(),
        scale: map.scale.name().to_owned(),
        empty: map.is_empty(),
        finite: map.raw.is_finite(),
        ..MapRow::default()
    };
    if !row.finite || energy <= 0.0 {
        return row;
    }
    places(&mut row, &finished, ground);
    if let Some(ground) = ground {
        ground.measure(&mut row, &finished, [map.raw.height, map.raw.width]);
        if row.cells_per_target.is_none_or(|cells| cells < 3.0) {
            row.peak_sector = None;
        }
    }
    row
}

/// Centre of mass, spread and maximum.
fn places(row: &mut MapRow, map: &Map, ground: Option<&Ground<'_>>) {
    let (mut sum, mut x_sum, mut y_sum, mut squares) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
    let mut peak = (f32::NEG_INFINITY, [0.0; 2]);
    for (i, &value) in map.values.iter().enumerate() {
        let (x, y, v) = ((i % map.width) as f64 + 0.5, (i / map.width) as f64 + 0.5, f64::from(value));
        (sum, x_sum, y_sum, squares) = (sum + v, x_sum + v * x, y_sum + v * y, squares + v * (x * x + y * y));
        if value > peak.0 {
            peak = (value, [x, y]);
        }
    }
    let centre = [x_sum / sum, y_sum / sum];
    let [width, height] = [map.width as f64, map.height as f64];
    let variance = (squares / sum - centre[0] * centre[0] - centre[1] * centre[1]).max(0.0);
    row.spread = Some(variance.sqrt() / f64::hypot(width, height));
    (row.centre_x, row.centre_y) = (Some(centre[0] / width), Some(centre[1] / height));
    (row.peak_x, row.peak_y) = (Some(peak.1[0] / width), Some(peak.1[1] / height));
    let Some(ground) = ground else { return };
    let place = |point: [f64; 2]| ground.zoning.place(ground.to_photograph.apply(point));
    if let Some(place) = place(centre) {
        (row.centre_r, row.centre_theta) = (Some(place.r), Some(place.theta));
    }
    if let Some(place) = place(peak.1) {
        (row.peak_r, row.peak_theta) = (Some(place.r), Some(place.theta));
        row.peak_sector = place.sector.map(str::to_owned);
    }
}

/// Pixels a side of a cell of the coarse grid.
fn step([height, width]: [usize; 2]) -> usize {
    (height.max(width) / CELLS).max(1)
}

fn coarsened(size: [usize; 2]) -> [usize; 2] {
    size.map(|side| side.div_ceil(step(size)))
}

/// The map on the coarse grid: sums of pixels, so that shares stay the same.
fn pooled(map: &Map) -> Vec<f32> {
    let ([height, width], step) = (coarsened([map.height, map.width]), step([map.height, map.width]));
    let mut coarse = vec![0.0; height * width];
    for (y, row) in map.values.chunks_exact(map.width).enumerate() {
        let sums = &mut coarse[y / step * width..][..width];
        row.iter().enumerate().for_each(|(x, value)| sums[x / step] += value);
    }
    coarse
}

/// The share of the values' sum in each zone.
fn shares(values: &[f32], labels: &[u8], zones: usize) -> Vec<f32> {
    let mut sums = vec![0.0f64; zones];
    values.iter().zip(labels).for_each(|(&value, &zone)| sums[usize::from(zone)] += f64::from(value));
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| if total > 0.0 { (sum / total) as f32 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use heatlens::{Method, Scale, Score};

    use super::*;

    #[test]
    fn a_signed_map_is_measured_by_its_magnitude_whatever_its_sum() {
        let measured = |values: [f32; 4]| {
            let raw = Map::new(2, 2, values.to_vec());
            let map = Heatmap {
                method: Method::InputGradient,
                layer: None,
                score: Score::logit(1),
                value: 0.5,
                part: None,
                raw,
                scale: Scale::Signed,
            };
            row(0, &map, "glaucoma", None, [2, 2], None)
        };
        let (against, for_it) = (measured([0.0, -3.0, 0.0, 1.0]), measured([0.0, 3.0, 0.0, 1.0]));
        assert_eq!((against.centre_y, against.peak_x), (for_it.centre_y, for_it.peak_x));
        assert!(against.spread.is_some() && against.scale == "signed");
    }
}
