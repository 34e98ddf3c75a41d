//! What full colour stands for, and how that is said.

use super::Drawn;

/// Maps that share what full colour stands for, so that their colours can be compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourScale {
    /// None: each map's own maximum.
    #[default]
    Map,
    /// The maps of one image by one method at one layer: the largest of its classes.
    Classes,
    /// All images of a run, by one method at one layer.
    Run,
}

impl ColourScale {
    /// Every scale: its name, and what full colour is.
    pub const ALL: [(ColourScale, &'static str, &'static str); 3] = [
        (ColourScale::Map, "map", "each map's own maximum"),
        (ColourScale::Classes, "classes", "the largest of an image's classes, so that these can be compared"),
        (
            ColourScale::Run,
            "run",
            "the largest of the whole run, so that all images can be compared; every image is explained twice",
        ),
    ];

    /// The scale of this name.
    pub fn named(name: &str) -> Option<ColourScale> {
        ColourScale::ALL.iter().find(|(_, known, _)| *known == name).map(|(scale, ..)| *scale)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        ColourScale::ALL.iter().find(|(known, ..)| *known == self).map_or("map", |(_, name, _)| name)
    }
}

/// What a panel says of the scale of its maps; nothing without maps.
pub(super) fn words(maps: &[Drawn], scale: ColourScale) -> Option<String> {
    let first = maps.first()?;
    let (full, peak) = (first.full.unwrap_or(0.0), first.peak);
    let shared = maps.iter().all(|map| map.full == first.full && map.full.is_some());
    Some(match (scale, maps) {
        _ if maps.iter().all(|map| map.peak <= 0.0) => "every map is empty".to_owned(),
        (ColourScale::Map, [_]) => format!("1.00 = this map's maximum, {}", number(peak)),
        (ColourScale::Classes, [_]) if shared => format!("1.00 = this map's maximum, {}", number(peak)),
        (ColourScale::Classes, _) if shared => format!("1.00 = the largest of these maps, {}", number(full)),
        (ColourScale::Run, [_]) if shared => {
            format!("1.00 = the run's largest, {}; this map's maximum is {}", number(full), number(peak))
        }
        (ColourScale::Run, _) if shared => format!("1.00 = the run's largest, {}", number(full)),
        (ColourScale::Map, _) => "1.00 = each map's own maximum, above it".to_owned(),
        (ColourScale::Classes, _) => "1.00 = the largest by each method and layer, above each map".to_owned(),
        (ColourScale::Run, _) => "1.00 = the run's largest by each method and layer, above each map".to_owned(),
    })
}

/// What a map among several says of its own.
pub(super) fn of_one(map: &Drawn, scale: ColourScale) -> String {
    match map.full {
        _ if map.inscription.is_some() => String::new(),
        Some(full) if scale != ColourScale::Map => {
            format!("maximum {} (1.00 = {})", number(map.peak), number(full))
        }
        _ => format!("1.00 = {}", number(map.peak)),
    }
}

/// Three digits that say something.
pub(crate) fn number(value: f32) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{value:.2e}"),
        size => format!("{value:.*}", (2 - size.log10().floor() as i32).clamp(0, 5) as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let written: Vec<String> = [0.0, 0.4213, 0.00123, 4.126, 41.26, 412.6, 2.5e-5].map(number).into();
        assert_eq!(written, ["0", "0.421", "0.00123", "4.13", "41.3", "413", "2.50e-5"]);
    }

    #[test]
    fn what_full_colour_is_follows_the_scale() {
        let own = [drawn("a", "m", "l", 0.42), drawn("b", "m", "l", 2.0)];
        let said = |maps: &[Drawn], scale| words(maps, scale).unwrap();
        assert_eq!(said(&own[..1], ColourScale::Map), "1.00 = this map's maximum, 0.420");
        assert_eq!(said(&own, ColourScale::Map), "1.00 = each map's own maximum, above it");
        assert_eq!(of_one(&own[1], ColourScale::Map), "1.00 = 2.00");
        let shared = own.clone().map(|map| Drawn { full: Some(2.0), ..map });
        assert_eq!(said(&shared, ColourScale::Classes), "1.00 = the largest of these maps, 2.00");
        assert_eq!(of_one(&shared[0], ColourScale::Classes), "maximum 0.420 (1.00 = 2.00)");
        let run = "1.00 = the run's largest, 2.00; this map's maximum is 0.420";
        assert_eq!(said(&shared[..1], ColourScale::Run), run);
        // Two methods have two scales.
        assert!(said(&own, ColourScale::Run).starts_with("1.00 = the run's largest by each method"));
        assert_eq!(said(&[drawn("a", "m", "l", 0.0)], ColourScale::Map), "every map is empty");
        assert_eq!(words(&[], ColourScale::Map), None);
        assert!(ColourScale::ALL.iter().all(|(scale, name, _)| ColourScale::named(name) == Some(*scale)));
    }
}
