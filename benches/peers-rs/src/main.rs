//! Times the forward pass of an ONNX file in rten or tract: `peers rten|tract FILE BATCH THREADS`.
//!
//! Answers every line of standard input, a number of seconds, with a line: the median time in
//! milliseconds of the passes made in that time, at least three.

use std::error::Error;
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rten::{Model, ModelOptions, RunOptions, ThreadPool};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};
use tract_onnx::prelude::*;

type Pass = Box<dyn FnMut() -> Result<(), Box<dyn Error>>>;

const SHAPE: [usize; 3] = [3, 224, 224];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, file, batch, threads] = arguments.as_slice() else {
        return Err("usage: peers rten|tract FILE BATCH THREADS".into());
    };
    let (batch, threads) = (batch.parse()?, threads.parse()?);
    let images = noise(batch * SHAPE.iter().product::<usize>());
    let mut pass = match runtime.as_str() {
        "rten" => rten(file, batch, threads, images)?,
        "tract" => tract(file, batch, threads, images)?,
        other => return Err(format!("`{other}` is neither rten nor tract").into()),
    };
    pass()?;
    for line in std::io::stdin().lock().lines() {
        let median = measure(&mut pass, Duration::from_secs_f64(line?.trim().parse()?))?;
        println!("{}", 1e3 * median.as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn measure(pass: &mut Pass, time: Duration) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || start.elapsed() < time {
        let before = Instant::now();
        pass()?;
        times.push(before.elapsed());
    }
    times.sort();
    Ok((times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2)
}

/// One batch at a time, its operators divided between the threads, weights packed beforehand.
fn rten(file: &str, batch: usize, threads: usize, images: Vec<f32>) -> Result<Pass, Box<dyn Error>> {
    let mut options = ModelOptions::with_all_ops();
    options.prepack_weights(true);
    let model = options.load_file(file)?;
    let pool = Arc::new(ThreadPool::with_num_threads(threads));
    let [channels, height, width] = SHAPE;
    let input = NdTensor::from_data([batch, channels, height, width], images);
    Ok(Box::new(move || forward(&model, input.view(), &pool)))
}

fn forward(model: &Model, input: NdTensorView<f32, 4>, pool: &Arc<ThreadPool>) -> Result<(), Box<dyn Error>> {
    let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
    std::hint::black_box(model.run_one(input.into(), Some(options))?);
    Ok(())
}

/// As its documentation does it: the shape is fixed, the model optimised, then run.
fn tract(file: &str, batch: usize, threads: usize, images: Vec<f32>) -> Result<Pass, Box<dyn Error>> {
    if threads > 1 {
        multithread::set_default_executor(multithread::Executor::multithread(threads));
    }
    let [channels, height, width] = SHAPE;
    let shape = [batch, channels, height, width];
    let model = tract_onnx::onnx()
        .model_for_path(file)?
        .with_input_fact(0, f32::fact(shape).into())?
        .into_optimized()?
        .into_runnable()?;
    let input: Tensor = tract_ndarray::Array4::from_shape_vec(shape, images)?.into();
    Ok(Box::new(move || {
        std::hint::black_box(model.run(tvec!(input.clone().into()))?);
        Ok(())
    }))
}

/// Values between -2 and 2 without a pattern.
fn noise(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 22) as f32 - 2.0
    };
    (0..count).map(|_| next()).collect()
}
