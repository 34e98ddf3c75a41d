//! Disc and cup by a small network, the shipped one or a user's own.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_formats::LoadOptions;
use heatlens_graph::simplify::simplify;
use heatlens_imaging::{
    Affine, Colour, Layout, Photograph, Picture, PillowFilter, Preprocess, Range, Resample, Resize, Size,
};

use super::bits::Bits;
use super::{AnatomyError, DiscMask, FieldOfView, MaskSource, Tissue};

/// Trained by `models/train_segmenter.py`; its figures stand in `models/segmenter.json`.
const SHIPPED: &[u8] = include_bytes!("../../../../models/segmenter.onnx");
/// Side of a close-up in disc diameters.
const CLOSE_UP: f64 = 2.6;
/// Looks that the shipped network takes at most, the one in the mirror aside.
const MOST_LOOKS: usize = 4;
/// Probability of a disc below which a look has found none.
const FAINT: f32 = 0.2;

/// A mask that was made of a photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// Disc and cup in the photograph's pixels.
    pub mask: DiscMask,
    /// From 0 to 1: how sure its maker is that this is the disc.
    pub confidence: f64,
    /// Who made it.
    pub source: MaskSource,
}

/// A network that marks disc and cup: 3 logits a pixel, for background, rim and cup, of a square
/// RGB / 255 picture.
///
/// The shipped one looks at the whole field first, and then again at what it found. A user's own
/// sees the photograph once, padded to a square. Cloning is cheap, and one segmenter may serve
/// several threads.
#[derive(Clone)]
pub struct Segmenter {
    program: Arc<Program>,
    /// Height and width of the input, and of the output.
    input: [usize; 2],
    output: [usize; 2],
    source: MaskSource,
}

impl Segmenter {
    /// The segmenter that comes along.
    ///
    /// # Errors
    /// [`AnatomyError::Engine`] where this machine cannot run it.
    pub fn shipped() -> Result<Segmenter, AnatomyError> {
        Segmenter::load(SHIPPED, MaskSource::Shipped)
    }

    /// A user's own segmenter: a model file with one input (1, 3, height, width) and an output (1,
    /// 3, height, width) of logits or probabilities.
    ///
    /// # Errors
    /// [`AnatomyError::Format`] for a file that is no usable model, [`AnatomyError::NotASegmenter`]
    /// for a network of other shapes, [`AnatomyError::Engine`] for an operator that cannot be run.
    pub fn from_bytes(bytes: &[u8]) -> Result<Segmenter, AnatomyError> {
        Segmenter::load(bytes, MaskSource::OwnSegmenter)
    }

    fn load(bytes: &[u8], source: MaskSource) -> Result<Segmenter, AnatomyError> {
        let mut graph = heatlens_formats::load(bytes, &LoadOptions::default())?.graph;
        let inputs: Vec<&[usize]> = graph.inputs().iter().map(|input| graph.shape(input.value)).collect();
        let &[&[1, 3, height, width]] = inputs.as_slice() else {
            return Err(AnatomyError::NotASegmenter(format!(
                "its inputs are {inputs:?}; one of (1, 3, height, width) is needed"
            )));
        };
        let logits =
            graph.outputs().iter().copied().find(|&v| matches!(graph.shape(v), &[1, 3, h, w] if h > 1 && w > 1));
        let Some(logits) = logits else {
            let shapes: Vec<&[usize]> = graph.outputs().iter().map(|&v| graph.shape(v)).collect();
            return Err(AnatomyError::NotASegmenter(format!(
                "its outputs are {shapes:?}; one of (1, 3, height, width) is needed, logits of background, rim and cup"
            )));
        };
        let output = [graph.shape(logits)[2], graph.shape(logits)[3]];
        graph.set_outputs(vec![logits]);
        let graph = simplify(&graph).map_err(|error| AnatomyError::NotASegmenter(error.to_string()))?;
        let program = Arc::new(Program::compile(&graph, &CompileOptions::default())?);
        Ok(Segmenter { program, input: [height, width], output, source })
    }

    /// Marks disc and cup.
    ///
    /// # Errors
    /// [`AnatomyError::NoDisc`] where none was found.
    pub fn segment(&self, photograph: &Photograph, field: &FieldOfView) -> Result<Segmentation, AnatomyError> {
        let mut session = self.program.session();
        let look = match self.source {
            MaskSource::Shipped => self.look_closer(&mut session, photograph, field)?,
            _ => {
                let centre = [photograph.width as f64 / 2.0, photograph.height as f64 / 2.0];
                self.look(
                    &mut session,
                    photograph,
                    &Square::around(centre, photograph.width.max(photograph.height) as f64),
                )?
            }
        };
        let found = look.disc().ok_or(AnatomyError::NoDisc)?;
        let mask = look.paint(photograph)?;
        if mask.tissue().iter().all(|&t| t == Tissue::Background) {
            return Err(AnatomyError::NoDisc);
        }
        Ok(Segmentation { mask, confidence: found.confidence, source: self.source })
    }

    /// Looks at the whole field, then around what was found, until the disc lies in the middle and
    /// has the size that the network knows best; averages the last look with one in the mirror.
    fn look_closer(
        &self,
        session: &mut Session,
        photograph: &Photograph,
        field: &FieldOfView,
    ) -> Result<Look, AnatomyError> {
        let [left, top, right, bottom] = field.bounds;
        let mut square =
            Square::around([(left + right) / 2.0, (top + bottom) / 2.0], 1.06 * (right - left).max(bottom - top));
        let mut look = self.look(session, photograph, &square)?;
        for _ in 1..MOST_LOOKS {
            let disc = look.disc().ok_or(AnatomyError::NoDisc)?;
            let next = Square::around(disc.centre, CLOSE_UP * disc.diameter);
            let off = f64::hypot(disc.centre[0] - square.centre()[0], disc.centre[1] - square.centre()[1]);
            let settled = (next.side as f64 / square.side as f64).ln().abs() < 0.15 && off < 0.12 * square.side as f64;
            if settled {
                break;
            }
            square = next;
            look = self.look(session, photograph, &square)?;
        }
        mirror(&mut look.tensor, self.input[1]);
        let mut mirrored = run(session, &look.tensor);
        mirror(&mut mirrored, self.output[1]);
        look.probabilities.iter_mut().zip(&mirrored).for_each(|(p, m)| *p = 0.5 * (*p + m));
        Ok(look)
    }

    /// One look at a square of the photograph.
    fn look(&self, session: &mut Session, photograph: &Photograph, square: &Square) -> Result<Look, AnatomyError> {
        let resample = Resample::pillow(PillowFilter::Bilinear);
        let preprocess = Preprocess {
            colour: Colour::Rgb,
            steps: vec![Resize { to: Size::Input, resample }.into()],
            range: Range::Unit,
            mean: vec![0.0; 3],
            std: vec![1.0; 3],
            layout: Layout::Nchw,
            input: None,
        };
        let tensor = preprocess.prepare(&square.cut(photograph), self.input)?.tensor;
        let to_photograph =
            Affine::scaling(self.output, [square.side; 2]).then(&Affine::shift(square.left as f64, square.top as f64));
        Ok(Look { probabilities: run(session, &tensor), tensor, size: self.output, to_photograph })
    }
}

/// The network's probabilities.
fn run(session: &mut Session, tensor: &[f32]) -> Vec<f32> {
    session.set_input(0, tensor);
    session.run();
    softmax(session.output(0))
}

/// A square of whole pixels; it may reach beyond the photograph.
struct Square {
    left: i64,
    top: i64,
    side: usize,
}

impl Square {
    fn around(centre: [f64; 2], side: f64) -> Square {
        let side = side.round().clamp(8.0, 65536.0);
        let corner = centre.map(|c| (c - side / 2.0).round() as i64);
        Square { left: corner[0], top: corner[1], side: side as usize }
    }

    fn centre(&self) -> [f64; 2] {
        [self.left as f64 + self.side as f64 / 2.0, self.top as f64 + self.side as f64 / 2.0]
    }

    /// What the photograph shows there; black beyond it.
    fn cut(&self, photograph: &Photograph) -> Picture {
        let mut rgb = vec![0; self.side * self.side * 3];
        let columns = self.left.max(0)..(self.left + self.side as i64).min(photograph.width as i64);
        let rows = self.top.max(0)..(self.top + self.side as i64).min(photograph.height as i64);
        if !columns.is_empty() {
            for y in rows {
                let from = (y as usize * photograph.width + columns.start as usize) * 3;
                let to = ((y - self.top) as usize * self.side + (columns.start - self.left) as usize) * 3;
                let n = (columns.end - columns.start) as usize * 3;
                rgb[to..to + n].copy_from_slice(&photograph.rgb[from..from + n]);
            }
        }
        Picture { width: self.side, height: self.side, rgb }
    }
}

/// What the network sees in a square.
struct Look {
    /// What the network was shown.
    tensor: Vec<f32>,
    /// 3 planes: background, rim, cup.
    probabilities: Vec<f32>,
    /// Height and width of a plane.
    size: [usize; 2],
    to_photograph: Affine,
}

/// A disc that was found, in the photograph's pixels.
struct Found {
    centre: [f64; 2],
    diameter: f64,
    confidence: f64,
}

impl Look {
    fn disc_plane(&self) -> Vec<f32> {
        let n = self.size[0] * self.size[1];
        (0..n).map(|i| self.probabilities[n + i] + self.probabilities[2 * n + i]).collect()
    }

    /// The component that holds most probability.
    fn disc(&self) -> Option<Found> {
        let disc = self.disc_plane();
        let most = disc.iter().copied().fold(0.0, f32::max);
        if most < FAINT {
            return None;
        }
        let [height, width] = self.size;
        let mut rest = Bits::new(width, height, disc.iter().map(|&p| p > 0.5 * most.min(1.0)).collect());
        let mut best: Option<(f64, Bits)> = None;
        // A few components at most; what is much smaller than the largest cannot win.
        for _ in 0..4 {
            let component = rest.largest_component();
            let sum: f64 = disc.iter().zip(&component.set).filter(|(_, set)| **set).map(|(p, _)| f64::from(*p)).sum();
            if sum == 0.0 {
                break;
            }
            rest.set.iter_mut().zip(&component.set).for_each(|(rest, taken)| *rest &= !taken);
            if best.as_ref().is_none_or(|(most, _)| sum > *most) {
                best = Some((sum, component));
            }
        }
        let (sum, component) = best?;
        let (mut moment, mut area) = ([0.0; 2], 0.0);
        for i in (0..disc.len()).filter(|&i| component.set[i]) {
            let p = f64::from(disc[i]);
            moment = [moment[0] + p * ((i % width) as f64 + 0.5), moment[1] + p * ((i / width) as f64 + 0.5)];
            area += 1.0;
        }
        let scale = (self.to_photograph.scale[0] * self.to_photograph.scale[1]).sqrt();
        Some(Found {
            centre: self.to_photograph.apply(moment.map(|m| m / sum)),
            diameter: 2.0 * (area / std::f64::consts::PI).sqrt() * scale,
            confidence: confidence(sum / area),
        })
    }

    /// The mask in the photograph's pixels: probabilities enlarged bilinearly, disc and cup where
    /// they are more likely than not.
    fn paint(&self, photograph: &Photograph) -> Result<DiscMask, AnatomyError> {
        let n = self.size[0] * self.size[1];
        let (disc, cup) = (self.disc_plane(), &self.probabilities[2 * n..]);
        let most = disc.iter().copied().fold(0.0, f32::max);
        let threshold = 0.5 * most.min(1.0);
        let (width, height) = (photograph.width, photograph.height);
        let mut tissue = vec![Tissue::Background; width * height];
        let inverse = self.to_photograph.inverse();
        let [from, to] =
            [[0.0; 2], [self.size[1] as f64, self.size[0] as f64]].map(|corner| self.to_photograph.apply(corner));
        let span =
            |axis: usize, end: usize| (from[axis].max(0.0) as usize)..(to[axis].max(0.0).ceil() as usize).min(end);
        for y in span(1, height) {
            for x in span(0, width) {
                let at = inverse.apply([x as f64 + 0.5, y as f64 + 0.5]);
                if bilinear(cup, self.size, at) > 0.5 {
                    tissue[y * width + x] = Tissue::Cup;
                } else if bilinear(&disc, self.size, at) > threshold {
                    tissue[y * width + x] = Tissue::Rim;
                }
            }
        }
        Ok(DiscMask::new(width, height, tissue)?)
    }
}

/// From the mean probability inside the disc: 0.97 is what good photographs give; below 0.91 many
/// are no discs, and all are doubtful.
fn confidence(mean: f64) -> f64 {
    ((mean - 0.85) / 0.12).clamp(0.0, 1.0)
}

/// The value at a point in edge coordinates, clamped at the border.
fn bilinear(plane: &[f32], [height, width]: [usize; 2], [x, y]: [f64; 2]) -> f32 {
    let axis = |at: f64, n: usize| {
        let at = (at - 0.5).clamp(0.0, (n - 1) as f64);
        let low = (at as usize).min(n.saturating_sub(2));
        (low, (low + 1).min(n - 1), (at - low as f64) as f32)
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (axis(x, width), axis(y, height));
    let row = |y: usize| plane[y * width + x0] * (1.0 - fx) + plane[y * width + x1] * fx;
    row(y0) * (1.0 - fy) + row(y1) * fy
}

/// Over 3 planes; planes that are probabilities already stay as they are.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let n = logits.len() / 3;
    let already = (0..n).all(|i| {
        let p = [logits[i], logits[n + i], logits[2 * n + i]];
        p.iter().all(|v| *v >= 0.0) && (p.iter().sum::<f32>() - 1.0).abs() < 1e-3
    });
    let mut out = logits.to_vec();
    if !already {
        for i in 0..n {
            let most = logits[i].max(logits[n + i]).max(logits[2 * n + i]);
            let e = [0, n, 2 * n].map(|plane| (logits[plane + i] - most).exp());
            let sum: f32 = e.iter().sum();
            [0, 1, 2].into_iter().for_each(|c| out[c * n + i] = e[c] / sum);
        }
    }
    out
}

/// Left to right.
fn mirror(planes: &mut [f32], width: usize) {
    planes.chunks_exact_mut(width).for_each(<[f32]>::reverse);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_reach_beyond_the_photograph() {
        let photograph = Photograph { width: 4, height: 3, rgb: (0..36).collect() };
        let square = Square { left: -5, top: 1, side: 8 };
        let cut = square.cut(&photograph);
        assert_eq!(&cut.rgb[5 * 3..8 * 3], &photograph.rgb[12..21]);
        assert_eq!(cut.rgb.iter().filter(|&&v| v > 0).count(), 18);
        assert!(Square { left: 40, top: 40, side: 8 }.cut(&photograph).rgb.iter().all(|&v| v == 0));
        assert_eq!(Square::around([10.0, 20.0], 6.0).side, 8, "never too small to look at");
    }

    #[test]
    fn probabilities() {
        let p = softmax(&[0.0, 9.0, 0.0, 0.0, 3f32.ln(), 0.0]);
        assert!((p[0] - 0.2).abs() < 1e-6 && (p[4] - 0.6).abs() < 1e-6);
        let given = [0.5, 0.1, 0.25, 0.2, 0.25, 0.7];
        assert_eq!(softmax(&given), given);
        assert_eq!(bilinear(&[0.0, 1.0, 2.0, 3.0], [2, 2], [1.0, 1.0]), 1.5);
        assert_eq!(bilinear(&[0.0, 1.0, 2.0, 3.0], [2, 2], [-4.0, 9.0]), 2.0);
    }

    #[test]
    fn other_networks_are_refused() {
        assert!(matches!(Segmenter::from_bytes(b"nonsense"), Err(AnatomyError::Format(_))));
    }
}
