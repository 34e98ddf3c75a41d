use super::{Card, How, Need, Recipe, masks};
use crate::passes::{Lab, Trial};
use crate::random::Random;
use crate::{Features, Scale};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "rise",
        title: "RISE",
        summary: "the mean score when a pixel is shown above the mean score: a thousand random masks of 7×7 soft \
            cells, half of them shown",
        advice: "Knows nothing of the network but its answers, so it serves as a judge of the others. Noise fades \
            with the square root of the number of masks.",
        paper: "Petsiuk et al. 2018, arXiv 1806.07421",
        needs: &[Need::Runs],
        scale: Scale::Signed,
    },
    how: How::TrialPixels(map),
};

const MASKS: usize = 1000;

/// Cells across a mask.
const CELLS: usize = 7;

/// The chance of a cell to be shown.
const SHOWN: f64 = 0.5;

/// `Σ_i S(f(x ⊙ M_i)) M_i / Σ_i M_i − mean_i S`, M_i random cells enlarged bilinearly and moved by
/// less than one cell.
///
/// The paper divides by the expectation of `Σ_i M_i` in place of itself, and leaves the mean score
/// in: the same but for noise and a constant.
fn map(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let image = trial.evidence.image();
    let scores = lab.scores(trial, MASKS, |i, masked| masks::multiply(&image, &mask(&image, trial.seed, i), masked));
    let mean = scores.iter().map(|&s| f64::from(s)).sum::<f64>() / scores.len() as f64;
    let (mut map, mut shown) = (vec![0.0f64; image.cells()], vec![1e-9f64; image.cells()]);
    for (i, &score) in scores.iter().enumerate() {
        let above = f64::from(score) - mean;
        for ((m, s), &v) in map.iter_mut().zip(&mut shown).zip(&mask(&image, trial.seed, i)) {
            *m += above * f64::from(v);
            *s += f64::from(v);
        }
    }
    map.iter().zip(shown).map(|(m, shown)| (m / shown) as f32).collect()
}

/// A mask of the image's size: a cell more than needed each way, enlarged, and cut at random.
fn mask(image: &Features<'_>, seed: u64, i: usize) -> Vec<f32> {
    let mut random = Random::new(seed, i as u64);
    let side = CELLS + 1;
    let cells: Vec<f32> = (0..side * side).map(|_| if random.unit() < SHOWN { 1.0 } else { 0.0 }).collect();
    let (cell_height, cell_width) = (image.height.div_ceil(CELLS), image.width.div_ceil(CELLS));
    let (height, width) = (side * cell_height, side * cell_width);
    let whole = heatlens_imaging::upsample(&cells, [side, side], [height, width]);
    let (top, left) = (random.below(cell_height), random.below(cell_width));
    let rows = whole.chunks_exact(width).skip(top).take(image.height);
    rows.flat_map(|row| &row[left..left + image.width]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_image_is_shown_everywhere() {
        let image = Features { channels: 1, height: 20, width: 31, values: &[] };
        let mut mean = vec![0.0; 20 * 31];
        (0..2000).for_each(|i| mean.iter_mut().zip(mask(&image, 3, i)).for_each(|(m, v)| *m += v / 2000.0));
        assert!(mean.iter().all(|m| (m - 0.5).abs() < 0.06), "{mean:?}");
        assert_eq!(mask(&image, 3, 5), mask(&image, 3, 5));
    }
}
