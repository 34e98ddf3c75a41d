//! Places in a map: its centre of mass, its spread, its peak. Points are in edge coordinates of the
//! map's own grid.

/// Centre of mass of the positive values, and their root mean square distance from it in cells
/// along x and y. None where nothing is positive.
///
/// # Panics
/// If `values` is not `height`×`width`.
pub fn centre_of_mass(values: &[f32], [height, width]: [usize; 2]) -> Option<([f64; 2], [f64; 2])> {
    assert_eq!(values.len(), height * width, "a value a cell");
    let (mut total, mut first, mut second) = (0.0, [0.0; 2], [0.0; 2]);
    for (i, &value) in values.iter().enumerate().filter(|(_, v)| **v > 0.0) {
        let at = [(i % width) as f64 + 0.5, (i / width) as f64 + 0.5];
        total += f64::from(value);
        for axis in 0..2 {
            first[axis] += f64::from(value) * at[axis];
            second[axis] += f64::from(value) * at[axis] * at[axis];
        }
    }
    if !(total > 0.0 && total.is_finite()) {
        return None;
    }
    let centre = first.map(|s| s / total);
    Some((centre, [0, 1].map(|axis| (second[axis] / total - centre[axis] * centre[axis]).max(0.0).sqrt())))
}

/// The middle of the cell with the largest value, the first of equals in reading order. None where
/// nothing is positive.
///
/// # Panics
/// If `values` is not `height`×`width`.
pub fn peak(values: &[f32], [height, width]: [usize; 2]) -> Option<[f64; 2]> {
    assert_eq!(values.len(), height * width, "a value a cell");
    let mut best: Option<(usize, f32)> = None;
    for (i, &value) in values.iter().enumerate() {
        if value > best.map_or(0.0, |(_, largest)| largest) {
            best = Some((i, value));
        }
    }
    best.map(|(i, _)| [(i % width) as f64 + 0.5, (i / width) as f64 + 0.5])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let map = [0.0, 1.0, -5.0, 0.0, 3.0, 0.0];
        assert_eq!(peak(&map, [2, 3]), Some([1.5, 1.5]));
        let (centre, spread) = centre_of_mass(&map, [2, 3]).unwrap();
        assert_eq!((centre, spread[0]), ([1.5, 1.25], 0.0));
        assert!((spread[1] - 0.1875f64.sqrt()).abs() < 1e-12);
        assert_eq!((peak(&[0.0, -1.0], [1, 2]), centre_of_mass(&[0.0, f32::NAN], [1, 2])), (None, None));
    }
}
