use super::{Card, How, Need, Recipe};
use crate::Scale;

pub(super) const RECIPE: Recipe = Recipe {
    card: Card {
        name: "finercam",
        title: "FinerCAM",
        summary: "GradCAM of what sets the class apart from the three most similar ones",
        advice: "Classes that resemble each other: what tells this one from its nearest. Of two classes it is the \
            contrast of both.",
        paper: "Zhang et al. 2025, arXiv 2501.11309",
        needs: &[Need::Activations, Need::Gradients],
        scale: Scale::Positive,
    },
    how: How::OwnScore(seed, super::mean_gradients),
};

/// How many classes are compared with.
const COMPARED: usize = 3;

/// GradCAM of the score `Σ_j p_j (z_c − α z_j) / (Σ_j p_j + 1e-9)`, α = 1, j the classes whose
/// logits come nearest to z_c, p the softmax of all logits.
///
/// The derivative of the score, that of the probabilities included:
/// `∂S/∂z_m = Σ_j [p_j (δ_cm − δ_jm) + (p_j (δ_jm − p_m)) (z_c − z_j − S)] / P`, P = Σ_j p_j +
/// 1e-9.
fn seed(logits: &[f32], class: usize) -> Vec<f32> {
    let z: Vec<f64> = logits.iter().map(|&v| f64::from(v)).collect();
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = z.iter().map(|v| (v - max).exp()).sum();
    let p: Vec<f64> = z.iter().map(|v| (v - max).exp() / total).collect();
    let similar = most_similar(&z, class);
    let weight = similar.iter().map(|&j| p[j]).sum::<f64>() + 1e-9;
    let score = similar.iter().map(|&j| p[j] * (z[class] - z[j])).sum::<f64>() / weight;
    let is = |a: usize, b: usize| if a == b { 1.0 } else { 0.0 };
    let derivative = |m: usize| {
        let of = |&j: &usize| p[j] * (is(class, m) - is(j, m)) + p[j] * (is(j, m) - p[m]) * (z[class] - z[j] - score);
        (similar.iter().map(of).sum::<f64>() / weight) as f32
    };
    (0..z.len()).map(derivative).collect()
}

/// The classes whose logits are nearest to that of `class`, itself left out.
fn most_similar(logits: &[f64], class: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..logits.len()).filter(|&j| j != class).collect();
    others.sort_by(|&a, &b| (logits[a] - logits[class]).abs().total_cmp(&(logits[b] - logits[class]).abs()));
    others.truncate(COMPARED);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(z: &[f64], class: usize, similar: &[usize]) -> f64 {
        let total: f64 = z.iter().map(|v| v.exp()).sum();
        let p = |j: usize| z[j].exp() / total;
        let weight = similar.iter().map(|&j| p(j)).sum::<f64>() + 1e-9;
        similar.iter().map(|&j| p(j) * (z[class] - z[j])).sum::<f64>() / weight
    }

    #[test]
    fn the_seed_is_the_derivative_of_the_score() {
        let logits = [0.3f32, -1.2, 0.9, 2.0, -0.4];
        let z = logits.map(f64::from);
        let similar = most_similar(&z, 2);
        assert_eq!(similar, [0, 3, 4]);
        for (m, got) in seed(&logits, 2).into_iter().enumerate() {
            let moved = |step: f64| {
                let mut z = z;
                z[m] += step;
                score(&z, 2, &similar)
            };
            let expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((f64::from(got) - expected).abs() < 1e-6, "{m}: {got} instead of {expected}");
        }
    }

    #[test]
    fn of_two_classes_it_explains_the_difference() {
        let seed = seed(&[1.0, -0.5], 0);
        assert!((seed[0] - 1.0).abs() < 1e-6 && (seed[1] + 1.0).abs() < 1e-6);
    }
}
