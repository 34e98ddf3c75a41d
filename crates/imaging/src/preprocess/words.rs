//! A preprocessing in words.

use std::fmt;

use super::{Colour, Layout, Length, Preprocess, Range, Size, Step};

impl fmt::Display for Preprocess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = match self.colour {
            Colour::Rgb => "RGB",
            Colour::Bgr => "BGR",
            Colour::Grey => "grey",
        };
        write!(f, "{colour}; ")?;
        for step in &self.geometry {
            write!(f, "{step}; ")?;
        }
        let range = match self.range {
            Range::Unit => "0 to 1",
            Range::Levels => "0 to 255",
            Range::Signed => "−1 to 1",
        };
        write!(f, "values {range}")?;
        for (what, values) in [("mean", &self.mean), ("std", &self.std)] {
            if !values.is_empty() {
                write!(f, ", {what} {}", values.iter().map(f32::to_string).collect::<Vec<_>>().join(" "))?;
            }
        }
        f.write_str(match self.layout {
            Layout::Nchw => "; NCHW",
            Layout::Nhwc => "; NHWC",
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resize { to, resample } => write!(f, "resize to {to} ({resample})"),
            Self::ShorterSide { to, resample } => write!(f, "shorter side to {to} ({resample})"),
            Self::Fit { to, resample } => write!(f, "fit into {to} ({resample})"),
            Self::CentreCrop { to, fill: [0, 0, 0], .. } => write!(f, "centre crop to {to}"),
            Self::CentreCrop { to, fill: [r, g, b], .. } => write!(f, "centre crop to {to}, padded with colour {r} {g} {b}"),
        }
    }
}

const INPUT: &str = "the network's input";

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str(INPUT),
            Self::InputOver(fraction) => write!(f, "{INPUT} / {fraction}"),
            Self::Pixels([height, width]) => write!(f, "{height}×{width}"),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str(INPUT),
            Self::InputOver(fraction) => write!(f, "{INPUT} / {fraction}"),
            Self::Pixels(pixels) => write!(f, "{pixels}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_recipe() {
        assert_eq!(
            Preprocess::imagenet().to_string(),
            "RGB; shorter side to the network's input / 0.875 (Pillow bilinear); centre crop to the network's input; values 0 to 1, \
             mean 0.485 0.456 0.406, std 0.229 0.224 0.225; NCHW"
        );
        assert_eq!(
            Preprocess::keras_caffe().to_string(),
            "BGR; resize to the network's input (Pillow nearest); values 0 to 255, mean 103.939 116.779 123.68; NHWC"
        );
    }
}
