//! Disc and cup measured from a mask.

use super::bits::Bits;
use super::frame::Quadrant;
use super::{AnatomyError, DiscMask, FieldOfView, Side, Tissue};

/// A region of a mask: lengths in pixels, points in edge coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Centre of mass.
    pub centre: [f64; 2],
    /// Vertical extent.
    pub vertical: f64,
    /// Horizontal extent.
    pub horizontal: f64,
    /// Diameter of the circle of the same area, 2√(A/π).
    pub equivalent: f64,
    /// Area.
    pub area: f64,
    /// Left, top, right and bottom.
    pub bounds: [usize; 4],
}

impl Region {
    /// Of what is set in a window whose upper left pixel is `corner`; none where nothing is.
    fn measure(bits: &Bits, corner: [usize; 2]) -> Option<Region> {
        let mut bounds = [usize::MAX, usize::MAX, 0, 0];
        let (mut sum, mut area) = ([0.0; 2], 0.0);
        for i in (0..bits.set.len()).filter(|&i| bits.set[i]) {
            let (x, y) = (i % bits.width + corner[0], i / bits.width + corner[1]);
            bounds = [bounds[0].min(x), bounds[1].min(y), bounds[2].max(x + 1), bounds[3].max(y + 1)];
            sum = [sum[0] + x as f64 + 0.5, sum[1] + y as f64 + 0.5];
            area += 1.0;
        }
        (area > 0.0).then(|| Region {
            centre: sum.map(|s| s / area),
            vertical: (bounds[3] - bounds[1]) as f64,
            horizontal: (bounds[2] - bounds[0]) as f64,
            equivalent: 2.0 * (area / std::f64::consts::PI).sqrt(),
            area,
            bounds,
        })
    }
}

/// Something about a disc that makes it doubtful.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// The disc is in pieces; the largest holds this share.
    Fragments(f64),
    /// The longer extent is this many times the shorter one.
    Elongated(f64),
    /// The area is this share of the ellipse with the same extents.
    Ragged(f64),
    /// It is cut by the border of the picture.
    Cut,
    /// Its diameter is this share of the field's.
    Size(f64),
    /// Its centre lies outside the field of view.
    OutsideField,
    /// The vertical cup-to-disc ratio is this.
    Cup(f64),
    /// The segmenter itself was unsure: its confidence.
    Unsure(f64),
}

/// From this confidence on a segmenter's outline is called sure.
const SURE: f64 = 0.8;

impl Doubt {
    /// In words.
    pub fn words(self) -> String {
        match self {
            Doubt::Fragments(share) => format!("the disc is in pieces, the largest holds {:.0} %", 100.0 * share),
            Doubt::Elongated(ratio) => format!("the disc is {ratio:.1} times as long as wide"),
            Doubt::Ragged(share) => format!("the disc fills {:.0} % of an ellipse", 100.0 * share),
            Doubt::Cut => "the disc is cut by the border of the picture".to_owned(),
            Doubt::Size(share) => format!("the disc is {:.0} % as wide as the field of view", 100.0 * share),
            Doubt::OutsideField => "the disc lies outside the field of view".to_owned(),
            Doubt::Cup(ratio) => format!("the cup-to-disc ratio is {ratio:.2}"),
            Doubt::Unsure(confidence) => format!("the segmenter is {:.0} % sure", 100.0 * confidence),
        }
    }

    /// Whether a reader should hear of it: a segmenter is never quite sure.
    pub fn is_worth_saying(self) -> bool {
        !matches!(self, Doubt::Unsure(confidence) if confidence >= SURE)
    }

    /// What remains of the confidence.
    fn factor(self) -> f64 {
        match self {
            Doubt::Fragments(share) => share,
            Doubt::Elongated(ratio) => (1.6 / ratio).min(1.0),
            Doubt::Ragged(share) => share,
            Doubt::Cut | Doubt::Cup(_) => 0.8,
            Doubt::Size(_) => 0.3,
            Doubt::OutsideField => 0.1,
            Doubt::Unsure(confidence) => confidence,
        }
    }
}

/// A disc below this confidence is doubtful: it is left out, and counted.
pub const DOUBTFUL_BELOW: f64 = 0.5;

/// The optic disc and its cup.
#[derive(Clone, Debug, PartialEq)]
pub struct Disc {
    /// The disc, cup included.
    pub outline: Region,
    /// The cup; none where the mask marks none.
    pub cup: Option<Region>,
    /// Vertical extent of the cup / of the disc.
    pub vertical_cup_to_disc: Option<f64>,
    /// What is doubtful about it.
    pub doubts: Vec<Doubt>,
    /// Largest components with holes filled.
    pub mask: DiscMask,
}

impl Disc {
    /// Measures the largest component of the disc, and the largest of the cup inside it, holes
    /// filled.
    ///
    /// # Errors
    /// [`AnatomyError::EmptyMask`] where no pixel is disc.
    pub fn measure(mask: &DiscMask) -> Result<Disc, AnatomyError> {
        let window = mask.bounds().ok_or(AnatomyError::EmptyMask)?;
        let corner = [window[0], window[1]];
        let all = Bits::of(mask, Tissue::Rim, window);
        let component = all.largest_component();
        let share = component.count() as f64 / all.count().max(1) as f64;
        let disc = component.with_holes_filled();
        let outline = Region::measure(&disc, corner).ok_or(AnatomyError::EmptyMask)?;
        let mut cup = Bits::of(mask, Tissue::Cup, window);
        cup.set.iter_mut().zip(&disc.set).for_each(|(cup, disc)| *cup &= disc);
        let cup_bits = cup.largest_component().with_holes_filled();
        let cup = Region::measure(&cup_bits, corner);
        let ratio = cup.as_ref().map(|cup| cup.vertical / outline.vertical);
        let [width, height] = mask.size();
        let mut tissue = vec![Tissue::Background; width * height];
        for i in (0..disc.set.len()).filter(|&i| disc.set[i]) {
            let (x, y) = (i % disc.width + corner[0], i / disc.width + corner[1]);
            tissue[y * width + x] = if cup_bits.set[i] { Tissue::Cup } else { Tissue::Rim };
        }
        let mask = DiscMask::new(width, height, tissue)?;
        Ok(Disc {
            doubts: doubts(&outline, ratio, share, mask.size()),
            outline,
            cup,
            vertical_cup_to_disc: ratio,
            mask,
        })
    }

    /// The equivalent diameter in pixels: 1 DD.
    pub fn diameter(&self) -> f64 {
        self.outline.equivalent
    }

    /// 1 for a flawless disc; every doubt takes its share.
    pub fn confidence(&self) -> f64 {
        self.doubts.iter().map(|d| d.factor()).product()
    }

    /// Whether it should be left out of what is said about discs.
    pub fn is_doubtful(&self) -> bool {
        self.confidence() < DOUBTFUL_BELOW
    }

    /// Adds the doubts that only the photograph's field of view can raise: a disc outside it, or
    /// far too small or large for it.
    pub fn judged_in(mut self, field: &FieldOfView) -> Disc {
        if !field.contains(self.outline.centre) {
            self.doubts.push(Doubt::OutsideField);
        }
        let share = self.diameter() / (2.0 * field.radius);
        // 1 DD is 5.9°: fields from 15° to 120°.
        if field.circular && !(0.05..=0.4).contains(&share) {
            self.doubts.push(Doubt::Size(share));
        }
        self
    }

    /// Adds the confidence of whoever made the mask, where it is below 1.
    pub fn judged_by(mut self, confidence: f64) -> Disc {
        if confidence < 1.0 {
            self.doubts.push(Doubt::Unsure(confidence));
        }
        self
    }

    /// Distance in pixels from the disc's centre to the outer margin of what is at least `tissue`,
    /// at `angle` degrees counter-clockwise from the picture's right. 0 where there is none.
    pub fn radius(&self, tissue: Tissue, angle: f64) -> f64 {
        let (sin, cos) = angle.to_radians().sin_cos();
        let reach = f64::hypot(self.outline.vertical, self.outline.horizontal);
        let steps = (reach * 4.0).ceil() as usize;
        let outermost = (0..=steps).rev().map(|i| i as f64 / 4.0).find(|r| {
            let [x, y] = self.outline.centre;
            self.mask.at([x + r * cos, y - r * sin]) >= tissue
        });
        outermost.map_or(0.0, |r| r + 0.125)
    }

    /// Width of the rim in pixels: disc radius − cup radius at `angle` degrees counter-clockwise
    /// from the picture's right.
    pub fn rim_width(&self, angle: f64) -> f64 {
        (self.radius(Tissue::Rim, angle) - self.radius(Tissue::Cup, angle)).max(0.0)
    }

    /// The rim by quadrant; none where the mask marks no cup.
    pub fn rim(&self, side: Option<Side>) -> Option<Rim> {
        self.cup.as_ref()?;
        let mean = |middle: f64| {
            (-45..45).map(|d| self.rim_width(middle + f64::from(d) + 0.5)).sum::<f64>() / (90.0 * self.diameter())
        };
        let horizontal = [mean(0.0), mean(180.0)];
        // Temporal is the picture's left in a right eye.
        let [temporal, nasal] = match side {
            Some(Side::Right) => [Some(horizontal[1]), Some(horizontal[0])],
            Some(Side::Left) => [Some(horizontal[0]), Some(horizontal[1])],
            None => [None, None],
        };
        Some(Rim { inferior: mean(270.0), superior: mean(90.0), nasal, temporal })
    }
}

fn doubts(outline: &Region, ratio: Option<f64>, share: f64, [width, height]: [usize; 2]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if share < 0.97 {
        doubts.push(Doubt::Fragments(share));
    }
    let elongation = outline.vertical.max(outline.horizontal) / outline.vertical.min(outline.horizontal);
    if elongation > 1.6 {
        doubts.push(Doubt::Elongated(elongation));
    }
    let filled = outline.area / (std::f64::consts::FRAC_PI_4 * outline.vertical * outline.horizontal);
    if filled < 0.85 && outline.area > 50.0 {
        doubts.push(Doubt::Ragged(filled));
    }
    let [left, top, right, bottom] = outline.bounds;
    if left == 0 || top == 0 || right == width || bottom == height {
        doubts.push(Doubt::Cut);
    }
    if let Some(ratio) = ratio.filter(|r| !(0.1..=0.97).contains(r)) {
        doubts.push(Doubt::Cup(ratio));
    }
    doubts
}

/// Mean width of the rim in the four quadrants, in disc diameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rim {
    /// Below.
    pub inferior: f64,
    /// Above.
    pub superior: f64,
    /// Towards the nose; none where the side of the eye is unknown.
    pub nasal: Option<f64>,
    /// Towards the temple; likewise.
    pub temporal: Option<f64>,
}

impl Rim {
    /// Width in a quadrant.
    pub fn width(&self, quadrant: Quadrant) -> Option<f64> {
        match quadrant {
            Quadrant::Inferior => Some(self.inferior),
            Quadrant::Superior => Some(self.superior),
            Quadrant::Nasal => self.nasal,
            Quadrant::Temporal => self.temporal,
        }
    }

    /// Whether inferior ≥ superior ≥ nasal ≥ temporal; none where the side of the eye is unknown.
    pub fn follows_isnt(&self) -> Option<bool> {
        let (nasal, temporal) = (self.nasal?, self.temporal?);
        Some(self.inferior >= self.superior && self.superior >= nasal && nasal >= temporal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disc of 80×100 pixels about (100, 90) with a cup of 30×60 about (95, 85).
    fn mask() -> DiscMask {
        let inside = |i: usize, [cx, cy]: [f64; 2], [w, h]: [f64; 2]| {
            let (x, y) = ((i % 200) as f64 + 0.5, (i / 200) as f64 + 0.5);
            ((x - cx) / (w / 2.0)).powi(2) + ((y - cy) / (h / 2.0)).powi(2) <= 1.0
        };
        let tissue = (0..200 * 180).map(|i| {
            match (inside(i, [100.0, 90.0], [80.0, 100.0]), inside(i, [95.0, 85.0], [30.0, 60.0])) {
                (_, true) => Tissue::Cup,
                (true, _) => Tissue::Rim,
                _ => Tissue::Background,
            }
        });
        DiscMask::new(200, 180, tissue.collect()).unwrap()
    }

    #[test]
    fn known_ellipses() {
        let disc = Disc::measure(&mask()).unwrap();
        let cup = disc.cup.clone().unwrap();
        assert_eq!((disc.outline.vertical, disc.outline.horizontal), (100.0, 80.0));
        assert_eq!((cup.vertical, cup.horizontal), (60.0, 30.0));
        assert_eq!(disc.vertical_cup_to_disc, Some(0.6));
        assert!((disc.diameter() - 8000f64.sqrt()).abs() < 0.1, "{}", disc.diameter());
        assert!((disc.outline.centre[0] - 100.0).abs() < 1e-9 && (cup.centre[1] - 85.0).abs() < 1e-9);
        assert!(disc.doubts.is_empty() && disc.confidence() == 1.0);
        // Straight up from (100, 90): margin at 50; the cup, 5 to the right of its axis, ends 5 +
        // 30 √(1 − (5/15)²) up.
        let up = 5.0 + 30.0 * (1.0 - 1.0 / 9.0f64).sqrt();
        assert!((disc.rim_width(90.0) - (50.0 - up)).abs() < 0.8, "{}", disc.rim_width(90.0));
        assert!((disc.radius(Tissue::Rim, 0.0) - 40.0).abs() < 0.6);
    }

    #[test]
    fn the_rim_by_quadrant() {
        let disc = Disc::measure(&mask()).unwrap();
        let [right, left, unknown] = [Some(Side::Right), Some(Side::Left), None].map(|side| disc.rim(side).unwrap());
        // The cup lies up and left: the rim is widest below, and wider on the picture's right.
        assert!(right.inferior > right.superior && right.nasal > right.temporal);
        assert_eq!((right.nasal, right.temporal), (left.temporal, left.nasal));
        assert_eq!((unknown.nasal, unknown.follows_isnt()), (None, None));
        assert_eq!(left.follows_isnt(), Some(false));
    }

    #[test]
    fn pieces_and_cups_outside_do_not_count() {
        let mut tissue = mask().tissue().to_vec();
        tissue[..30].fill(Tissue::Cup);
        tissue[90 * 200 + 70] = Tissue::Background;
        let disc = Disc::measure(&DiscMask::new(200, 180, tissue).unwrap()).unwrap();
        assert_eq!(disc.vertical_cup_to_disc, Some(0.6));
        assert_eq!(disc.mask, mask());
        let mut far = vec![Tissue::Background; 100];
        far[..3].fill(Tissue::Rim);
        far[55..59].fill(Tissue::Rim);
        let disc = Disc::measure(&DiscMask::new(10, 10, far).unwrap()).unwrap();
        assert!(disc.doubts.contains(&Doubt::Fragments(4.0 / 7.0)) && disc.cup.is_none() && disc.rim(None).is_none());
        assert!(matches!(
            Disc::measure(&DiscMask::new(2, 1, vec![Tissue::Background; 2]).unwrap()),
            Err(AnatomyError::EmptyMask)
        ));
    }
}
