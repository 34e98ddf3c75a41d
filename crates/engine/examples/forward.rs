//! Times the forward pass of a model file: `forward MODEL [rounds] [threads]` prints the median in
//! milliseconds, and with `HEATLENS_PROFILE=1` the time that each operator takes (`=2`: each step).
//! With 0 rounds it runs once for each line on stdin and prints the time, so that another program
//! can take turns with it. Where `MODEL` with the ending `.x` and `.y` holds an image and its
//! logits as raw floats, it prints how far the result is from them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use heatlens_engine::{CompileOptions, Program, Session};
use heatlens_formats::{LoadOptions, load};
use heatlens_graph::simplify::simplify;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let model = Path::new(arguments.first().ok_or("usage: forward MODEL [rounds] [threads]")?);
    let rounds: usize = arguments.get(1).map_or(Ok(20), |n| n.parse())?;
    let threads = arguments.get(2).map_or(Ok(1), |n| n.parse())?;
    let graph = simplify(&load(&std::fs::read(model)?, &LoadOptions::default())?.graph)?;
    let start = Instant::now();
    let program = Arc::new(Program::compile(&graph, &CompileOptions::default())?);
    eprintln!("compiled in {:?}, {} MB a session", start.elapsed(), program.session_bytes() >> 20);
    let mut session = program.session();
    let image = floats(&model.with_extension("x"));
    session
        .input_mut(0)
        .iter_mut()
        .enumerate()
        .for_each(|(i, x)| *x = image.get(i).map_or((i % 255) as f32 / 255.0 - 0.5, |x| *x));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| session.run());
    report_error(&session, &floats(&model.with_extension("y")));
    if rounds == 0 {
        for _ in std::io::stdin().lines() {
            println!("{:.3}", milliseconds(pool.install(|| time(&mut session))));
        }
        return Ok(());
    }
    let mut times = pool.install(|| (0..rounds).map(|_| time(&mut session)).collect::<Vec<Duration>>());
    times.sort();
    println!("{:.3}", milliseconds(times[times.len() / 2]));
    if let Ok(detail) = std::env::var("HEATLENS_PROFILE") {
        pool.install(|| profile(&program, &mut session, detail == "2"));
    }
    Ok(())
}

fn profile(program: &Program, session: &mut Session, each_step: bool) {
    let steps: Vec<_> = program
        .steps()
        .map(|step| if each_step { format!("{} {}", step.op, step.node) } else { step.op.into() })
        .collect();
    let mut totals: BTreeMap<&str, Duration> = BTreeMap::new();
    const RUNS: u32 = 10;
    (0..RUNS).for_each(|_| session.profile(|i, time| *totals.entry(&steps[i]).or_default() += time));
    let mut totals: Vec<_> = totals.into_iter().collect();
    totals.sort_by_key(|(_, time)| *time);
    totals.iter().for_each(|(name, time)| eprintln!("{:8.3} ms  {name}", milliseconds(*time / RUNS)));
}

fn report_error(session: &Session, want: &[f32]) {
    let largest = want.iter().fold(0f32, |m, x| m.max(x.abs()));
    let error = want.iter().zip(session.output(0)).fold(0f32, |m, (a, b)| m.max((a - b).abs()));
    if !want.is_empty() {
        eprintln!("largest error {error:.2e} of logits up to {largest:.2e}: {:.2e}", error / largest);
    }
}

fn floats(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

fn time(session: &mut Session) -> Duration {
    let start = Instant::now();
    session.run();
    start.elapsed()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
