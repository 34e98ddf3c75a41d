//! Properties of a whole photograph that say nothing of the anatomy, by the names that
//! [`ImageRow::cues`](crate::ImageRow) has: what camera, site and file make of a picture.

/// What a property is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CueKind {
    /// Means and spreads of the colours.
    Colour,
    /// Light and contrast.
    Light,
    /// Sharpness and noise.
    Sharpness,
    /// Traces of compression.
    Compression,
    /// The picture's size.
    Size,
    /// How the field of view lies in the picture.
    Field,
}

impl CueKind {
    /// Every kind, in the order of reports.
    pub const ALL: [CueKind; 6] =
        [CueKind::Colour, CueKind::Light, CueKind::Sharpness, CueKind::Compression, CueKind::Size, CueKind::Field];

    /// In tables.
    pub fn name(self) -> &'static str {
        match self {
            CueKind::Colour => "colour",
            CueKind::Light => "light",
            CueKind::Sharpness => "sharpness",
            CueKind::Compression => "compression",
            CueKind::Size => "size",
            CueKind::Field => "field",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<CueKind> {
        CueKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// In sentences.
    pub fn title(self) -> &'static str {
        match self {
            CueKind::Colour => "colour",
            CueKind::Light => "brightness and contrast",
            CueKind::Sharpness => "sharpness and noise",
            CueKind::Compression => "compression",
            CueKind::Size => "size in pixels",
            CueKind::Field => "framing",
        }
    }
}

/// Every property: its name, and what it is one of. Those of pixels are measured in the lit part
/// without the disc and its surroundings.
pub const CUES: [(&str, CueKind); 22] = [
    ("red", CueKind::Colour),
    ("green", CueKind::Colour),
    ("blue", CueKind::Colour),
    ("red_spread", CueKind::Colour),
    ("green_spread", CueKind::Colour),
    ("blue_spread", CueKind::Colour),
    ("brightness", CueKind::Light),
    ("contrast", CueKind::Light),
    ("clipped", CueKind::Light),
    ("vignetting", CueKind::Light),
    ("sharpness", CueKind::Sharpness),
    ("noise", CueKind::Sharpness),
    ("jpeg_quality", CueKind::Compression),
    ("blockiness", CueKind::Compression),
    ("bytes_a_pixel", CueKind::Compression),
    ("width", CueKind::Size),
    ("height", CueKind::Size),
    ("lit", CueKind::Field),
    ("lit_width", CueKind::Field),
    ("lit_height", CueKind::Field),
    ("lit_left", CueKind::Field),
    ("lit_top", CueKind::Field),
];
