//! A few of many images that stand for all: as many of each group as of any other.

use heatlens_record::are;

/// Items in groups, and how many of each group stay where at most so many may: as many of each as of
/// any other, as far as there are so many. Those of no group stay only where the others leave room.
/// Where there are more groups than may stay, they are one.
pub struct Shares {
    /// The group of each item.
    pub of: Vec<usize>,
    /// How many of each group stay.
    pub shares: Vec<usize>,
    sizes: Vec<usize>,
}

impl Shares {
    /// Of items with these groups.
    pub fn of<K: Ord>(groups: &[Option<K>], most: usize) -> Shares {
        let mut named: Vec<&K> = groups.iter().flatten().collect();
        named.sort_unstable();
        named.dedup();
        let position = |group: &K| if named.len() > most { 0 } else { named.partition_point(|known| *known < group) };
        let none = if named.len() > most { 1 } else { named.len() };
        let of: Vec<usize> = groups.iter().map(|group| group.as_ref().map_or(none, position)).collect();
        let mut sizes = vec![0; none + 1];
        of.iter().for_each(|&group| sizes[group] += 1);
        // The smallest first, so that the larger ones can give what it cannot.
        let mut order: Vec<usize> = (0..none).collect();
        order.sort_by_key(|&group| sizes[group]);
        order.push(none);
        let (mut shares, mut left) = (vec![0; none + 1], most);
        for (done, &group) in order.iter().enumerate() {
            shares[group] = sizes[group].min(left / none.saturating_sub(done).max(1));
            left -= shares[group];
        }
        Shares { of, shares, sizes }
    }
}

/// Which of the items stay where at most `most` may: the [`Shares`] of their groups, each from its
/// beginning to its end at equal distances. The same items give the same answer.
pub fn spread<K: Ord>(groups: &[Option<K>], most: usize) -> Vec<bool> {
    let Shares { of, shares, sizes } = Shares::of(groups, most);
    let mut seen = vec![0; sizes.len()];
    let stays = |group: usize| {
        seen[group] += 1;
        (seen[group] - 1) * shares[group] % sizes[group] < shares[group]
    };
    of.into_iter().map(stays).collect()
}

/// Keeps those that stay, and says so where others do not.
pub fn keep<T>(items: &mut Vec<T>, stays: &[bool], over: &str) -> Option<String> {
    let (all, mut position) = (items.len(), 0..);
    items.retain(|_| stays[position.next().expect("endless")]);
    let kept = items.len();
    (kept < all)
        .then(|| format!("{kept} of {all} images {} used, spread evenly over their {over} (--limit)", are(kept)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(groups: &str, most: usize) -> String {
        let of: Vec<Option<char>> = groups.chars().map(|group| (group != '.').then_some(group)).collect();
        let stays = spread(&of, most);
        groups.chars().zip(stays).map(|(group, stays)| if stays { group } else { '-' }).collect()
    }

    #[test]
    fn each_group_has_its_share_and_keeps_its_order() {
        assert_eq!(kept("aaaabbbb", 4), "a-a-b-b-");
        assert_eq!(kept("aaaabbbb", 2), "a---b---");
        assert_eq!(kept("abababab", 4), "ab--ab--");
        assert_eq!(kept("aaaaaabc", 5), "a-a-a-bc");
        assert_eq!(kept("aaabbbccc", 4).matches(['a', 'b', 'c']).count(), 4);
        assert_eq!(kept("aabb", 9), "aabb");
        assert_eq!(kept("aabb", 0), "----");
        // More groups than may stay are one.
        assert_eq!(kept("abcdef", 3), "a-c-e-");
    }

    #[test]
    fn what_is_of_no_group_gives_way() {
        assert_eq!(kept("..a..b..", 2), "--a--b--");
        assert_eq!(kept("..a..b..", 4), ".-a-.b--");
        assert_eq!(kept("......", 3), ".-.-.-");
    }
}
