//! The parameters of a synthetic eye and of the photograph taken of it.

use heatlens_anatomy::Side;
use thiserror::Error;

/// Why an eye cannot be rendered.
#[derive(Debug, Error, PartialEq)]
pub enum RenderError {
    /// The picture's side is out of range.
    #[error("cannot render a photograph {size} pixels wide: choose a size from {least} to {most}")]
    Size {
        /// Side asked for, in pixels.
        size: usize,
        /// Smallest side.
        least: usize,
        /// Largest side.
        most: usize,
    },
    /// A parameter is out of its range, or not a number.
    #[error("{name} is {value}: choose a value from {least} to {most}")]
    Parameter {
        /// Path of the parameter, as `cup.vertical_ratio`.
        name: &'static str,
        /// Its value.
        value: f32,
        /// Smallest value.
        least: f32,
        /// Largest value.
        most: f32,
    },
}

/// What the eye suffers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Diagnosis {
    /// A healthy disc.
    Normal,
    /// A glaucomatous disc: large cup, thinned rim, nerve fibre loss.
    Glaucoma,
}

impl Diagnosis {
    /// `normal` or `glaucoma`, as the class is named everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Diagnosis::Normal => "normal",
            Diagnosis::Glaucoma => "glaucoma",
        }
    }
}

/// An eye and its photograph. Angles are in degrees about the disc centre: 0 temporal, 90 superior,
/// 180 nasal, 270 inferior. Lengths are in disc diameters (DD). Strengths run from 0 (absent) to 1
/// (as strong as one meets it).
#[derive(Clone, Debug, PartialEq)]
pub struct Eye {
    /// Chooses the course of the vessels and every texture.
    pub seed: u64,
    /// What the eye was drawn as; the renderer itself looks at the parameters below only.
    pub diagnosis: Diagnosis,
    /// Right or left.
    pub laterality: Side,
    /// The optic disc.
    pub disc: Disc,
    /// The cup in the disc.
    pub cup: Cup,
    /// A focal loss of rim.
    pub notch: Option<Notch>,
    /// A wedge of missing nerve fibres.
    pub defect: Option<NerveFibreDefect>,
    /// A pale crescent beside the disc.
    pub atrophy: PeripapillaryAtrophy,
    /// Angle of a flame-shaped haemorrhage at the disc margin.
    pub haemorrhage: Option<f32>,
    /// Arteries and veins.
    pub vessels: Vessels,
    /// Everything behind the vessels.
    pub retina: Retina,
    /// Where the fovea lies.
    pub fovea: Fovea,
    /// How the photograph is taken.
    pub camera: Camera,
}

/// The optic disc, an irregular ellipse with a long axis of 1 DD.
#[derive(Clone, Debug, PartialEq)]
pub struct Disc {
    /// Short axis / long axis.
    pub aspect: f32,
    /// Rotation of the long axis from the vertical, degrees.
    pub tilt: f32,
    /// Strength of the outline's irregularity.
    pub irregularity: f32,
    /// Softness of the margin.
    pub softness: f32,
    /// Pallor of the rim: 0 pink, 1 pale yellow.
    pub pallor: f32,
}

/// The cup.
#[derive(Clone, Debug, PartialEq)]
pub struct Cup {
    /// Vertical cup-to-disc ratio, vertical extent of the cup / of the disc.
    pub vertical_ratio: f32,
    /// Horizontal / vertical diameter of the cup, relative to the disc's own.
    pub aspect: f32,
    /// Shift of the cup's centre towards the temporal side, as a share of the room that the rim
    /// leaves.
    pub temporal_shift: f32,
    /// Shift towards the superior side, likewise.
    pub superior_shift: f32,
    /// 0 a steep, punched-out wall; 1 a gentle slope.
    pub slope: f32,
    /// How well the pores of the lamina cribrosa show.
    pub lamina: f32,
}

/// A focal loss of rim: the cup reaches out towards the margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Notch {
    /// Its direction.
    pub angle: f32,
    /// Share of the rim that is lost there.
    pub depth: f32,
    /// Half width in degrees.
    pub width: f32,
}

/// A wedge-shaped defect of the nerve fibre layer that follows the arcuate bundles.
#[derive(Clone, Debug, PartialEq)]
pub struct NerveFibreDefect {
    /// Where it starts on the disc margin.
    pub angle: f32,
    /// Half width in degrees of the margin.
    pub width: f32,
    /// Strength.
    pub depth: f32,
}

/// Peripapillary atrophy.
#[derive(Clone, Debug, PartialEq)]
pub struct PeripapillaryAtrophy {
    /// Width of the pale beta zone where it is widest, DD.
    pub width: f32,
    /// Direction in which it is widest.
    pub angle: f32,
    /// Strength of the dark rim of pigment around it.
    pub pigment: f32,
}

/// The vessels of the retina.
#[derive(Clone, Debug, PartialEq)]
pub struct Vessels {
    /// Width of a major vein at the disc margin, DD.
    pub calibre: f32,
    /// Width of arteries / veins.
    pub artery_ratio: f32,
    /// How much they wind.
    pub tortuosity: f32,
    /// How much they branch.
    pub branching: f32,
    /// The light streak along arteries.
    pub reflex: f32,
    /// Darkness against the retina.
    pub contrast: f32,
}

/// The retina behind the vessels.
#[derive(Clone, Debug, PartialEq)]
pub struct Retina {
    /// Colour of the posterior pole, RGB in 0…1.
    pub colour: [f32; 3],
    /// Strength of slow variations of colour.
    pub mottling: f32,
    /// How well the choroidal vessels show (a tessellated fundus).
    pub choroid: f32,
    /// Sheen of the nerve fibre layer.
    pub sheen: f32,
    /// Darkness of the macula.
    pub macula: f32,
    /// Light reflex in the fovea.
    pub foveal_reflex: f32,
}

/// Where the fovea lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Fovea {
    /// Distance from the disc centre, DD.
    pub distance: f32,
    /// Angle below the horizontal through the disc, degrees.
    pub below: f32,
}

/// How the photograph is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// What it points at.
    pub view: View,
    /// Outline of the field of view.
    pub field: FieldShape,
    /// Radius of the field's circle / side of the picture.
    pub field_radius: f32,
    /// A small tab on the upper right edge of the field, as some cameras have.
    pub tab: bool,
    /// Overall brightness.
    pub exposure: f32,
    /// Darkening towards the edge of the field.
    pub vignette: f32,
    /// Strength of a brightness gradient across the field.
    pub gradient: f32,
    /// Direction in which the gradient brightens, degrees counter-clockwise from the picture's
    /// right.
    pub gradient_angle: f32,
    /// Strength of a bright crescent of stray light at the edge, at `gradient_angle`.
    pub haze: f32,
    /// Standard deviation of the optical blur, DD.
    pub blur: f32,
    /// Standard deviation of the sensor's noise, of full scale.
    pub noise: f32,
    /// A tag burnt into the picture.
    pub tag: Option<Tag>,
}

/// What the camera points at.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Diameter of the field (or side of the picture without a field edge), DD. A 45° photograph
    /// spans 7.7 DD.
    pub diameter: f32,
    /// The field's centre on the line from the disc (0) to the fovea (1).
    pub towards_fovea: f32,
    /// A further shift of the field's centre in DD, temporal and superior.
    pub shift: [f32; 2],
}

impl View {
    /// A whole 45° photograph centred on the macula.
    pub fn macula() -> Self {
        View { diameter: 7.7, towards_fovea: 0.95, shift: [0.0, 0.0] }
    }

    /// A 30° photograph centred on the disc.
    pub fn disc() -> Self {
        View { diameter: 5.2, towards_fovea: 0.0, shift: [0.0, 0.0] }
    }

    /// A crop around the disc, for [`FieldShape::Whole`].
    pub fn crop() -> Self {
        View { diameter: 2.4, towards_fovea: 0.0, shift: [0.0, 0.0] }
    }
}

/// Outline of the field of view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldShape {
    /// A full circle.
    Circle,
    /// A circle cut straight at the top and bottom, this share of its radius each.
    Flattened(f32),
    /// A circle cut straight at the left and right, likewise.
    Narrowed(f32),
    /// The field fills the picture: a crop.
    Whole,
}

/// Something burnt into the picture that has nothing to do with the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Where it lies.
    pub corner: Corner,
    /// What it looks like.
    pub style: TagStyle,
}

/// A corner of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Corner {
    UpperLeft,
    UpperRight,
    LowerLeft,
    LowerRight,
}

/// Looks of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagStyle {
    /// A filled yellow rectangle.
    Yellow,
    /// Two lines of pale digits, like a date and an identifier.
    Text,
}

impl Eye {
    /// Checks every parameter against its range.
    ///
    /// # Errors
    /// [`RenderError::Parameter`] names the first parameter that is out of range or not a number.
    pub fn check(&self) -> Result<(), RenderError> {
        for (name, value, least, most) in self.ranges() {
            if !(least..=most).contains(&value) {
                return Err(RenderError::Parameter { name, value, least, most });
            }
        }
        Ok(())
    }

    /// Name, value and range of every parameter.
    fn ranges(&self) -> Vec<(&'static str, f32, f32, f32)> {
        let (disc, cup, vessels, retina, camera) = (&self.disc, &self.cup, &self.vessels, &self.retina, &self.camera);
        let mut rows = vec![
            ("disc.aspect", disc.aspect, 0.5, 1.0),
            ("disc.tilt", disc.tilt, -90.0, 90.0),
            ("disc.irregularity", disc.irregularity, 0.0, 1.0),
            ("disc.softness", disc.softness, 0.0, 1.0),
            ("disc.pallor", disc.pallor, 0.0, 1.0),
            ("cup.vertical_ratio", cup.vertical_ratio, 0.05, 0.95),
            ("cup.aspect", cup.aspect, 0.5, 1.5),
            ("cup.temporal_shift", cup.temporal_shift, -1.0, 1.0),
            ("cup.superior_shift", cup.superior_shift, -1.0, 1.0),
            ("cup.slope", cup.slope, 0.0, 1.0),
            ("cup.lamina", cup.lamina, 0.0, 1.0),
            ("atrophy.width", self.atrophy.width, 0.0, 1.0),
            ("atrophy.angle", self.atrophy.angle, -360.0, 360.0),
            ("atrophy.pigment", self.atrophy.pigment, 0.0, 1.0),
            ("haemorrhage", self.haemorrhage.unwrap_or(0.0), -360.0, 360.0),
            ("vessels.calibre", vessels.calibre, 0.02, 0.2),
            ("vessels.artery_ratio", vessels.artery_ratio, 0.3, 1.2),
            ("vessels.tortuosity", vessels.tortuosity, 0.0, 1.0),
            ("vessels.branching", vessels.branching, 0.0, 1.0),
            ("vessels.reflex", vessels.reflex, 0.0, 1.0),
            ("vessels.contrast", vessels.contrast, 0.0, 1.5),
            ("retina.colour (red)", retina.colour[0], 0.0, 1.0),
            ("retina.colour (green)", retina.colour[1], 0.0, 1.0),
            ("retina.colour (blue)", retina.colour[2], 0.0, 1.0),
            ("retina.mottling", retina.mottling, 0.0, 1.0),
            ("retina.choroid", retina.choroid, 0.0, 1.0),
            ("retina.sheen", retina.sheen, 0.0, 1.0),
            ("retina.macula", retina.macula, 0.0, 1.0),
            ("retina.foveal_reflex", retina.foveal_reflex, 0.0, 1.0),
            ("fovea.distance", self.fovea.distance, 1.5, 4.0),
            ("fovea.below", self.fovea.below, -20.0, 30.0),
            ("camera.view.diameter", camera.view.diameter, 1.2, 12.0),
            ("camera.view.towards_fovea", camera.view.towards_fovea, -1.0, 2.0),
            ("camera.view.shift (temporal)", camera.view.shift[0], -4.0, 4.0),
            ("camera.view.shift (superior)", camera.view.shift[1], -4.0, 4.0),
            ("camera.field_radius", camera.field_radius, 0.2, 0.75),
            ("camera.exposure", camera.exposure, 0.2, 2.0),
            ("camera.vignette", camera.vignette, 0.0, 1.0),
            ("camera.gradient", camera.gradient, 0.0, 1.0),
            ("camera.gradient_angle", camera.gradient_angle, -360.0, 360.0),
            ("camera.haze", camera.haze, 0.0, 1.0),
            ("camera.blur", camera.blur, 0.0, 0.2),
            ("camera.noise", camera.noise, 0.0, 0.2),
        ];
        if let Some(notch) = &self.notch {
            rows.extend([
                ("notch.angle", notch.angle, -360.0, 360.0),
                ("notch.depth", notch.depth, 0.0, 1.0),
                ("notch.width", notch.width, 2.0, 90.0),
            ]);
        }
        if let Some(defect) = &self.defect {
            rows.extend([
                ("defect.angle", defect.angle, -360.0, 360.0),
                ("defect.width", defect.width, 1.0, 60.0),
                ("defect.depth", defect.depth, 0.0, 1.0),
            ]);
        }
        if let FieldShape::Flattened(cut) | FieldShape::Narrowed(cut) = camera.field {
            rows.push(("camera.field (cut)", cut, 0.0, 0.6));
        }
        rows
    }
}
