//! What each stage between file and panel takes, in microseconds: the fastest of many rounds for
//! each picture, averaged over the pictures.
//!
//! `cargo bench -p heatlens-imaging -- PHOTOGRAPH…`; a made-up photograph where none is named.

use std::hint::black_box;
use std::time::{Duration, Instant};

use heatlens_imaging::{
    Caption, DecodeLimits, DrawStyle, Panel, Photograph, Preprocess, Tile, Verdict, decode, draw_heatmap, draw_overlay,
    draw_seen, encode_png, tile_sized, upsample, warp,
};

const INPUT: [usize; 2] = [224, 224];
const ROUNDS: usize = 30;

/// The stages in the order in which they run, each with the least time that it took.
#[derive(Default)]
struct Clock {
    stages: Vec<(&'static str, Duration)>,
}

impl Clock {
    fn time<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = black_box(work());
        let took = start.elapsed();
        match self.stages.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, least)) => *least = took.min(*least),
            None => self.stages.push((stage, took)),
        }
        result
    }
}

fn main() {
    // `cargo bench` hands over options of its own.
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let mut files: Vec<Vec<u8>> =
        named.iter().map(|path| std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"))).collect();
    if files.is_empty() {
        files.push(encode_png(&made_up()).expect("a picture"));
    }
    // As a run does: without it most of the time goes into pages that are given back and asked for
    // again.
    drop(black_box(Vec::<u8>::with_capacity(30 << 20)));
    let mut clocks: Vec<Clock> = files.iter().map(|_| Clock::default()).collect();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        bytes = files.iter().zip(&mut clocks).map(|(file, clock)| stages(file, clock)).sum();
    }
    let mean = |position: usize| {
        clocks.iter().map(|clock| clock.stages[position].1.as_secs_f64()).sum::<f64>() * 1e6 / files.len() as f64
    };
    let mut all = 0.0;
    for (position, (stage, _)) in clocks[0].stages.iter().enumerate() {
        println!("{stage:<22}{:>9.1} µs", mean(position));
        all += mean(position);
    }
    println!("{:<22}{all:>9.1} µs, {} bytes a panel", "all", bytes / files.len());
}

/// From a file to a panel; the panel's size in bytes.
fn stages(file: &[u8], clock: &mut Clock) -> usize {
    let style = DrawStyle::default();
    let photograph = clock.time("decode", || decode(file, &DecodeLimits::default()).expect("a picture"));
    let prepared =
        clock.time("prepare", || Preprocess::imagenet_exact().prepare(&photograph, INPUT).expect("a tensor"));
    let cells: Vec<f32> = (0..49).map(|i| [0.0, 0.3, 1.0, 0.6, 0.1][i * 3 % 5]).collect();
    let map = clock.time("upsample", || upsample(&cells, [7, 7], INPUT));
    let (photograph, shrink) = clock.time("tile_sized", || tile_sized(&photograph));
    let warped = clock.time("warp", || warp(&map, INPUT, &prepared.to_photograph.then(&shrink), photograph.size()));
    let tile = |title: &str, picture| Tile { title: title.into(), value: String::new(), picture };
    let tiles = vec![
        tile("Original", clock.time("draw_seen", || draw_seen(&photograph, &warped))),
        tile("Heatmap", clock.time("draw_heatmap", || draw_heatmap(&warped, &style))),
        tile("Overlay", clock.time("draw_overlay", || draw_overlay(&photograph, &warped, &style))),
    ];
    let caption = Caption {
        image: "2661_right.jpg".into(),
        predicted: "glaucoma".into(),
        confidence: Some(0.98),
        label: Some("normal".into()),
        verdict: Verdict::Wrong,
        explained: "glaucoma".into(),
        layer: "layer4.1".into(),
        method: "Grad-CAM".into(),
        scale: None,
        notes: Vec::new(),
    };
    let panel = Panel { rows: vec![tiles], caption, colour_bars: vec![DrawStyle::default()], tile: None };
    let picture = clock.time("Panel::draw", || panel.draw());
    clock.time("encode_png", || encode_png(&picture).expect("a file")).len()
}

/// Smooth on the whole, with grain.
fn made_up() -> Photograph {
    const SIDE: usize = 256;
    let mut state = 1u32;
    let mut grain = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 28) as f32
    };
    let rgb = (0..SIDE * SIDE * 3).map(|i| {
        let (x, y, c) = (i / 3 % SIDE, i / 3 / SIDE, i % 3);
        (60.0 + 40.0 * c as f32 + 50.0 * (x as f32 / 40.0).sin() * (y as f32 / 55.0).cos() + grain()) as u8
    });
    Photograph { width: SIDE, height: SIDE, rgb: rgb.collect() }
}
