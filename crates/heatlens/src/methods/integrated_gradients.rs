use super::{Card, How, Need, Recipe};
use crate::Scale;
use crate::passes::{Lab, Trial};

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "integrated-gradients",
        title: "Integrated gradients",
        summary: "x ⊙ the mean gradient on the way from the mean colour to the image: what each pixel adds to the \
            score, and it adds up",
        advice: "Where the pixels' shares must sum to the score. What has the colour of the baseline gets no share, \
            however much it matters.",
        paper: "Sundararajan et al. 2017, arXiv 1703.01365",
        needs: &[Need::ImageGradientRuns],
        scale: Scale::Signed,
    },
    how: How::TrialPixels(map),
};

/// Points on the way at first, and at most.
const POINTS: usize = 50;
const MOST_POINTS: usize = 400;

/// How far the sum of the map may be from the difference of the scores, as a share of it.
const TOLERANCE: f64 = 0.01;

/// `Σ_channels x ⊙ ∫₀¹ ∂S/∂x(αx) dα`, x the preprocessed image, by Gauss–Legendre quadrature.
///
/// The map sums to `S(x) − S(0)`. Where 50 points leave more than 1 % of that unaccounted for,
/// twice as many are taken, and so on up to 400. Where the two scores all but agree, 1 % of a
/// twentieth of the map's own size counts.
fn map(trial: &Trial<'_>, lab: &mut Lab<'_>) -> Vec<f32> {
    let mut points = POINTS;
    loop {
        let (map, baseline) = integral(trial, lab, points);
        let difference = f64::from(trial.value - baseline);
        let sum: f64 = map.iter().sum();
        let size = difference.abs().max(0.05 * map.iter().map(|v| v.abs()).sum::<f64>());
        if (sum - difference).abs() <= TOLERANCE * size || points >= MOST_POINTS {
            return map.into_iter().map(|v| v as f32).collect();
        }
        points *= 2;
    }
}

/// The map from this many points, and the score of the baseline.
fn integral(trial: &Trial<'_>, lab: &mut Lab<'_>, points: usize) -> (Vec<f64>, f32) {
    let image = trial.evidence.image();
    let nodes = gauss_legendre(points);
    let mut mean = vec![0.0f64; image.values.len()];
    let mut baseline = 0.0;
    lab.gradients(
        trial,
        points + 1,
        // The first run is the baseline itself.
        |run, scaled| {
            let at = if run == 0 { 0.0 } else { nodes[run - 1].0 as f32 };
            scaled.iter_mut().zip(image.values).for_each(|(s, x)| *s = at * x);
        },
        |run, evidence, value| match run {
            0 => baseline = value,
            _ => {
                let weight = nodes[run - 1].1;
                mean.iter_mut().zip(evidence.image_gradient().values).for_each(|(m, &g)| *m += weight * f64::from(g));
            }
        },
    );
    let mut map = vec![0.0; image.cells()];
    for (x, g) in image.iter().zip(mean.chunks_exact(image.cells())) {
        map.iter_mut().zip(x.iter().zip(g)).for_each(|(m, (&x, g))| *m += f64::from(x) * g);
    }
    (map, baseline)
}

/// Points in 0…1 and their weights: the roots of the Legendre polynomial by Newton's method.
fn gauss_legendre(points: usize) -> Vec<(f64, f64)> {
    let n = points as f64;
    let root = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..10 {
            let (mut previous, mut current) = (1.0, x);
            for k in 2..=points {
                let k = k as f64;
                (previous, current) = (current, ((2.0 * k - 1.0) * x * current - (k - 1.0) * previous) / k);
            }
            slope = n * (x * current - previous) / (x * x - 1.0);
            x -= current / slope;
        }
        (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..points).map(root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadrature_is_exact_for_polynomials() {
        for points in [2, 5, 50] {
            let nodes = gauss_legendre(points);
            for power in 0..(2 * points as i32).min(20) {
                let integral: f64 = nodes.iter().map(|(x, weight)| weight * x.powi(power)).sum();
                assert!(
                    (integral - 1.0 / f64::from(power + 1)).abs() < 1e-13,
                    "{points} points, x^{power}: {integral}"
                );
            }
        }
    }
}
