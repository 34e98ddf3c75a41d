//! Where else as much is taken out as a region is: the same shape at random places, or patches.

use std::f64::consts::TAU;

use super::causes::Subject;
use heatlens_anatomy::Role;
use heatlens_statistics::Random;

/// Random places at which the same shape is taken out for comparison, and how often one is looked
/// for.
pub const CONTROLS: usize = 3;
const ATTEMPTS: usize = 60;
/// How much of a control may lie on the region itself, and how much of it must lie on the retina if
/// the region does.
pub const MOST_OVERLAP: f64 = 0.25;
const LEAST_ON_RETINA: f64 = 0.9;
/// Waves that patches are made of.
const WAVES: usize = 6;

/// A shape at random places, turned over at random: where it covers as much retina as any of the
/// regions of that shape does, and little of each of them; where there is no such place, patches of
/// the same area beside the regions.
pub fn controls(shape: &[bool], regions: &[&[bool]], subject: &Subject<'_>, random: &mut Random) -> Vec<Vec<bool>> {
    let [height, width] = subject.input.size();
    let area = shape.iter().filter(|&&inside| inside).count();
    let is_retina: Vec<bool> = match subject.ground {
        Some(ground) => {
            ground.labels().iter().map(|&zone| subject.cards[usize::from(zone)].role != Role::Outside).collect()
        }
        None => vec![true; shape.len()],
    };
    let on_retina = |mask: &[bool]| mask.iter().zip(&is_retina).filter(|(a, b)| **a && **b).count() as f64;
    let wanted = regions.iter().map(|region| on_retina(region)).fold(0.0, f64::max) * LEAST_ON_RETINA;
    let mut controls: Vec<Vec<bool>> = Vec::new();
    for _ in 0..ATTEMPTS {
        if controls.len() == CONTROLS {
            break;
        }
        let (down, right) = (random.below(height), random.below(width));
        let (over, aside) = (random.below(2) == 1, random.below(2) == 1);
        let row = |y: usize| if over { height - 1 - (y + down) % height } else { (y + down) % height };
        let column = |x: usize| if aside { width - 1 - (x + right) % width } else { (x + right) % width };
        let columns: Vec<usize> = (0..width).map(column).collect();
        let of_row = |y: usize| columns.iter().map(move |x| shape[row(y) * width + x]);
        let moved: Vec<bool> = (0..height).flat_map(of_row).collect();
        let overlap = |region: &[bool]| moved.iter().zip(region).filter(|(a, b)| **a && **b).count() as f64;
        let is_apart = regions.iter().all(|region| overlap(region) <= MOST_OVERLAP * area as f64);
        if is_apart && on_retina(&moved) >= wanted {
            controls.push(moved);
        }
    }
    // A shape that fits nowhere else, such as the rim of the field, is compared with others of its
    // area.
    let off_retina = wanted < area as f64 / 2.0;
    let free: Vec<usize> =
        (0..shape.len()).filter(|&i| !regions.iter().any(|region| region[i]) && (off_retina || is_retina[i])).collect();
    while controls.len() < CONTROLS && free.len() >= area {
        controls.push(patches(&free, area, [height, width], random));
    }
    controls
}

/// Patches at random: `area` of the cells that are `free`, those where a sum of a few waves of
/// random direction is highest.
fn patches(free: &[usize], area: usize, [height, width]: [usize; 2], random: &mut Random) -> Vec<bool> {
    let wave = |random: &mut Random| {
        let (turn, cycles, phase) = (random.unit() * TAU, 1.0 + 2.0 * random.unit(), random.unit() * TAU);
        [cycles * turn.cos() / width as f64, cycles * turn.sin() / height as f64, phase]
    };
    let waves: Vec<[f64; 3]> = (0..WAVES).map(|_| wave(random)).collect();
    let level = |i: usize| -> f64 {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        waves.iter().map(|[along_x, along_y, phase]| (TAU * (along_x * x + along_y * y) + phase).cos()).sum()
    };
    let mut cells: Vec<(f64, usize)> = free.iter().map(|&i| (level(i), i)).collect();
    cells.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut mask = vec![false; height * width];
    cells.iter().take(area).for_each(|&(_, i)| mask[i] = true);
    mask
}
