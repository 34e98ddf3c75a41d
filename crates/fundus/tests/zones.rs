//! Zones of made-up and of rendered eyes, against numbers worked out by hand and against the
//! renderer's truth.

use std::sync::Arc;

use heatlens_fundus::anatomy::{
    Disc, DiscFrame, DiscMask, FieldOfView, Laterality, Side, SideSource, Tissue, Zone, Zones, vessels,
};
use heatlens_fundus::render::{Diagnosis, Eye, FieldShape, View, render};
use heatlens_imaging::{Affine, Photograph};

const SIDE: usize = 600;
const DISC: [f64; 2] = [380.0, 290.0];
/// One disc diameter in pixels, and the cup's.
const DD: f64 = 60.0;
const CUP: f64 = 30.0;

fn distance(i: usize, to: [f64; 2]) -> f64 {
    f64::hypot((i % SIDE) as f64 + 0.5 - to[0], (i / SIDE) as f64 + 0.5 - to[1])
}

/// A lit circle with a radius of 280 pixels, a round disc with a round cup; the side as said.
fn zones(side: Option<Side>) -> Zones {
    let lit = |i: usize| if distance(i, [300.0; 2]) < 280.0 { [130, 70, 30] } else { [0; 3] };
    let photograph = Photograph { width: SIDE, height: SIDE, rgb: (0..SIDE * SIDE).flat_map(lit).collect() };
    let tissue = (0..SIDE * SIDE).map(|i| match distance(i, DISC) {
        d if d < CUP / 2.0 => Tissue::Cup,
        d if d < DD / 2.0 => Tissue::Rim,
        _ => Tissue::Background,
    });
    let disc = Disc::measure(&DiscMask::new(SIDE, SIDE, tissue.collect()).unwrap()).unwrap();
    Zones::new(Arc::new(FieldOfView::find(&photograph).unwrap()), Some(&disc), side).unwrap()
}

fn share(zones: &Zones, zone: Zone) -> f64 {
    zones.labels([SIDE, SIDE], &Affine::IDENTITY).shares()[zone as usize]
}

#[test]
fn areas_of_rings_and_edge() {
    let zones = zones(Some(Side::Right));
    let circle = |diameter: f64| std::f64::consts::FRAC_PI_4 * (diameter / SIDE as f64).powi(2);
    for (zone, expected) in [
        (Zone::Cup, circle(CUP)),
        (Zone::Rim, circle(DD) - circle(CUP)),
        (Zone::Peripapillary, circle(2.0 * DD) - circle(DD)),
        (Zone::ZoneB, circle(3.0 * DD) - circle(2.0 * DD)),
        (Zone::Outside, 1.0 - circle(560.0)),
    ] {
        let found = share(&zones, zone);
        assert!((found - expected).abs() < 0.015 * expected.max(0.02), "{zone}: {found} instead of {expected}");
    }
    let shares = zones.labels([SIDE, SIDE], &Affine::IDENTITY).shares();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(
        shares[Zone::ArcuateSuperior as usize] > 0.02 && shares[Zone::ArcuateInferior as usize] > 0.02,
        "{shares:?}"
    );
    // Neither bundles nor macula interrupt the edge's ring.
    let ring = circle(560.0) - circle(0.95 * 560.0);
    assert!((0.97 * ring..1.03 * ring).contains(&shares[Zone::FieldEdge as usize]), "{shares:?}");
}

#[test]
fn left_eyes_mirror_right_ones() {
    let (right, left) = (zones(Some(Side::Right)), zones(Some(Side::Left)));
    let [fovea_right, fovea_left] = [right.fovea().unwrap(), left.fovea().unwrap()];
    assert!((fovea_right[0] + fovea_left[0] - 2.0 * DISC[0]).abs() < 1e-9 && fovea_right[1] == fovea_left[1]);
    assert!(fovea_right[0] < DISC[0] && fovea_right[1] > DISC[1]);
    assert_eq!((right.at(fovea_right), left.at(fovea_right)), (Zone::Macula, Zone::OtherRetina));
    for (u, v) in [(0.9, 1.3), (1.5, 1.9), (0.8, -1.5), (-2.0, 0.3), (0.0, 2.0), (2.0, -0.2)] {
        let at = |zones: &Zones| zones.at(zones.frame().unwrap().to_photograph([u, v]));
        assert_eq!(at(&right), at(&left), "({u}, {v})");
    }
}

#[test]
fn an_unknown_side_has_neither_bundles_nor_macula() {
    let unknown = zones(None);
    for zone in [Zone::ArcuateSuperior, Zone::ArcuateInferior, Zone::Macula] {
        assert_eq!(share(&unknown, zone), 0.0);
    }
    assert_eq!(unknown.fovea(), None);
    assert!(share(&unknown, Zone::ZoneB) > 0.0);
}

#[test]
fn a_shift_moves_the_disc_and_what_hangs_on_it() {
    let (still, moved) = (zones(Some(Side::Right)), zones(Some(Side::Right)).shifted([0.1, -0.2]));
    for place in [[0.0, 0.0], [20.0, 3.0], [0.0, 45.0], [-70.0, 40.0], [-155.0, 20.0]] {
        let [x, y] = [DISC[0] + place[0], DISC[1] + place[1]];
        assert_eq!(still.at([x, y]), moved.at([x + 6.0, y - 12.0]), "{place:?}");
    }
    assert_eq!(moved.shifted([0.0, 0.0]).frame(), still.frame(), "shifts start from where the disc was found");
    assert_eq!(share(&still, Zone::Outside), share(&moved, Zone::Outside));
}

#[test]
fn labels_of_a_network_input_and_of_a_map() {
    let zones = zones(Some(Side::Right));
    // A 100-pixel crop about the disc, seen at 50×50.
    let crop = Affine { scale: [2.0; 2], offset: [DISC[0] - 50.0, DISC[1] - 50.0] };
    let labels = zones.labels([50, 50], &crop);
    assert_eq!(labels.zones[25 * 50 + 25], Zone::Cup);
    assert_eq!(labels.zones[0], Zone::ZoneB);
    assert!(labels.shares()[Zone::Outside as usize] == 0.0);
    // 7×7 cells over the photograph: 0.7 cells a disc; 14×14 over the crop: 8.4.
    let coarse = zones.resolution(&Affine::scaling([7, 7], [SIDE, SIDE])).unwrap();
    assert!(
        (coarse.cells_per_disc - 0.7).abs() < 0.01
            && coarse.is_limited()
            && coarse.words().contains("resolution-limited")
    );
    let fine = zones.resolution(&Affine { scale: [100.0 / 14.0; 2], ..crop }).unwrap();
    assert!((fine.cells_per_disc - 8.4).abs() < 0.05 && fine.allows_sectors());
    // Beyond the photograph is outside, as padding is.
    assert_eq!(zones.at([-5.0, 300.0]), Zone::Outside);
}

#[test]
fn energy_counts_what_is_positive() {
    let zones = zones(None);
    let labels = zones.labels([60, 60], &Affine::scaling([60, 60], [SIDE, SIDE]));
    let map: Vec<f32> = labels.zones.iter().map(|z| if z.is_disc() { 3.0 } else { -1.0 }).collect();
    let energy = labels.energy(&map).unwrap();
    assert!((energy[Zone::Cup as usize] + energy[Zone::Rim as usize] - 1.0).abs() < 1e-12);
    assert_eq!(labels.energy(&vec![-1.0; 3600]), None);
    assert_eq!(labels.mask(Zone::is_disc).iter().filter(|&&b| b).count(), map.iter().filter(|&&v| v > 0.0).count());
}

#[test]
fn vessels_count_beyond_one_and_a_half_diameters() {
    let zones = zones(None).with_vessels(vec![true; SIDE * SIDE]).unwrap();
    assert_eq!(zones.at([DISC[0], DISC[1] + 1.2 * DD]), Zone::ZoneB);
    assert_eq!(zones.at([DISC[0], DISC[1] + 2.0 * DD]), Zone::Vessels);
    assert!(zones.with_vessels(vec![true; 3]).is_err());
}

#[test]
fn without_a_disc_there_is_retina_edge_and_outside() {
    let zones = Zones::new(Arc::new(zones(None).field().clone()), None, Some(Side::Left)).unwrap();
    assert_eq!(
        (zones.at(DISC), zones.at([300.0, 25.0]), zones.at([5.0, 5.0])),
        (Zone::OtherRetina, Zone::FieldEdge, Zone::Outside)
    );
    assert!(zones.frame().is_none() && zones.resolution(&Affine::IDENTITY).is_none());
}

/// Field, disc, fovea and side of rendered eyes, against what the renderer says.
#[test]
fn rendered_eyes() {
    for seed in 0..12 {
        let eye = Eye::sample_view(
            0x9_0000 + seed,
            [Diagnosis::Normal, Diagnosis::Glaucoma][seed as usize % 2],
            View::macula(),
        );
        let picture = render(&eye, 320).unwrap();
        let (truth, geometry) = (&picture.truth, &picture.truth.geometry);
        let photograph = Photograph { width: 320, height: 320, rgb: picture.rgb.clone() };
        let field = FieldOfView::find(&photograph).unwrap();
        let agree = (0..320 * 320)
            .filter(|&i| field.contains([(i % 320) as f64 + 0.5, (i / 320) as f64 + 0.5]) == (truth.field[i] > 127));
        assert!(agree.count() as f64 > 0.985 * 320.0 * 320.0, "field of eye {seed}");
        let radius = f64::from(geometry.field_radius.unwrap());
        assert!(
            (field.radius - radius).abs() < 0.02 * radius,
            "eye {seed}: radius {} instead of {radius}",
            field.radius
        );
        let cut = matches!(eye.camera.field, FieldShape::Flattened(_) | FieldShape::Narrowed(_));
        assert!(cut || field.truncation < 0.03, "eye {seed}: {}", field.truncation);

        let tissue = truth.disc.iter().zip(&truth.cup).map(|(&d, &c)| match (d > 127, c > 127) {
            (_, true) => Tissue::Cup,
            (true, _) => Tissue::Rim,
            _ => Tissue::Background,
        });
        let disc = Disc::measure(&DiscMask::new(320, 320, tissue.collect()).unwrap()).unwrap().judged_in(&field);
        assert!(
            (disc.vertical_cup_to_disc.unwrap() - f64::from(geometry.vertical_cup_to_disc)).abs() < 0.06,
            "eye {seed}"
        );
        assert!(!disc.is_doubtful(), "eye {seed}: {:?}", disc.doubts);
        let side = Laterality::find(None, "photograph.png", &field, Some(&disc));
        assert_eq!(
            side,
            Laterality { side: Some(geometry.laterality), source: SideSource::DiscPosition },
            "eye {seed}"
        );
        // The truth's fovea lies in our macula, and near where we take it to be.
        let fovea = geometry.fovea.map(f64::from);
        let frame = DiscFrame::new(&disc, side.side);
        let [u, v] = frame.to_disc(fovea);
        let usual = DiscFrame::usual_fovea();
        assert!(f64::hypot(u - usual[0], v - usual[1]) < 0.8, "eye {seed}: fovea at ({u}, {v}) DD");
        let zones = Zones::new(Arc::new(field), Some(&disc), side.side).unwrap();
        assert_eq!(zones.at(fovea), Zone::Macula, "eye {seed}");
    }
}

/// The line detector against the renderer's vessels, beyond the disc and inside the field's edge.
#[test]
fn vessels_of_rendered_eyes() {
    let mut scores = Vec::new();
    for seed in 0..6 {
        let eye = Eye::sample_view(0x9_3000 + seed, Diagnosis::Normal, View::macula());
        let picture = render(&eye, 400).unwrap();
        let photograph = Photograph { width: 400, height: 400, rgb: picture.rgb.clone() };
        let field = FieldOfView::find(&photograph).unwrap();
        let found = vessels(&photograph, &field);
        let (mut both, mut either, mut hits, mut kept) = (0, 0, 0, 0);
        for (i, &found) in found.iter().enumerate() {
            let at = [(i % 400) as f64 + 0.5, (i / 400) as f64 + 0.5];
            if picture.truth.disc[i] > 0 || !field.contains(at) || field.is_edge(at) {
                continue;
            }
            let truth = picture.truth.vessels[i] > 127;
            both += 2 * usize::from(truth && found);
            either += usize::from(truth) + usize::from(found);
            hits += usize::from(found);
            kept += 1;
        }
        println!(
            "eye {seed}: Dice {:.3}, {:.1} % of the retina",
            both as f64 / either as f64,
            100.0 * hits as f64 / kept as f64
        );
        scores.push(both as f64 / either as f64);
    }
    let mean = scores.iter().sum::<f64>() / 6.0;
    assert!(mean > 0.6, "{mean}: {scores:?}");
}
