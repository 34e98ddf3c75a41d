//! Disc and cup by a small network, the shipped one or a user's own.

use std::sync::Arc;

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_formats::LoadOptions;
use heatlens_graph::simplify::simplify;
use heatlens_imaging::{Affine, Colour, Layout, Photograph, PillowFilter, Preprocess, Range, Resample, Resize, Size};

use super::{AnatomyError, DiscMask, FieldOfView, MaskSource, Tissue};
use look::{Look, mirror, run};
use square::Square;

mod confidence;
mod look;
mod square;

/// Trained by `models/train_segmenter.py`; its figures stand in `models/segmenter.json`.
const SHIPPED: &[u8] = include_bytes!("../../../../../models/segmenter.onnx");
/// Side of a close-up in disc diameters.
const CLOSE_UP: f64 = 2.6;
/// Looks that the shipped network takes at most, the one in the mirror aside.
const MOST_LOOKS: usize = 4;

/// A mask that was made of a photograph.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// Disc and cup in the photograph's pixels.
    pub mask: DiscMask,
    /// From 0 to 1: how sure its maker is of the disc. The shipped segmenter's is the probability of a Dice
    /// coefficient of at least 0.8; a user's own is judged by the same curve, which was not fitted to it.
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

    /// Another training of the shipped network, used as it is: for measuring one before it is shipped.
    ///
    /// # Errors
    /// As [`Segmenter::from_bytes`].
    pub fn like_shipped(bytes: &[u8]) -> Result<Segmenter, AnatomyError> {
        Segmenter::load(bytes, MaskSource::Shipped)
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
                let whole = Square::around(centre, photograph.width.max(photograph.height) as f64);
                self.look(&mut session, photograph, &whole)?
            }
        };
        let found = look.disc().ok_or(AnatomyError::NoDisc)?;
        let mask = look.paint(photograph)?;
        if mask.tissue().iter().all(|&t| t == Tissue::Background) {
            return Err(AnatomyError::NoDisc);
        }
        Ok(Segmentation { mask, confidence: confidence::of_mean(found.mean), source: self.source })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_networks_are_refused() {
        assert!(matches!(Segmenter::from_bytes(b"nonsense"), Err(AnatomyError::Format(_))));
    }
}
