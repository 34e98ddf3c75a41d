//! Places that are looked through for marks where nobody thought of a region: squares and strips of
//! the picture, and the surroundings of the disc. Each is compared with the others of its pattern, so
//! that none costs more than its own picture.

use std::f64::consts::TAU;

use super::causes::{Subject, Tested, rectangle};
use super::controls::CONTROLS;
use heatlens_anatomy::Role;
use heatlens_record::regions::{AROUND, AROUND_RADII, SCANNED, ScannedPlace};

/// A scanned place of the picture may hold at most this share of places where signs lie.
const MOST_SIGNS: f64 = 0.2;
/// A sector is left out where more than this share of it lies off the retina or the picture.
const MOST_CUT: f64 = 0.1;
/// Steps outwards and around in which the look of a sector is told.
const LOOK: [usize; 2] = [4, 5];

/// Adds the squares and strips of the picture that carry no sign on this image.
pub fn picture(subject: &Subject<'_>, tested: &mut Vec<Tested>, masks: &mut Vec<Vec<bool>>) {
    let Some(ground) = subject.ground.filter(|ground| ground.has_target()) else { return };
    let is = |wanted: fn(Role) -> bool| -> Vec<bool> {
        ground.labels().iter().map(|&zone| wanted(subject.cards[usize::from(zone)].role)).collect()
    };
    let (target, signs) = (is(|role| role == Role::Target), is(|role| role == Role::Plausible));
    let on = |mask: &[bool], of: &[bool]| mask.iter().zip(of).filter(|(a, b)| **a && **b).count() as f64;
    let drawn = SCANNED.iter().map(|place| (place, rectangle(place.rows, place.columns, subject.input.size())));
    let free: Vec<(&ScannedPlace, Vec<bool>)> = drawn
        .filter(|(_, mask)| {
            let area = mask.iter().filter(|&&inside| inside).count() as f64;
            on(mask, &target) == 0.0 && on(mask, &signs) <= MOST_SIGNS * area
        })
        .collect();
    // Where too few of a pattern are left to be compared, none of them is asked about.
    let alike = |place: &ScannedPlace| free.iter().filter(|(other, _)| other.pattern == place.pattern).count();
    let enough: Vec<bool> = free.iter().map(|(place, _)| alike(place) > CONTROLS).collect();
    let mut found: Vec<(&ScannedPlace, usize, f64)> = Vec::new();
    for ((place, mask), _) in free.into_iter().zip(enough).filter(|(_, enough)| *enough) {
        found.push((place, masks.len(), share(&mask)));
        masks.push(mask);
    }
    let apart = |a: &ScannedPlace, b: &ScannedPlace| {
        let is_across = |a: [f64; 2], b: [f64; 2]| a[1] <= b[0] || b[1] <= a[0];
        is_across(a.rows, b.rows) || is_across(a.columns, b.columns) || a.pattern == "strip" && a.name != b.name
    };
    for &(place, own, area) in &found {
        let others = found.iter().filter(|(other, ..)| other.pattern == place.pattern && apart(place, other));
        let controls: Vec<usize> = others.map(|(_, mask, _)| *mask).collect();
        if controls.len() >= CONTROLS {
            tested.push(Tested { name: place.name.clone(), area, own, controls, sector: None });
        }
    }
}

/// Adds the sectors around the disc, and returns the ring that they make up, by which their looks are told:
/// signs may lie there, but no sign looks the same in every eye.
pub fn surroundings(subject: &Subject<'_>, tested: &mut Vec<Tested>, masks: &mut Vec<Vec<bool>>) -> Option<Sectors> {
    let (target, ground) = subject.target.zip(subject.ground)?;
    let sectors = Sectors::around(target, subject);
    let is_retina = |zone: u8| subject.cards[usize::from(zone)].role != Role::Outside;
    let mut found = Vec::new();
    for number in 0..AROUND.len() {
        let mask: Vec<bool> = sectors.cells.iter().map(|cell| cell.is_some_and(|cell| cell.sector == number)).collect();
        let seen = mask.iter().zip(ground.labels()).filter(|(inside, zone)| **inside && is_retina(**zone)).count();
        if seen as f64 >= (1.0 - MOST_CUT) * sectors.whole {
            found.push((number, masks.len()));
            masks.push(mask);
        }
    }
    let is_beside = |a: usize, b: usize| [0, 1, AROUND.len() - 1].contains(&a.abs_diff(b));
    for &(number, own) in &found {
        let others = found.iter().filter(|(other, _)| !is_beside(*other, number));
        let controls: Vec<usize> = others.map(|(_, mask)| *mask).collect();
        if controls.len() >= CONTROLS {
            let (name, area) = (AROUND[number].name.to_owned(), share(&masks[own]));
            tested.push(Tested { name, area, own, controls, sector: Some(number) });
        }
    }
    Some(sectors)
}

fn share(mask: &[bool]) -> f64 {
    mask.iter().filter(|&&inside| inside).count() as f64 / mask.len() as f64
}

/// The ring around the disc, cell by cell of the input.
pub struct Sectors {
    cells: Vec<Option<Cell>>,
    /// Cells of a sector that lies in the picture as a whole.
    whole: f64,
}

/// Where a cell lies in its sector.
#[derive(Clone, Copy)]
struct Cell {
    sector: usize,
    bin: usize,
}

impl Sectors {
    fn around([x, y, diameter]: [f64; 3], subject: &Subject<'_>) -> Sectors {
        let ([height, width], to) = (subject.input.size(), subject.to_photograph);
        let [from, until] = AROUND_RADII;
        let cell = |i: usize| {
            let [right, down] = to.apply([(i % width) as f64 + 0.5, (i / width) as f64 + 0.5]);
            let (right, down) = ((right - x) / diameter, (down - y) / diameter);
            let r = right.hypot(down);
            // Counted against the clock from the right, each sector about its direction.
            let turn = ((-down).atan2(right) / TAU * AROUND.len() as f64 + 0.5).rem_euclid(AROUND.len() as f64);
            let step = |share: f64, steps: usize| ((share * steps as f64) as usize).min(steps - 1);
            let outwards = step((r - from) / (until - from), LOOK[0]);
            let bin = outwards * LOOK[1] + step(turn.fract(), LOOK[1]);
            (from..until).contains(&r).then_some(Cell { sector: turn as usize % AROUND.len(), bin })
        };
        let ring = TAU / 2.0 * (until * until - from * from) * diameter * diameter;
        let whole = ring / AROUND.len() as f64 / (to.scale[0] * to.scale[1]).abs();
        Sectors { cells: (0..height * width).map(cell).collect(), whole }
    }

    /// What inpainting takes out of a sector: means over its bins, a channel after the other.
    pub fn look(&self, sector: usize, pixels: &[f32], filled: &[f32]) -> Vec<f32> {
        let bins = LOOK[0] * LOOK[1];
        let of_channel = |(before, after): (&[f32], &[f32])| {
            let mut sums = vec![(0.0f32, 0.0f32); bins];
            for ((cell, before), after) in self.cells.iter().zip(before).zip(after) {
                if let Some(cell) = cell.filter(|cell| cell.sector == sector) {
                    sums[cell.bin].0 += before - after;
                    sums[cell.bin].1 += 1.0;
                }
            }
            sums.into_iter().map(|(sum, cells)| if cells > 0.0 { sum / cells } else { 0.0 }).collect::<Vec<_>>()
        };
        let cells = self.cells.len();
        pixels.chunks_exact(cells).zip(filled.chunks_exact(cells)).flat_map(of_channel).collect()
    }
}

#[cfg(test)]
mod tests {
    use heatlens_imaging::Affine;

    use super::super::causes::testing::{prediction, subject};
    use super::*;

    #[test]
    fn sectors_lie_where_they_say_and_share_the_ring() {
        let answer = prediction();
        // The photograph is twice as wide as the input has it.
        let to_photograph = Affine { scale: [2.0, 1.0], offset: [0.0; 2] };
        let subject = Subject { to_photograph, ..subject(&answer, [200, 100]) };
        let sectors = Sectors::around([100.0, 100.0, 40.0], &subject);
        let at = |x: usize, y: usize| sectors.cells[y * 100 + x].map(|cell| AROUND[cell.sector].name);
        assert_eq!(at(50, 100), None, "the disc itself");
        let around =
            [at(74, 100), at(67, 66), at(50, 52), at(33, 66), at(26, 100), at(33, 134), at(50, 148), at(67, 134)];
        let names: Vec<Option<&str>> = AROUND.iter().map(|place| Some(place.name)).collect();
        assert_eq!(around.to_vec(), names);
        for number in 0..AROUND.len() {
            let own = |cell: &&Option<Cell>| cell.is_some_and(|cell| cell.sector == number);
            let cells = sectors.cells.iter().filter(own).count() as f64;
            assert!((cells / sectors.whole - 1.0).abs() < 0.05, "{number}: {cells} of {}", sectors.whole);
        }
        // A dot in one bin is seen in that one alone.
        let mut pixels = vec![0.0; 200 * 100];
        let dot = 52 * 100 + 50;
        pixels[dot] = 1.0;
        let cell = sectors.cells[dot].unwrap();
        let look = sectors.look(cell.sector, &pixels, &vec![0.0; pixels.len()]);
        assert_eq!(look.len(), LOOK[0] * LOOK[1]);
        assert!(look.iter().enumerate().all(|(bin, &value)| (value > 0.0) == (bin == cell.bin)), "{look:?}");
    }
}
