//! Maps → pictures.

mod blend;
mod canvas;
mod chart;
mod colormap;
mod panel;
mod text;
mod warp;

pub use blend::{Blend, DrawStyle, draw_heatmap, draw_overlay, draw_seen};
pub use chart::{Bar, BarScale, Bars, Chart, Figure, Line, Lines};
pub use colormap::Colormap;
pub use panel::{Caption, Panel, Tile, Verdict, panel, tile_sized};
pub use warp::{Region, WarpedMap, warp};
