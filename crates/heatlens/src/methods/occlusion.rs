use super::{Card, How, Need, Recipe};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "occlusion",
        title: "Occlusion",
        summary: "how much of the score is lost when a window of the image is covered with the mean colour, window by \
            window",
        advice: "The plainest question one can ask, and no gradient in it. Coarse; what two places both show is lost \
            in neither.",
        paper: "Zeiler and Fergus 2014, arXiv 1311.2901",
        needs: &[Need::Runs],
        scale: Scale::Signed,
    },
    how: How::TrialPixels(map),
};

/// Windows side by side across the image; they overlap by half.
const ACROSS: usize = 7;

/// At each pixel the mean of `S(x) − S(x with the window set to 0)` over the windows that cover it,
/// x the preprocessed image.
fn map(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let image = trial.evidence.image();
    let (rows, columns) = (windows(image.height), windows(image.width));
    let windows: Vec<_> =
        rows.iter().flat_map(|row| columns.iter().map(move |column| (row.clone(), column.clone()))).collect();
    let scores = lab.scores(trial, windows.len(), |i, covered| {
        covered.copy_from_slice(image.values);
        let (rows, columns) = &windows[i];
        for channel in covered.chunks_exact_mut(image.cells()) {
            rows.clone().for_each(|y| channel[y * image.width..][columns.clone()].fill(0.0));
        }
    });
    let mut map = vec![0.0; image.cells()];
    let mut times = vec![0.0f32; image.cells()];
    for (score, (rows, columns)) in scores.iter().zip(&windows) {
        for at in rows.clone().flat_map(|y| columns.clone().map(move |x| y * image.width + x)) {
            map[at] += trial.value - score;
            times[at] += 1.0;
        }
    }
    map.iter_mut().zip(times).for_each(|(m, times)| *m /= times);
    map
}

/// Where the windows lie along one side of the image; the last one ends with it.
fn windows(extent: usize) -> Vec<std::ops::Range<usize>> {
    let size = extent.div_ceil(ACROSS);
    let step = (size / 2).max(1);
    let last = extent - size;
    (0..=last.div_ceil(step)).map(|i| (i * step).min(last)).map(|start| start..start + size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_by_half_and_cover_everything() {
        assert_eq!(windows(224).len(), 13);
        assert_eq!(windows(224)[12], 192..224);
        for extent in 1..50 {
            let windows = windows(extent);
            assert!(windows[0].start == 0 && windows[windows.len() - 1].end == extent);
            assert!(windows.windows(2).all(|pair| pair[1].start <= pair[0].end), "{extent}: {windows:?}");
        }
    }
}
