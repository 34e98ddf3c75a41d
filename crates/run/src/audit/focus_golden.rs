//! Focus figures against a direct computation with numpy; `tests/golden/focus/make.py` made the
//! values.

use heatlens::{Heatmap, InputLayout, InputSpec, Map, Method, Scale, Score};
use heatlens_fundus::anatomy::{Anatomy, DiscMask, Known, Tissue, Zone, Zones};
use heatlens_imaging::{Affine, Photograph};
use serde_json::Value;

use super::focus::{Ground, row};
use heatlens_anatomy::{Place, Role, Side, ZoneCard, Zoning};

/// Figures are written with seven digits.
const TOLERANCE: f64 = 1e-4;
/// The tolerance to the disc's place is counted in the cells of a coarse grid; counted in pixels it
/// differs by less than this.
const COARSELY: f64 = 0.01;

struct Eye(Zones);

impl Zoning for Eye {
    fn has_target(&self) -> bool {
        true
    }

    fn labels(&self, grid: [usize; 2], to_photograph: &Affine, shift: [f64; 2]) -> Vec<u8> {
        self.0.shifted(shift).labels(grid, to_photograph).zones.iter().map(|&zone| zone as u8).collect()
    }

    fn place(&self, point: [f64; 2]) -> Option<Place> {
        let place = self.0.frame()?.place(point);
        Some(Place { r: place.r, theta: place.theta, sector: place.sector().map(|sector| sector.name()) })
    }

    fn to_photograph(&self, place: [f64; 2]) -> Option<[f64; 2]> {
        Some(self.0.frame()?.to_photograph(place))
    }

    fn cells_across(&self, grid_to_photograph: &Affine) -> Option<f64> {
        Some(self.0.resolution(grid_to_photograph)?.cells_per_disc)
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn pair(value: &Value) -> [usize; 2] {
    [0, 1].map(|i| value[i].as_u64().unwrap() as usize)
}

/// Which pixels of a picture lie in an ellipse.
fn ellipse([height, width]: [usize; 2], centre: &[f64], radii: &[f64]) -> Vec<bool> {
    let inside = |i: usize| {
        let (x, y) = ((i % width) as f64 + 0.5, (i / width) as f64 + 0.5);
        ((x - centre[0]) / radii[0]).powi(2) + ((y - centre[1]) / radii[1]).powi(2) < 1.0
    };
    (0..height * width).map(inside).collect()
}

/// The eye of a case, found on a drawn photograph and mask.
fn eye(case: &Value) -> Eye {
    let size @ [height, width] = pair(&case["photograph"]);
    let lit = match case["field"].as_array() {
        Some(field) => {
            let [x, y, radius] = [0, 1, 2].map(|i| field[i].as_f64().unwrap());
            ellipse(size, &[x, y], &[radius; 2])
        }
        None => vec![true; height * width],
    };
    let rgb = lit.iter().flat_map(|&lit| if lit { [150, 80, 40] } else { [0; 3] }).collect();
    let [disc, cup] = ["disc", "cup"].map(|name| ellipse(size, &numbers(&case[name][0]), &numbers(&case[name][1])));
    let tissue = disc.iter().zip(&cup).map(|(disc, cup)| match (disc, cup) {
        (true, true) => Tissue::Cup,
        (true, false) => Tissue::Rim,
        _ => Tissue::Background,
    });
    let mask = DiscMask::new(width, height, tissue.collect()).unwrap();
    let known = Known { mask: Some(mask), side: case["side"].as_str().and_then(Side::from_word), file_name: "" };
    let anatomy = Anatomy::of(&Photograph { width, height, rgb }, &known, None).unwrap();
    Eye(anatomy.zones().unwrap())
}

fn near(got: f64, want: &Value, what: &str) {
    let want = want.as_f64().unwrap();
    assert!((got - want).abs() <= TOLERANCE * want.abs().max(1.0), "{what}: {got} instead of {want}");
}

fn all_near(got: &[f32], want: &Value, tolerance: f64, what: &str) {
    let want = numbers(want);
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (&got, want)) in got.iter().zip(&want).enumerate() {
        assert!((f64::from(got) - want).abs() <= tolerance, "{what}, {}: {got} instead of {want}", Zone::ALL[i]);
    }
}

#[test]
fn five_eyes_agree_with_numpy() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/focus/focus.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let role = |zone: Zone| if zone.is_disc() { Role::Target } else { Role::Elsewhere };
    let cards = Zone::ALL.map(|zone| ZoneCard {
        name: zone.name().into(),
        title: zone.title().into(),
        plain: zone.plain().into(),
        role: role(zone),
    });
    assert!(golden["zones"].as_array().unwrap().iter().zip(Zone::ALL).all(|(name, zone)| name == zone.name()));
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let (name, want) = (case["name"].as_str().unwrap(), &case["expected"]);
        let (size @ [height, width], [rows, columns]) = (pair(&case["input"]), pair(&case["map"]));
        let eye = eye(case);
        let input = InputSpec { channels: 3, height, width, layout: InputLayout::Nchw };
        let ground = Ground::new(&cards, &eye, input, Affine::scaling(size, pair(&case["photograph"])));
        let values = numbers(&case["values"]).iter().map(|&v| v as f32).collect();
        let map = Heatmap {
            method: Method::ALL[0],
            layer: None,
            score: Score::logit(0),
            value: 0.0,
            part: None,
            raw: Map::new(rows, columns, values),
            scale: if case["signed"] == true { Scale::Signed } else { Scale::Positive },
        };
        let row = row(0, &map, "glaucoma", None, size, Some(&ground));
        let lists = [("zone_areas", &ground.areas()), ("shares", &row.shares), ("shares_low", &row.shares_low)];
        for (what, list) in
            lists.into_iter().chain([("shares_high", &row.shares_high), ("shares_chance", &row.shares_chance)])
        {
            all_near(list, &want[what], TOLERANCE, &format!("{name}, {what}"));
        }
        all_near(&row.shares_low, &want["finely_low"], COARSELY, name);
        all_near(&row.shares_high, &want["finely_high"], COARSELY, name);
        let on_disc = |shares: &[f32]| f64::from(shares[0] + shares[1]);
        near(on_disc(&row.shares) / on_disc(&ground.areas()), &want["enrichment"], &format!("{name}, enrichment"));
        let figures = [
            ("cells_per_target", row.cells_per_target),
            ("auprc", row.auprc),
            ("auprc_chance", row.auprc_chance),
            ("centre_x", row.centre_x),
            ("centre_y", row.centre_y),
            ("centre_r", row.centre_r),
            ("centre_theta", row.centre_theta),
            ("spread", row.spread),
            ("peak_x", row.peak_x),
            ("peak_y", row.peak_y),
            ("peak_r", row.peak_r),
            ("peak_theta", row.peak_theta),
        ];
        figures.iter().for_each(|(what, got)| near(got.unwrap(), &want[*what], &format!("{name}, {what}")));
        assert_eq!(
            (row.pointing, row.pointing_near),
            (want["pointing"].as_bool(), want["pointing_near"].as_bool()),
            "{name}"
        );
        assert_eq!(row.peak_sector.as_deref(), want["peak_sector"].as_str(), "{name}");
    }
}
