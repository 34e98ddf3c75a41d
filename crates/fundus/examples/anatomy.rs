//! Prints what is known of a photograph's anatomy, and writes its zones in colours:
//! `anatomy PHOTOGRAPH [ZONES.png]`.

use std::time::Instant;

use heatlens_fundus::anatomy::{Anatomy, Known, Segmenter, Zone, vessels};
use heatlens_imaging::{Affine, DecodeLimits, Picture, decode, encode_png};

/// A colour for each zone, mixed with the photograph.
const COLOURS: [[u8; 3]; 11] = [
    [255, 255, 255],
    [255, 220, 0],
    [255, 140, 0],
    [255, 70, 70],
    [60, 160, 255],
    [0, 220, 200],
    [190, 90, 255],
    [160, 0, 0],
    [110, 110, 110],
    [0, 255, 0],
    [0, 0, 90],
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: anatomy PHOTOGRAPH [ZONES.png]")?;
    let photograph = decode(&std::fs::read(&path)?, &DecodeLimits::default())?;
    let segmenter = Segmenter::shipped()?;
    let start = Instant::now();
    let anatomy = Anatomy::of(&photograph, &Known { file_name: &path, ..Known::default() }, Some(&segmenter))?;
    let found = start.elapsed();
    let zones = anatomy.zones()?.with_vessels(vessels(&photograph, &anatomy.field))?;
    let size = [photograph.height, photograph.width];
    let start = Instant::now();
    let labels = zones.labels([224, 224], &Affine::scaling([224, 224], size));
    println!("anatomy {found:.1?}, zones at 224×224 {:.1?}", start.elapsed());
    println!(
        "field: centre {:.0?}, radius {:.0}, residual {:.4}",
        anatomy.field.centre, anatomy.field.radius, anatomy.field.residual
    );
    println!("side: {:?}", anatomy.laterality);
    if let Some(disc) = &anatomy.disc {
        println!(
            "disc: centre {:.0?}, diameter {:.0}, vertical cup-to-disc {:.2?}",
            disc.outline.centre,
            disc.diameter(),
            disc.vertical_cup_to_disc
        );
        println!(
            "confidence {:.2} {:?}, rim {:.2?}",
            disc.confidence(),
            disc.doubts,
            disc.rim(anatomy.laterality.side)
        );
    }
    for (zone, share) in Zone::ALL.into_iter().zip(labels.shares()) {
        println!("{:>6.2} % {}", 100.0 * share, zone.title());
    }
    if let Some(out) = arguments.next() {
        let labels = zones.labels(size, &Affine::IDENTITY);
        let mix = |(pixel, zone): (&[u8], &Zone)| {
            [0, 1, 2].map(|c| ((2 * u16::from(pixel[c]) + u16::from(COLOURS[*zone as usize][c])) / 3) as u8)
        };
        let rgb = photograph.rgb.chunks_exact(3).zip(&labels.zones).flat_map(mix).collect();
        std::fs::write(out, encode_png(&Picture { rgb, ..photograph })?)?;
    }
    Ok(())
}
