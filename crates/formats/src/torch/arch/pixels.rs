//! How timm prepared photographs for networks that it trained with other pixels than ImageNet's mean and
//! deviation: its `default_cfg`.

use crate::Preparation;

/// A network a line: name, side, three means, three deviations, the part that is looked at, the filter
/// (`tests/golden/arch/pixels.py` writes it).
const TABLE: &str = include_str!("pixels.txt");

/// What timm says of the network of this name.
pub(super) fn of_timm(name: &str) -> Option<Preparation> {
    let line = TABLE.lines().map(|line| line.split(' ').collect::<Vec<_>>()).find(|line| line[0] == name)?;
    let [_, side, pixels @ .., crop, interpolation] = &line[..] else { return None };
    let side = side.parse().ok()?;
    let pixels: Vec<f32> = pixels.iter().map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let (mean, std) = pixels.split_at_checked(3)?;
    Some(Preparation {
        input: [side; 2],
        mean: mean.to_vec(),
        std: std.to_vec(),
        crop: crop.parse().ok()?,
        mode: "center".into(),
        interpolation: (*interpolation).into(),
        by: format!("timm trained {name}, whose weights these may go back to"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::*;

    #[test]
    fn every_line_tells_of_a_network_that_is_read() {
        let names = names();
        for name in TABLE.lines().filter_map(|line| line.split(' ').next()) {
            let told = of_timm(name).unwrap_or_else(|| panic!("the line of {name} cannot be read"));
            assert!(names.contains(&name) && told.mean.len() == 3 && told.std.iter().all(|std| *std > 0.0), "{name}");
        }
        assert_eq!(of_timm("inception_v4").map(|told| (told.input, told.mean)), Some(([299; 2], vec![0.5; 3])));
        assert!(of_timm("resnet50").is_none());
    }
}
