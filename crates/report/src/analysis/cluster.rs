//! Spectral clustering of heatmaps (Lapuschkin et al. 2019, "Unmasking Clever Hans predictors").

use heatlens_statistics::{Random, dot, orthonormalise, symmetric_eigen};

/// Neighbours of each map in the graph.
const NEIGHBOURS: usize = 12;
/// Most clusters that are looked for: more cannot be looked at.
const MOST_CLUSTERS: usize = 8;
/// Eigenvectors beyond those that are used, which make the others converge.
const GUARDS: usize = 4;
/// Rounds of subspace iteration.
const ROUNDS: usize = 200;
/// Groups are nearly cut off from each other: an eigenvalue of 1 a group if they were wholly.
/// Further away it is a mode of maps that vary continuously.
const MOST_OPEN: f64 = 0.06;
/// A smaller gap is rounding among groups that are wholly cut off.
const LEAST_GAP: f64 = 0.02;
/// Least share that the gap has of the distance from 1 behind it. Over 60 simulated sets, maps that
/// vary continuously give 0.24 to 0.57, three separate groups 1.00.
const LEAST_SHARE: f64 = 0.7;
/// Starts of k-means.
const STARTS: usize = 10;
/// Fewer maps are not clustered: each would have most of the others as neighbours.
pub const LEAST_MAPS: usize = 3 * NEIGHBOURS;
const STREAM: u64 = 0xC1;

/// Maps in groups.
pub struct Clustering {
    /// The group of each map; groups are numbered by falling size.
    pub of: Vec<usize>,
    /// Number of groups; one where the maps fall into none.
    pub groups: usize,
    /// Eigenvalues of the graph's normalised adjacency, falling.
    pub eigenvalues: Vec<f64>,
    /// A place for each map, in −1 to 1.
    pub places: Vec<[f64; 2]>,
    /// The maps of each group by their distance from its mean.
    pub nearest: Vec<Vec<usize>>,
}

/// Groups maps of one size and never negative values by the gap in the eigenvalues of their
/// neighbourhood graph; none for fewer than [`LEAST_MAPS`].
pub fn cluster(maps: &[&[f32]], seed: u64) -> Option<Clustering> {
    if maps.len() < LEAST_MAPS {
        return None;
    }
    let features: Vec<Vec<f32>> = maps.iter().map(|map| feature(map)).collect();
    let graph = graph(&features);
    let mut random = Random::new(seed, STREAM);
    let (eigenvalues, vectors) = leading(&graph, (MOST_CLUSTERS + GUARDS).min(maps.len()), &mut random);
    let groups = by_gap(&eigenvalues);
    let rows: Vec<Vec<f64>> = (0..maps.len()).map(|i| unit((0..groups).map(|k| vectors[k][i]).collect())).collect();
    let of = if groups == 1 { vec![0; maps.len()] } else { numbered(k_means(&rows, groups, &mut random), groups) };
    let groups = of.iter().max().map_or(1, |largest| largest + 1);
    let nearest = (0..groups).map(|group| nearest(&features, &of, group)).collect();
    Some(Clustering { places: places(&vectors), of, groups, eigenvalues, nearest })
}

/// The square root of the shares: its inner products are Bhattacharyya's overlap of two maps.
fn feature(map: &[f32]) -> Vec<f32> {
    let total: f32 = map.iter().map(|v| v.max(0.0)).sum();
    map.iter().map(|v| if total > 0.0 { (v.max(0.0) / total).sqrt() } else { 0.0 }).collect()
}

/// Each map's neighbours with symmetrically normalised weights: the graph is undirected, an edge is
/// there if one of both counts the other near.
fn graph(features: &[Vec<f32>]) -> Vec<Vec<(usize, f64)>> {
    use rayon::prelude::*;
    let n = features.len();
    let near: Vec<Vec<usize>> = (0..n)
        .into_par_iter()
        .map(|i| {
            let overlap = |j: usize| features[i].iter().zip(&features[j]).map(|(a, b)| a * b).sum::<f32>();
            let mut others: Vec<(f32, usize)> = (0..n).filter(|&j| j != i).map(|j| (overlap(j), j)).collect();
            let order = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
            others.select_nth_unstable_by(NEIGHBOURS - 1, order);
            others[..NEIGHBOURS].iter().map(|&(_, j)| j).collect()
        })
        .collect();
    let mut edges: Vec<std::collections::BTreeSet<usize>> = vec![std::collections::BTreeSet::new(); n];
    for (i, neighbours) in near.iter().enumerate() {
        for &j in neighbours {
            edges[i].insert(j);
            edges[j].insert(i);
        }
    }
    let degree: Vec<f64> = edges.iter().map(|edges| edges.len() as f64).collect();
    edges
        .iter()
        .enumerate()
        .map(|(i, edges)| edges.iter().map(|&j| (j, 1.0 / (degree[i] * degree[j]).sqrt())).collect())
        .collect()
}

/// The largest eigenvalues, falling, and their vectors, by subspace iteration on (1 + M)/2, whose
/// eigenvalues are not negative.
fn leading(graph: &[Vec<(usize, f64)>], count: usize, random: &mut Random) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = graph.len();
    let mut vectors: Vec<Vec<f64>> = (0..count).map(|_| (0..n).map(|_| random.unit() - 0.5).collect()).collect();
    let applied = |vector: &[f64]| -> Vec<f64> {
        let neighbours = |edges: &[(usize, f64)]| edges.iter().map(|&(j, weight)| weight * vector[j]).sum::<f64>();
        graph.iter().zip(vector).map(|(edges, own)| (own + neighbours(edges)) / 2.0).collect()
    };
    for _ in 0..ROUNDS {
        vectors.iter_mut().for_each(|vector| *vector = applied(&applied(&applied(vector))));
        orthonormalise(&mut vectors);
    }
    let images: Vec<Vec<f64>> = vectors.iter().map(|vector| applied(vector)).collect();
    let product = |i: usize, j: usize| (dot(&vectors[i], &images[j]) + dot(&vectors[j], &images[i])) / 2.0;
    let small: Vec<Vec<f64>> = (0..count).map(|i| (0..count).map(|j| product(i, j)).collect()).collect();
    let turned = |weights: &[f64]| -> Vec<f64> {
        (0..n).map(|i| weights.iter().zip(&vectors).map(|(weight, vector)| weight * vector[i]).sum()).collect()
    };
    symmetric_eigen(&small).iter().map(|(value, weights)| (2.0 * value - 1.0, turned(weights))).unzip()
}

/// Where the eigenvalues leave 1: of the numbers of groups that are nearly cut off, the one whose
/// gap is largest against the distance from 1 behind it.
fn by_gap(eigenvalues: &[f64]) -> usize {
    let gap = |k: usize| eigenvalues[k - 1] - eigenvalues[k];
    let share = |k: usize| gap(k) / (1.0 - eigenvalues[k]);
    let last = MOST_CLUSTERS.min(eigenvalues.len() - 1);
    let apart =
        (2..=last).filter(|&k| gap(k) >= LEAST_GAP && share(k) >= LEAST_SHARE && 1.0 - eigenvalues[k - 1] <= MOST_OPEN);
    apart.max_by(|&a, &b| share(a).total_cmp(&share(b))).unwrap_or(1)
}

fn unit(row: Vec<f64>) -> Vec<f64> {
    let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
    row.into_iter().map(|v| if length > 0.0 { v / length } else { v }).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum()
}

/// The best of several starts.
fn k_means(rows: &[Vec<f64>], groups: usize, random: &mut Random) -> Vec<usize> {
    let mut best: Option<(f64, Vec<usize>)> = None;
    for _ in 0..STARTS {
        let mut centres = spread_out(rows, groups, random);
        let mut of = vec![usize::MAX; rows.len()];
        loop {
            let nearest = |row: &Vec<f64>| {
                (0..groups)
                    .min_by(|&a, &b| distance(row, &centres[a]).total_cmp(&distance(row, &centres[b])))
                    .unwrap_or(0)
            };
            let next: Vec<usize> = rows.iter().map(nearest).collect();
            if next == of {
                break;
            }
            of = next;
            for (group, centre) in centres.iter_mut().enumerate() {
                let members: Vec<&Vec<f64>> =
                    rows.iter().zip(&of).filter(|(_, g)| **g == group).map(|(row, _)| row).collect();
                if !members.is_empty() {
                    *centre = (0..groups)
                        .map(|k| members.iter().map(|row| row[k]).sum::<f64>() / members.len() as f64)
                        .collect();
                }
            }
        }
        let cost = rows.iter().zip(&of).map(|(row, &group)| distance(row, &centres[group])).sum::<f64>();
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, of));
        }
    }
    best.map(|(_, of)| of).unwrap_or_default()
}

/// k-means++ (Arthur and Vassilvitskii 2007): far rows are likelier to be the next centre.
fn spread_out(rows: &[Vec<f64>], groups: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut centres = vec![rows[random.below(rows.len())].clone()];
    while centres.len() < groups {
        let weight: Vec<f64> = rows
            .iter()
            .map(|row| centres.iter().map(|centre| distance(row, centre)).fold(f64::INFINITY, f64::min))
            .collect();
        let mut left = random.unit() * weight.iter().sum::<f64>();
        let place = weight.iter().position(|w| {
            left -= w;
            left <= 0.0
        });
        centres.push(rows[place.unwrap_or(0)].clone());
    }
    centres
}

/// Groups renumbered by falling size; empty ones vanish.
fn numbered(of: Vec<usize>, groups: usize) -> Vec<usize> {
    let size = |group: usize| of.iter().filter(|&&g| g == group).count();
    let mut order: Vec<(usize, usize)> =
        (0..groups).map(|group| (size(group), group)).filter(|(size, _)| *size > 0).collect();
    order.sort_by_key(|&(size, group)| (std::cmp::Reverse(size), group));
    of.iter().map(|group| order.iter().position(|(_, g)| g == group).unwrap_or(0)).collect()
}

fn nearest(features: &[Vec<f32>], of: &[usize], group: usize) -> Vec<usize> {
    let mut members: Vec<usize> = (0..of.len()).filter(|&i| of[i] == group).collect();
    let cells = features[0].len();
    let mean: Vec<f32> =
        (0..cells).map(|cell| members.iter().map(|&i| features[i][cell]).sum::<f32>() / members.len() as f32).collect();
    let away = |i: usize| features[i].iter().zip(&mean).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    members.sort_by(|&a, &b| away(a).total_cmp(&away(b)).then(a.cmp(&b)));
    members
}

/// The second and third eigenvector, each scaled to its largest magnitude and turned so that the
/// largest is positive.
fn places(vectors: &[Vec<f64>]) -> Vec<[f64; 2]> {
    let scaled = |vector: &[f64]| -> Vec<f64> {
        let largest = vector.iter().fold(0.0, |a: f64, &b| if b.abs() > a.abs() { b } else { a });
        vector.iter().map(|v| if largest == 0.0 { 0.0 } else { v / largest }).collect()
    };
    let (x, y) = (scaled(&vectors[1]), scaled(&vectors[2.min(vectors.len() - 1)]));
    x.into_iter().zip(y).map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob at a place with some noise.
    fn blob(random: &mut Random, [x, y]: [f64; 2]) -> Vec<f32> {
        let (x, y) = (x + 0.06 * random.unit(), y + 0.06 * random.unit());
        let value = |i: usize| (((i % 16) as f64 / 16.0 - x).powi(2) + ((i / 16) as f64 / 16.0 - y).powi(2)) / 0.02;
        (0..256).map(|i| ((-value(i)).exp() + 0.02 * random.unit()) as f32).collect()
    }

    #[test]
    fn planted_groups_are_found_and_one_group_stays_one() {
        let mut random = Random::new(5, 0);
        let centres = [[0.2, 0.2], [0.5, 0.5], [0.1, 0.85]];
        let group = |i: usize| usize::from(i >= 150) + usize::from(i >= 250);
        let maps: Vec<Vec<f32>> = (0..300).map(|i| blob(&mut random, centres[group(i)])).collect();
        let slices: Vec<&[f32]> = maps.iter().map(Vec::as_slice).collect();
        let found = cluster(&slices, 0).unwrap();
        assert_eq!(found.groups, 3, "{:?}", found.eigenvalues);
        assert_eq!(found.of, (0..300).map(group).collect::<Vec<_>>());
        assert!(found.nearest[2].iter().all(|&i| i >= 250) && found.places.iter().flatten().all(|v| v.abs() <= 1.0));
        assert_eq!(found.of, cluster(&slices, 0).unwrap().of, "the same seed gives the same groups");

        let one: Vec<Vec<f32>> = (0..200).map(|_| blob(&mut random, [0.5, 0.5])).collect();
        let found = cluster(&one.iter().map(Vec::as_slice).collect::<Vec<_>>(), 0).unwrap();
        assert_eq!(found.groups, 1, "{:?}", found.eigenvalues);
        assert!(cluster(&slices[..20], 0).is_none());
    }
}
