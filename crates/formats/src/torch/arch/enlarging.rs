//! Maps made larger by their nearest cells.

use heatlens_graph::ops::{self, Coordinates, NearestMode, ResizeMode};
use heatlens_graph::{Tensor, ValueId};

use super::builder::Builder;
use super::misfit::Fit;

/// `torch.nn.functional.interpolate(mode="nearest")`.
const NEAREST: ops::Resize =
    ops::Resize { mode: ResizeMode::Nearest, coordinates: Coordinates::Asymmetric, nearest: NearestMode::Floor };

impl Builder<'_> {
    /// `x` with the extents of `like`, which has as many channels.
    pub fn enlarge(&mut self, x: ValueId, like: ValueId) -> Fit<ValueId> {
        let sizes = self.add(ops::Shape { start: 0, end: None }, &[like], "")?;
        Ok(self.add_node(NEAREST.into(), vec![Some(x), None, None, Some(sizes)], "")?[0])
    }

    /// `x` with extents this many times as large.
    pub fn enlarge_by(&mut self, x: ValueId, factor: usize, name: &str) -> Fit<ValueId> {
        if let Some(module) = self.pickled(name)
            && module.str("mode") != Some("nearest")
        {
            return Err(self.misplaced(name, module, "the nearest cells are needed here"));
        }
        let scales = self.constant(Tensor::f32([4], vec![1.0, 1.0, factor as f32, factor as f32]));
        Ok(self.add_node(NEAREST.into(), vec![Some(x), None, Some(scales)], name)?[0])
    }
}
