//! Maps → pictures.

mod blend;
mod canvas;
mod chart;
mod colormap;
mod panel;
mod style;
mod text;
mod warp;

pub use blend::{Rows, draw_heatmap, draw_overlay, draw_seen, heatmap_rows, overlay_rows};
pub use chart::{Bar, BarScale, Bars, Chart, Figure, Line, Lines};
pub use colormap::Colormap;
pub use panel::{Caption, Panel, Tile, Verdict, panel, tile_sized};
pub use style::{Blend, DrawStyle};
pub use warp::{Region, WarpedMap, warp};
