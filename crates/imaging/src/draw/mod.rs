//! Maps → pictures.

mod blend;
mod canvas;
mod caption;
mod chart;
mod colormap;
mod contact;
mod contour;
mod panel;
mod style;
mod text;
mod warp;

pub use blend::{Rows, draw_heatmap, draw_overlay, draw_seen, heatmap_rows, overlay_rows};
pub use caption::{Caption, Verdict, percent};
pub use chart::{Bar, BarScale, Bars, Chart, Figure, Line, Lines};
pub use colormap::Colormap;
pub use contact::{ContactCard, ContactSheet};
pub use contour::{draw_contours, inscribe};
pub use panel::{Panel, Tile, panel, tile_sized};
pub use style::{Blend, DrawStyle};
pub use warp::{Region, WarpedMap, warp};
