//! Ranks with ties.

/// Ranks from 1, ties sharing their mean, and Σ(t³ − t) over groups of t ties.
pub(super) struct Ranks {
    pub(super) ranks: Vec<f64>,
    pub(super) tie_term: f64,
}

impl Ranks {
    /// Ranks of finite values.
    pub(super) fn of(values: &[f64]) -> Ranks {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
        let mut ranks = vec![0.0; values.len()];
        let mut tie_term = 0.0;
        let mut start = 0;
        while start < order.len() {
            let value = values[order[start]];
            let end = start + order[start..].iter().take_while(|&&i| values[i] == value).count();
            // The mean of start+1 ..= end.
            let rank = (start + 1 + end) as f64 / 2.0;
            order[start..end].iter().for_each(|&i| ranks[i] = rank);
            let ties = (end - start) as f64;
            tie_term += ties * ties * ties - ties;
            start = end;
        }
        Ranks { ranks, tie_term }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        let ranks = Ranks::of(&[3.0, 1.0, 3.0, 0.0, -0.0, 3.0]);
        assert_eq!(ranks.ranks, [5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
        assert_eq!(ranks.tie_term, 24.0 + 6.0);
        assert!(Ranks::of(&[]).ranks.is_empty());
    }
}
