//! A preprocessing in words.

use std::fmt;

use super::{Colour, Layout, Preprocess, Range};

impl fmt::Display for Preprocess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; ", self.colour)?;
        for step in &self.steps {
            write!(f, "{step}; ")?;
        }
        write!(f, "{}; {}", self.values_in_words(), self.layout)
    }
}

impl Preprocess {
    /// Range, mean and standard deviation.
    pub fn values_in_words(&self) -> String {
        let list = |name: &str, values: &[f32]| match values {
            [] => String::new(),
            _ => format!(", {name} {}", values.iter().map(f32::to_string).collect::<Vec<_>>().join(" ")),
        };
        format!("values {}{}{}", self.range, list("mean", &self.mean), list("std", &self.std))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rgb => "RGB",
            Self::Bgr => "BGR",
            Self::Grey => "grey",
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unit => "0 to 1",
            Self::Levels => "0 to 255",
            Self::Signed => "−1 to 1",
        })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nchw => "NCHW",
            Self::Nhwc => "NHWC",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_recipe() {
        assert_eq!(
            Preprocess::imagenet().to_string(),
            "RGB; shorter side to the network's input / 0.875 (Pillow bilinear); centre crop to the network's input; \
             values 0 to 1, \
             mean 0.485 0.456 0.406, std 0.229 0.224 0.225; NCHW"
        );
        assert_eq!(
            Preprocess::keras_caffe().to_string(),
            "BGR; resize to the network's input (Pillow nearest); values 0 to 255, mean 103.939 116.779 123.68; NHWC"
        );
    }
}
