//! What is done to a photograph's pixels before a network sees them: one file a step, one line in
//! the table at the bottom. The table makes the reader, the words, the way back and the page of the
//! documentation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Colour;
use crate::resize::{Image, Resample, Samples, resize};
use crate::{Affine, ImageError};

/// The most pixels an image may have on its way to the input.
const MAX_PIXELS: usize = 64_000_000;

const _: () = assert!(
    super::size::MAX_SIDE * super::size::MAX_SIDE > MAX_PIXELS,
    "the check of pixels is not implied by that of sides"
);

/// What is shown of a step.
#[derive(Clone, Copy, Debug)]
pub struct StepCard {
    /// The name in a description.
    pub name: &'static str,
    /// What it does, with its source: one or two sentences.
    pub about: &'static str,
    /// Lines of TOML that ask for it.
    pub example: &'static str,
}

/// A step: its words are its `Display`.
trait Operation: fmt::Display {
    /// Refuses numbers that make no sense: a description comes from a stranger.
    fn check(&self, _colour: Colour) -> Result<(), String> {
        Ok(())
    }

    /// The image after the step, and the map from its pixels to those of the image before it.
    fn apply(&self, image: &Image<'_>, place: &Place) -> Result<(Image<'static>, Affine), ImageError>;

    /// How it resizes, if it does.
    fn resample(&mut self) -> Option<&mut Resample> {
        None
    }
}

/// Where a step is carried out.
struct Place {
    /// `[height, width]` of the network's input.
    input: [usize; 2],
    /// The order of the image's channels.
    colour: Colour,
    /// From the image's pixels to the photograph's.
    to_photograph: Affine,
}

/// Makes the enum of steps, its dispatch and the list of cards.
macro_rules! steps {
    ($($word:literal => $module:ident :: $step:ident,)*) => {
        $(mod $module; pub use $module::$step;)*

        /// One step of a preprocessing.
        #[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
        #[serde(tag = "step")]
        pub enum Step {
            $(#[doc = concat!("See [`", stringify!($step), "`].")] #[serde(rename = $word)] $step($step),)*
        }

        /// Every step, in the order of the table.
        pub const STEPS: &[StepCard] =
            &[$(StepCard { name: $word, about: $module::ABOUT, example: $module::EXAMPLE },)*];

        impl Step {
            fn operation(&self) -> &dyn Operation {
                match self { $(Self::$step(step) => step,)* }
            }

            fn operation_mut(&mut self) -> &mut dyn Operation {
                match self { $(Self::$step(step) => step,)* }
            }
        }

        $(impl From<$step> for Step {
            fn from(step: $step) -> Self {
                Self::$step(step)
            }
        })*
    };
}

impl Step {
    pub(super) fn check(&self, colour: Colour) -> Result<(), String> {
        self.operation().check(colour)
    }

    /// The step with another way of resizing, if it resizes.
    pub(crate) fn resampled(mut self, by: Resample) -> Self {
        if let Some(resample) = self.operation_mut().resample() {
            *resample = by;
        }
        self
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operation().fmt(f)
    }
}

/// Carries the steps out; returns the image and the map from its pixels to those of the one it
/// started from.
pub(crate) fn carry_out(
    image: &Image<'_>,
    steps: &[Step],
    colour: Colour,
    input: [usize; 2],
) -> Result<(Image<'static>, Affine), ImageError> {
    let mut place = Place { input, colour, to_photograph: Affine::IDENTITY };
    let mut made = None;
    for step in steps {
        let (next, to_previous) = step.operation().apply(made.as_ref().unwrap_or(image), &place)?;
        place.to_photograph = to_previous.then(&place.to_photograph);
        made = Some(next);
    }
    Ok((made.unwrap_or_else(|| image.clone().into_owned()), place.to_photograph))
}

/// The image at another size.
fn scaled(image: &Image<'_>, to: [usize; 2], resample: Resample) -> Result<(Image<'static>, Affine), ImageError> {
    allowed(to)?;
    // The second size is where the first, which a filter passes through, is largest.
    allowed([image.height, to[1]])?;
    Ok((resize(image, to, resample), Affine::scaling(to, [image.height, image.width])))
}

fn allowed([h, w]: [usize; 2]) -> Result<(), ImageError> {
    match h.checked_mul(w) {
        Some(1..=MAX_PIXELS) => Ok(()),
        _ => Err(ImageError::Preprocess(format!(
            "it passes through an image of {h}×{w} pixels; the photograph's shape is too extreme for it"
        ))),
    }
}

/// The part of an image whose upper left corner is at `[row, column]`, filled where it reaches
/// outside.
fn window(image: &Image<'_>, corner: [isize; 2], to: [usize; 2], fill: &[u8]) -> (Image<'static>, Affine) {
    let samples = match &image.samples {
        Samples::Bytes(bytes) => Samples::Bytes(cut(bytes, image, corner, to, fill).into()),
        Samples::Floats(floats) => {
            let fill: Vec<f32> = fill.iter().map(|&b| f32::from(b)).collect();
            Samples::Floats(cut(floats, image, corner, to, &fill))
        }
    };
    let image = Image { height: to[0], width: to[1], channels: image.channels, samples };
    (image, Affine::shift(corner[1] as f64, corner[0] as f64))
}

fn cut<T: Copy>(
    values: &[T],
    image: &Image<'_>,
    [top, left]: [isize; 2],
    [height, width]: [usize; 2],
    fill: &[T],
) -> Vec<T> {
    let channels = image.channels;
    let mut out = fill.repeat(height * width);
    let from = left.clamp(0, image.width as isize);
    let end = (left + width as isize).clamp(0, image.width as isize);
    for y in 0..height {
        let row = top + y as isize;
        if from < end && (0..image.height as isize).contains(&row) {
            let start = (row as usize * image.width + from as usize) * channels;
            let source = &values[start..][..(end - from) as usize * channels];
            out[(y * width + (from - left) as usize) * channels..][..source.len()].copy_from_slice(source);
        }
    }
    out
}

/// A colour of 8-bit RGB in the channels of the image.
fn paint(fill: [u8; 3], colour: Colour) -> Vec<u8> {
    match colour {
        Colour::Rgb => fill.to_vec(),
        Colour::Bgr => vec![fill[2], fill[1], fill[0]],
        Colour::Grey => vec![luma(fill)],
    }
}

/// Pillow's `convert("L")`: ITU-R 601 luma.
pub(super) fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((u32::from(r) * 19_595 + u32::from(g) * 38_470 + u32::from(b) * 7_471 + 0x8000) >> 16) as u8
}

/// The luma of every pixel.
fn lumas(image: &Image<'_>, colour: Colour) -> Vec<u8> {
    let pixels = image.bytes();
    match colour {
        Colour::Rgb => pixels.as_chunks().0.iter().map(|&pixel| luma(pixel)).collect(),
        Colour::Bgr => pixels.as_chunks().0.iter().map(|&[b, g, r]| luma([r, g, b])).collect(),
        Colour::Grey => pixels.into_owned(),
    }
}

/// An image of whole levels, of the size of another.
fn like(image: &Image<'_>, bytes: Vec<u8>) -> Image<'static> {
    Image { height: image.height, width: image.width, channels: image.channels, samples: Samples::Bytes(bytes.into()) }
}

fn needs_colours(step: &str, colour: Colour) -> Result<(), String> {
    if colour == Colour::Grey {
        return Err(format!(
            "the step {step} needs colours, and colour = \"grey\" leaves one channel before the first step; use \
             colour = \"rgb\""
        ));
    }
    Ok(())
}

fn is_black(fill: &[u8; 3]) -> bool {
    *fill == [0; 3]
}

/// The words for a border's colour; none for black.
fn padding(fill: [u8; 3]) -> String {
    match fill {
        [0, 0, 0] => String::new(),
        [r, g, b] => format!(", padded with colour {r} {g} {b}"),
    }
}

steps! {
    "resize" => resize::Resize,
    "shorter_side" => shorter_side::ShorterSide,
    "fit" => fit::Fit,
    "centre_crop" => centre_crop::CentreCrop,
    "letterbox" => letterbox::Letterbox,
    "crop_to_field" => crop_to_field::CropToField,
    "disc_crop" => disc_crop::DiscCrop,
    "circle_mask" => circle_mask::CircleMask,
    "ben_graham" => ben_graham::BenGraham,
    "clahe" => clahe::Clahe,
    "green_channel" => green_channel::GreenChannel,
    "grey" => grey::Grey,
}

pub use ben_graham::Sigma;
pub use centre_crop::CropRounding;
pub use clahe::ClaheOf;
pub use disc_crop::DiscAt;
