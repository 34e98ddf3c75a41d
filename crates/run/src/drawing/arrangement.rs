//! Which picture stands where in a panel.

use heatlens_imaging::{Picture, Tile};

use super::scale::{ColourScale, of_one};
use super::{Board, Drawn};

/// Tiles side by side at most where nothing else says how many, the photograph among them.
const COLUMNS: usize = 6;
/// Columns of a grid at most, the photograph among them: eight layers, or methods, beside each other.
const GRID: usize = 9;

/// The tiles of an image's maps, row by row. One map stands between the photograph and the overlay.
/// Several stand as overlays: where two things differ, in a grid with layers, or else methods, as
/// columns; where one differs, side by side with their heatmaps below if one row holds them.
pub(super) fn rows(board: &Board<'_>, maps: &[Drawn], scale: ColourScale) -> Vec<Vec<Tile>> {
    match maps {
        [] => vec![vec![tile("Original", board.plain())]],
        [map] => {
            let original = tile("Original", board.original(map));
            vec![vec![original, tile("Heatmap", board.heatmap(map)), tile("Overlay", board.overlay(map))]]
        }
        several => match grid(several) {
            Some(grid) => in_grid(board, several, &grid, scale),
            None => in_rows(board, several, scale),
        },
    }
}

fn tile(title: &str, picture: Picture) -> Tile {
    Tile { title: title.into(), value: String::new(), picture }
}

/// A place that stays free.
fn nothing() -> Tile {
    tile("", Picture { width: 0, height: 0, rgb: Vec::new() })
}

/// Positions of maps, row by row; a place stays free where a row lacks a map that others have.
type Grid = Vec<Vec<Option<usize>>>;

/// The maps by what tells them apart: layers as columns where there are several, else methods.
fn grid(maps: &[Drawn]) -> Option<Grid> {
    let differs = |of: &dyn Fn(&Drawn) -> String| maps.iter().any(|map| of(map) != of(&maps[0]));
    let layer = |map: &Drawn| format!("{} {}", map.layer, map.concept);
    let method = |map: &Drawn| map.method.clone();
    let class = |map: &Drawn| map.explained.clone();
    type Key<'k> = &'k dyn Fn(&Drawn) -> String;
    let (columns, rows): (Key<'_>, Key<'_>) = match (differs(&layer), differs(&method), differs(&class)) {
        (true, true, _) | (true, false, true) => (&layer, &|map: &Drawn| format!("{} {}", map.explained, map.method)),
        (false, true, true) => (&method, &class),
        _ => return None,
    };
    let keys = |of: Key<'_>| {
        let mut keys: Vec<String> = Vec::new();
        for key in maps.iter().map(of) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    };
    let (across, down) = (keys(columns), keys(rows));
    let at = |row: &String, column: &String| maps.iter().position(|map| rows(map) == *row && columns(map) == *column);
    (across.len() < GRID)
        .then(|| down.iter().map(|row| across.iter().map(|column| at(row, column)).collect()).collect())
}

/// The photograph stands to the left of the first row.
fn in_grid(board: &Board<'_>, maps: &[Drawn], grid: &Grid, scale: ColourScale) -> Vec<Vec<Tile>> {
    let titles = titles(maps);
    let overlay = |place: &Option<usize>| {
        let Some(i) = *place else { return nothing() };
        Tile { title: titles[i].clone(), value: of_one(&maps[i], scale), picture: board.overlay(&maps[i]) }
    };
    let first = |row: usize| if row == 0 { tile("Original", board.original(&maps[0])) } else { nothing() };
    grid.iter()
        .enumerate()
        .map(|(row, places)| std::iter::once(first(row)).chain(places.iter().map(overlay)).collect())
        .collect()
}

fn in_rows(board: &Board<'_>, maps: &[Drawn], scale: ColourScale) -> Vec<Vec<Tile>> {
    let titled = titles(maps).into_iter().zip(maps);
    let mut overlays = vec![tile("Original", board.original(&maps[0]))];
    overlays.extend(titled.clone().map(|(title, map)| Tile {
        title,
        value: of_one(map, scale),
        picture: board.overlay(map),
    }));
    if overlays.len() > COLUMNS {
        // In rows of one length, a little wider than high.
        let columns = (1.4 * overlays.len() as f64).sqrt().round() as usize;
        return overlays.chunks(columns.max(1)).map(<[Tile]>::to_vec).collect();
    }
    // Under the photograph stands nothing.
    let heatmaps = titled.map(|(title, map)| tile(&format!("Heatmap · {title}"), board.heatmap(map)));
    vec![overlays, std::iter::once(nothing()).chain(heatmaps).collect()]
}

/// What tells each map from the others: class, method, layer, concept, as far as they differ.
fn titles(maps: &[Drawn]) -> Vec<String> {
    let details: [fn(&Drawn) -> &str; 4] =
        [|map| &map.explained, |map| &map.method, |map| &map.layer, |map| &map.concept];
    let differs = |detail: &fn(&Drawn) -> &str| maps.iter().any(|map| detail(map) != detail(&maps[0]));
    let shown: Vec<_> = details.into_iter().filter(differs).collect();
    let title = |map: &Drawn| {
        let words: Vec<&str> = shown.iter().map(|detail| detail(map)).filter(|words| !words.is_empty()).collect();
        words.join(" · ")
    };
    maps.iter().map(title).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    fn maps(of: &[(&str, &str, &str)]) -> Vec<Drawn> {
        of.iter().map(|(class, method, layer)| drawn(class, method, layer, 1.0)).collect()
    }

    #[test]
    fn layers_are_columns_and_methods_and_classes_are_rows() {
        let several = maps(&[("a", "m", "1"), ("a", "m", "2"), ("a", "n", "1"), ("b", "m", "2"), ("b", "m", "1")]);
        let grid = grid(&several).unwrap();
        assert_eq!(grid, [[Some(0), Some(1)], [Some(2), None], [Some(4), Some(3)]]);
        assert_eq!(titles(&several)[2], "a · n · 1");
        let methods = maps(&[("a", "m", "1"), ("b", "m", "1"), ("a", "n", "1"), ("b", "n", "1")]);
        assert_eq!(super::grid(&methods).unwrap(), [[Some(0), Some(2)], [Some(1), Some(3)]], "methods across");
        assert_eq!(super::grid(&maps(&[("a", "m", "1"), ("b", "m", "1")])), None);
        let layers: Vec<String> = (0..20).map(|i| i.to_string()).collect();
        let many: Vec<Drawn> = ["a", "b"].iter().flat_map(|c| layers.iter().map(|l| drawn(c, "m", l, 1.0))).collect();
        assert_eq!(super::grid(&many), None, "no panel is that wide");
    }
}
