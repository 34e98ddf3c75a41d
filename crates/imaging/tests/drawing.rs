//! Drawing against pytorch-grad-cam.

mod common;

use common::{array, picture};
use heatlens_imaging::{Affine, Blend, Colormap, DrawStyle, draw_overlay, warp};

#[test]
fn the_classic_blend_is_show_cam_on_image() {
    let mut map = Vec::new();
    for y in 0..24 {
        for x in 0..31 {
            map.push(((x * 11 + y * 17) % 101) as f32 / 100.0);
        }
    }
    let warped = warp(&map, [24, 31], &Affine::IDENTITY, [24, 31]);
    let style = DrawStyle { colormap: Colormap::Jet, blend: Blend::Classic, alpha: None, signed: false };
    let got = draw_overlay(&picture(24, 31), &warped, &style);
    let want = array("classic.npy");
    assert_eq!(want.shape, [24, 31, 3]);
    let worst = got.rgb.iter().zip(&want.values).map(|(&a, b)| (f32::from(a) - b).abs()).fold(0.0, f32::max);
    assert_eq!(worst, 0.0);
}
