//! Zones of a photograph: mutually exclusive, by priority, so that their shares sum to 1.

use std::fmt;
use std::sync::Arc;

use heatlens_imaging::Affine;

use super::arcuate::{Arcuate, ArcuateBundles};
use super::bits::Bits;
use super::frame::{DiscFrame, MACULA_RADIUS};
use heatlens_anatomy::MaskSize;

use super::{AnatomyError, Disc, DiscMask, FieldOfView, Side, Tissue};

/// A zone of a retinal photograph, in order of priority; only the field's edge goes before bundles,
/// macula and vessels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Zone {
    /// The cup.
    Cup,
    /// The neuroretinal rim.
    Rim,
    /// From the margin to 1.0 DD from the disc's centre.
    Peripapillary,
    /// 1.0 to 1.5 DD.
    ZoneB,
    /// Arcuate nerve fibre bundles above the raphe.
    ArcuateSuperior,
    /// Arcuate nerve fibre bundles below the raphe.
    ArcuateInferior,
    /// Within 1.67 DD of the fovea.
    Macula,
    /// Vessels beyond 1.5 DD.
    Vessels,
    /// The rest of the retina.
    OtherRetina,
    /// The outer 5 % of the field's radius.
    FieldEdge,
    /// Outside the field of view.
    Outside,
}

/// Number of zones.
pub const ZONES: usize = Zone::ALL.len();

impl Zone {
    /// Every zone in order of priority; `ALL[zone as usize] == zone`.
    pub const ALL: [Zone; 11] = [
        Zone::Cup,
        Zone::Rim,
        Zone::Peripapillary,
        Zone::ZoneB,
        Zone::ArcuateSuperior,
        Zone::ArcuateInferior,
        Zone::Macula,
        Zone::Vessels,
        Zone::OtherRetina,
        Zone::FieldEdge,
        Zone::Outside,
    ];

    /// As written in tables.
    pub fn name(self) -> &'static str {
        match self {
            Zone::Cup => "cup",
            Zone::Rim => "rim",
            Zone::Peripapillary => "peripapillary",
            Zone::ZoneB => "zone_b",
            Zone::ArcuateSuperior => "arcuate_superior_temporal",
            Zone::ArcuateInferior => "arcuate_inferior_temporal",
            Zone::Macula => "macula",
            Zone::Vessels => "vessels",
            Zone::OtherRetina => "other_retina",
            Zone::FieldEdge => "field_edge",
            Zone::Outside => "outside",
        }
    }

    /// In words, for reports.
    pub fn title(self) -> &'static str {
        match self {
            Zone::Cup => "cup",
            Zone::Rim => "neuroretinal rim",
            Zone::Peripapillary => "peripapillary (0.5–1.0 DD)",
            Zone::ZoneB => "zone B (1.0–1.5 DD)",
            Zone::ArcuateSuperior => "superior-temporal nerve fibre bundles",
            Zone::ArcuateInferior => "inferior-temporal nerve fibre bundles",
            Zone::Macula => "macula",
            Zone::Vessels => "vessels beyond 1.5 DD",
            Zone::OtherRetina => "other retina",
            Zone::FieldEdge => "edge of the field",
            Zone::Outside => "outside the field",
        }
    }

    /// In words that need no glossary, with the article.
    pub fn plain(self) -> &'static str {
        match self {
            Zone::Cup => "the cup of the optic disc",
            Zone::Rim => "the rim of the optic disc",
            Zone::Peripapillary => "the ring around the disc",
            Zone::ZoneB => "the retina near the disc",
            Zone::ArcuateSuperior => "the nerve fibre bundles above the macula",
            Zone::ArcuateInferior => "the nerve fibre bundles below the macula",
            Zone::Macula => "the macula",
            Zone::Vessels => "vessels away from the disc",
            Zone::OtherRetina => "other retina",
            Zone::FieldEdge => "the edge of the field",
            Zone::Outside => "what lies outside the field",
        }
    }

    /// The zone of this table name.
    pub fn from_name(name: &str) -> Option<Zone> {
        Zone::ALL.into_iter().find(|zone| zone.name() == name)
    }

    /// Cup and rim.
    pub fn is_disc(self) -> bool {
        self <= Zone::Rim
    }

    /// Where the nerve fibre layer carries signs of glaucoma off the disc: peripapillary, zone B,
    /// arcuate bundles. Focus there is no shortcut.
    pub fn is_nerve_fibre(self) -> bool {
        (Zone::Peripapillary..=Zone::ArcuateInferior).contains(&self)
    }

    /// Where no sign of any disease lies: the edge of the field and what is outside.
    pub fn is_off_retina(self) -> bool {
        self >= Zone::FieldEdge
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The zones of one photograph. Without a disc there are only retina, edge and outside; without a
/// known side neither bundles nor macula.
#[derive(Clone, Debug)]
pub struct Zones {
    field: Arc<FieldOfView>,
    disc: Option<Around>,
    vessels: Option<Arc<Bits>>,
}

#[derive(Clone, Debug)]
struct Around {
    /// Where the disc was found.
    found: DiscFrame,
    /// Where it is taken to be.
    frame: DiscFrame,
    mask: DiscMask,
    /// The fovea and the bundles, in a frame that turns with the side of the eye.
    sided: Option<Arc<([f64; 2], ArcuateBundles)>>,
}

impl Zones {
    /// The zones of a photograph with this field, disc and side; the fovea where it lies in most
    /// eyes.
    ///
    /// # Errors
    /// [`AnatomyError::MaskSize`] where the disc's mask is not of the photograph's size.
    pub fn new(field: Arc<FieldOfView>, disc: Option<&Disc>, side: Option<Side>) -> Result<Zones, AnatomyError> {
        let around = |disc: &Disc| {
            disc.mask.check_size(field.size)?;
            let frame = DiscFrame::new(disc, side);
            let fovea = DiscFrame::usual_fovea();
            let sided = side.map(|_| Arc::new((fovea, ArcuateBundles::new(fovea))));
            Ok::<_, AnatomyError>(Around { found: frame, frame, mask: disc.mask.clone(), sided })
        };
        Ok(Zones { disc: disc.map(around).transpose()?, field, vessels: None })
    }

    /// The same zones with the fovea seen at `fovea` in the photograph. Nothing changes where disc
    /// or side are unknown.
    pub fn with_fovea(mut self, fovea: [f64; 2]) -> Zones {
        if let Some(around) = self.disc.as_mut().filter(|a| a.sided.is_some()) {
            let fovea = around.found.to_disc(fovea);
            around.sided = Some(Arc::new((fovea, ArcuateBundles::new(fovea))));
        }
        self
    }

    /// The same zones with vessels, a mask in the photograph's pixels, row by row.
    ///
    /// # Errors
    /// [`AnatomyError::MaskSize`].
    pub fn with_vessels(mut self, vessels: Vec<bool>) -> Result<Zones, AnatomyError> {
        let [width, height] = self.field.size;
        if vessels.len() != width * height {
            return Err(MaskSize { mask: [vessels.len(), 1], expected: self.field.size }.into());
        }
        self.vessels = Some(Arc::new(Bits::new(width, height, vessels)));
        Ok(self)
    }

    /// The zones as they were if the disc, and all that is measured from it, lay `shift` DD further
    /// right and down.
    pub fn shifted(&self, shift: [f64; 2]) -> Zones {
        let mut zones = self.clone();
        if let Some(around) = &mut zones.disc {
            around.frame = around.found.shifted(shift);
        }
        zones
    }

    /// The disc's frame; none without a disc.
    pub fn frame(&self) -> Option<DiscFrame> {
        self.disc.as_ref().map(|around| around.frame)
    }

    /// The field of view.
    pub fn field(&self) -> &FieldOfView {
        &self.field
    }

    /// The fovea in the photograph's pixels; none without a disc or a side.
    pub fn fovea(&self) -> Option<[f64; 2]> {
        let around = self.disc.as_ref()?;
        Some(around.frame.to_photograph(around.sided.as_ref()?.0))
    }

    /// The zone at a point of the photograph.
    pub fn at(&self, point: [f64; 2]) -> Zone {
        let near = self.disc.as_ref().map(|around| (around, around.frame.to_disc(point)));
        if let Some((around, _)) = &near {
            let moved = [0, 1].map(|i| point[i] - around.frame.centre[i] + around.found.centre[i]);
            match around.mask.at(moved) {
                Tissue::Cup => return Zone::Cup,
                Tissue::Rim => return Zone::Rim,
                Tissue::Background => {}
            }
        }
        // What is measured from the disc ends where the retina does.
        if !self.field.contains(point) {
            return Zone::Outside;
        }
        if let Some(zone) = near.and_then(|(_, place)| Around::ring(place)) {
            return zone;
        }
        // Bundles and macula are cut by the edge of the field, where stray light and frames lie;
        // what is seen there must not pass for a sign.
        if self.field.is_edge(point) {
            return Zone::FieldEdge;
        }
        if let Some(zone) = near.and_then(|(around, place)| around.sided(place)) {
            return zone;
        }
        if self.is_vessel(point) { Zone::Vessels } else { Zone::OtherRetina }
    }

    fn is_vessel(&self, [x, y]: [f64; 2]) -> bool {
        self.vessels.as_ref().is_some_and(|v| v.at((x as usize).min(v.width - 1), (y as usize).min(v.height - 1)))
    }

    /// A label for each cell of a grid of `[height, width]` cells: the zone at the cell's centre.
    /// `to_photograph` takes the grid's edge coordinates to the photograph's:
    /// `Affine::scaling(grid, photograph)` for a grid over the whole photograph, a tensor's own
    /// affine map for its pixels.
    pub fn labels(&self, [height, width]: [usize; 2], to_photograph: &Affine) -> ZoneLabels {
        let cells = (0..height * width).map(|i| {
            let centre = [(i % width) as f64 + 0.5, (i / width) as f64 + 0.5];
            self.at(to_photograph.apply(centre))
        });
        ZoneLabels { height, width, zones: cells.collect() }
    }

    /// Disc diameters in cells of a grid; none without a disc.
    pub fn resolution(&self, to_photograph: &Affine) -> Option<Resolution> {
        let around = self.disc.as_ref()?;
        let cell = (to_photograph.scale[0] * to_photograph.scale[1]).abs().sqrt();
        Some(Resolution { cells_per_disc: around.frame.diameter / cell })
    }
}

impl Around {
    /// The zone at `[u, v]` DD that the distance from the disc alone settles, off the disc itself.
    fn ring([u, v]: [f64; 2]) -> Option<Zone> {
        match f64::hypot(u, v) {
            r if r < 1.0 => Some(Zone::Peripapillary),
            r if r < 1.5 => Some(Zone::ZoneB),
            _ => None,
        }
    }

    /// The zone beyond that takes the side of the eye.
    fn sided(&self, place: [f64; 2]) -> Option<Zone> {
        let (fovea, bundles) = self.sided.as_deref()?;
        match bundles.at(place) {
            Some(Arcuate::SuperiorTemporal) => Some(Zone::ArcuateSuperior),
            Some(Arcuate::InferiorTemporal) => Some(Zone::ArcuateInferior),
            None => (f64::hypot(place[0] - fovea[0], place[1] - fovea[1]) < MACULA_RADIUS).then_some(Zone::Macula),
        }
    }
}

/// The zone of every cell of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneLabels {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Row by row.
    pub zones: Vec<Zone>,
}

impl ZoneLabels {
    /// Share of the grid's area in each zone, by position in [`Zone::ALL`]; they sum to 1.
    pub fn shares(&self) -> [f64; ZONES] {
        let mut counts = [0usize; ZONES];
        self.zones.iter().for_each(|&zone| counts[zone as usize] += 1);
        counts.map(|n| n as f64 / self.zones.len().max(1) as f64)
    }

    /// Sum of `values` in each zone / their sum; none where nothing is positive. Values below 0
    /// count as 0.
    ///
    /// # Panics
    /// If there are not as many values as cells.
    pub fn energy(&self, values: &[f32]) -> Option<[f64; ZONES]> {
        assert_eq!(values.len(), self.zones.len(), "a value a cell");
        let mut sums = [0.0; ZONES];
        for (&zone, &value) in self.zones.iter().zip(values) {
            sums[zone as usize] += f64::from(value.max(0.0));
        }
        let total: f64 = sums.iter().sum();
        (total > 0.0 && total.is_finite()).then(|| sums.map(|s| s / total))
    }

    /// The cells whose zone satisfies `wanted`, as `Zone::is_disc`.
    pub fn mask(&self, wanted: impl Fn(Zone) -> bool) -> Vec<bool> {
        self.zones.iter().map(|&zone| wanted(zone)).collect()
    }
}

/// How finely a map's grid sees the disc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resolution {
    /// Disc diameter in cells.
    pub cells_per_disc: f64,
}

impl Resolution {
    /// Whether sectors of the rim may be told apart: 3 cells or more.
    pub fn allows_sectors(self) -> bool {
        self.cells_per_disc >= 3.0
    }

    /// Whether nothing can be said about the disc at all: less than one cell.
    pub fn is_limited(self) -> bool {
        self.cells_per_disc < 1.0
    }

    /// What it allows, and the way out where that is little.
    pub fn words(self) -> String {
        let n = self.cells_per_disc;
        match () {
            () if self.allows_sectors() => format!("{n:.1} map cells per disc"),
            () if !self.is_limited() => format!("{n:.1} map cells per disc: no statement about sectors of the rim"),
            () => format!(
                "resolution-limited: {n:.1} map cells per disc. Crop on the disc, use a larger input, or an earlier \
                 layer with HiResCAM or LayerCAM"
            ),
        }
    }
}
