//! ROAD of one map: `road MODEL IMAGE.npy MAP.npy CLASS [ROUNDS]`, the image preprocessed and
//! channels first, the map as large as it.
//!
//! Prints the value for the logit of the class and the milliseconds of each round as JSON.
//! `benches/metrics.py` compares it with pytorch-grad-cam.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use heatlens::metrics::Scorer;
use heatlens::metrics::faithfulness::{RoadOptions, road};
use heatlens::{Map, Model, ModelOptions};
use heatlens_imaging::read_npy;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, image, map, class, rest @ ..] = arguments.as_slice() else {
        return Err("road MODEL IMAGE.npy MAP.npy CLASS [ROUNDS]".into());
    };
    let (class, rounds): (usize, usize) = (class.parse()?, rest.first().map_or(Ok(1), |rounds| rounds.parse())?);
    let model = Model::open(Path::new(model), &ModelOptions::default())?;
    let (image, map) = (read_npy(&std::fs::read(image)?)?, read_npy(&std::fs::read(map)?)?);
    let [height, width] = model.input().size();
    if class >= model.classes().len() || map.values.len() != height * width || image.values.len() != model.input().len()
    {
        return Err(format!("the model has {} classes and takes {height}×{width}", model.classes().len()).into());
    }
    let map = Map::new(height, width, map.values);
    let scorer = Scorer::new(&model)?;
    let mut scoring = scorer.scoring();
    let options = RoadOptions { noise: 0.0, ..RoadOptions::default() };
    let (mut times, mut value) = (Vec::new(), 0.0);
    for _ in 0..rounds {
        let start = Instant::now();
        value = road(&image.values, &map, |prediction| prediction.logits[class], &mut scoring, &options)?.combined();
        times.push(1e3 * start.elapsed().as_secs_f64());
    }
    println!("{}", serde_json::json!({ "combined": value, "milliseconds": times }));
    Ok(())
}
