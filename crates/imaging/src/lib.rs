//! Image files to input tensors, and maps to pictures.
//!
//! [`decode`] turns a file's bytes into a [`Photograph`]; [`Preprocess::prepare`] turns that into a
//! network's input and remembers the way back as an [`Affine`]; a finished map is brought into the
//! photograph's own pixels by [`warp`] and drawn by [`draw_heatmap`], [`draw_overlay`] and
//! [`Panel`]. Nothing here knows a path or a thread.

#![forbid(unsafe_code)]
// Without a feature, what serves it alone is idle.
#![cfg_attr(
    not(all(
        feature = "jpeg",
        feature = "png",
        feature = "tiff",
        feature = "bmp",
        feature = "webp",
        feature = "gif",
        feature = "draw"
    )),
    allow(dead_code, unused_imports)
)]

mod affine;
mod blur;
mod check;
mod decode;
#[cfg(feature = "draw")]
mod draw;
mod error;
#[cfg(feature = "draw")]
mod jpeg;
mod map;
mod npy;
mod picture;
mod png;
mod preprocess;
mod recompress;
mod resize;
mod simd;

pub use affine::Affine;
pub use blur::blur;
pub use check::{Candidate, Check, Residual, check};
pub use decode::{DecodeLimits, EXTENSIONS, decode, decode_with_bits, jpeg_quality};
#[cfg(feature = "draw")]
pub use draw::{
    Bar, BarScale, Bars, Blend, Caption, Chart, Colormap, ContactCard, ContactSheet, DrawStyle, Figure, Line, Lines,
    Panel, Region, Rows, Tile, Verdict, WarpedMap, draw_contours, draw_heatmap, draw_overlay, draw_seen, heatmap_rows,
    inscribe, overlay_rows, panel, percent, tile_sized, warp,
};
pub use error::{Fault, ImageError};
#[cfg(feature = "draw")]
pub use jpeg::encode_jpeg;
pub use map::{Map, Scale};
pub use npy::{Array, read_npy, write_npy};
pub use picture::{Photograph, Picture};
pub use png::{encode_png, write_png};
pub use preprocess::{
    BenGraham, CentreCrop, CircleMask, Clahe, ClaheOf, Colour, CropRounding, CropToField, DiscAt, DiscCrop, Fit,
    GreenChannel, Grey, Layout, Length, Letterbox, PRESETS, Prepared, Preprocess, Range, Resize, STEPS, ShorterSide,
    Sigma, Size, Step, StepCard, Stepped,
};
pub use recompress::recompress;
pub use resize::{OpenCvFilter, PillowFilter, Resample, TorchvisionFilter, upsample};
