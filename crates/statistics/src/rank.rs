//! Ranks with ties.

/// Ranks of finite values from 1, ties sharing their mean.
pub(super) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start]];
        let end = start + order[start..].iter().take_while(|&&i| values[i] == value).count();
        // The mean of start+1 ..= end.
        order[start..end].iter().for_each(|&i| ranks[i] = (start + 1 + end) as f64 / 2.0);
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.0, -0.0, 3.0]), [5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
        assert!(ranks(&[]).is_empty());
    }
}
