use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use heatlens::{Explainer, ExplainerOptions, InputSpec, Method, StepTime, Target};
use heatlens_record::count;
use heatlens_run::{Memory, Need};
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde_json::{Value, json};

use crate::failure::Status;
use crate::flags::{MemoryArgs, MethodArgs, NetworkArgs, OneLayerArgs, ThreadArgs};
use crate::printer::Printer;

/// Measure the speed and the memory of a model on this machine
///
/// The forward pass and the explanation (the same pass, then the gradient and the finished map of
/// the predicted class) are timed in turns on made-up images. Several images on several threads are
/// divided between the threads, as `heatlens explain` does; the threads work inside the operators
/// where there is one image. Decoding, preprocessing and drawing are not in it.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    methods: MethodArgs,
    #[command(flatten)]
    layer: OneLayerArgs,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Images handed over at once
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// How long to measure, in seconds
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// Measure the gradient of the whole network at the image too
    #[arg(long)]
    gradient: bool,
    /// Time each operator too: of that gradient's pass where it is measured
    #[arg(long)]
    profile: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|value| (0.0..=3600.0).contains(value))
        .ok_or_else(|| "a number of seconds from 0 to 3600 is needed".to_owned())
}

/// Measures and tells.
///
/// # Errors
/// If the model cannot be used or threads cannot be started.
pub fn run(args: &Args, printer: &Printer) -> Result<Status> {
    let report = measure(args, printer)?;
    if args.json {
        printer.data(&serde_json::to_string_pretty(&report.json(args))?);
    } else {
        report.tell(args, printer);
    }
    Ok(Status::Done)
}

/// What was measured.
struct Report {
    architecture: Option<String>,
    layer: String,
    input: InputSpec,
    threads: usize,
    workers: usize,
    load: Duration,
    compile: Duration,
    forward: Vec<Duration>,
    explain: Vec<Duration>,
    /// The forward pass and the gradient at the image, where that was asked for.
    gradient: Option<Vec<Duration>>,
    peak_bytes: Option<u64>,
    weights_bytes: usize,
    workspace_bytes: usize,
    profile: Vec<Step>,
}

/// A step of the compiled network.
struct Step {
    operator: &'static str,
    node: String,
    gradient: bool,
    time: Duration,
}

fn measure(args: &Args, printer: &Printer) -> Result<Report> {
    let start = Instant::now();
    let model = args.network.open()?;
    let load = start.elapsed();
    model.notes().iter().for_each(|note| printer.note(note));

    let threads = args.threads.count();
    let images = usize::from(args.batch);
    let workers = threads.min(images);
    let memory = Memory::new(args.memory.memory).beside(&model, 1 + usize::from(args.gradient))?;
    let start = Instant::now();
    let layers = args.layer.layer.iter().cloned().collect();
    let options = ExplainerOptions {
        layers,
        methods: args.methods.unique(),
        batch: images.div_ceil(workers),
        ..Default::default()
    };
    let compiled = |options: &ExplainerOptions| {
        Explainer::new(&model, options).with_context(|| {
            format!("`{}` for {} at once", args.network.model.display(), count(options.batch, "image"))
        })
    };
    let explainer = compiled(&options)?;
    let compile = start.elapsed();
    let whole = args
        .gradient
        .then(|| compiled(&ExplainerOptions { methods: vec![Method::InputGradient], ..options }))
        .transpose()?;

    // What is measured is not changed to fit.
    let each = explainer.worker_bytes() + whole.as_ref().map_or(0, Explainer::worker_bytes);
    memory.divided(threads, Need { images: 1, worker: workers * each, pixel: 0 })?;
    let images: Vec<Vec<f32>> = (0..images).map(|seed| noise(model.input().len(), seed)).collect();
    let crew = |explainer| Crew::new(explainer, workers, threads, &images, model.input().size());
    let (mut crew, mut whole) = (crew(&explainer)?, whole.as_ref().map(crew).transpose()?);
    let times = measure_in_turns(&mut crew, whole.as_mut(), Duration::from_secs_f64(args.seconds));
    let profile = if args.profile { whole.as_mut().unwrap_or(&mut crew).profile() } else { Vec::new() };
    Ok(Report {
        architecture: model.architecture().map(str::to_owned),
        layer: explainer.layers()[0].name.clone(),
        input: model.input(),
        threads,
        workers,
        load,
        compile,
        forward: times.forward,
        explain: times.explain,
        gradient: args.gradient.then_some(times.gradient),
        peak_bytes: peak_bytes(),
        weights_bytes: model.weights_bytes(),
        workspace_bytes: workers * explainer.worker_bytes(),
        profile,
    })
}

/// What the rounds took.
#[derive(Default)]
struct Times {
    forward: Vec<Duration>,
    explain: Vec<Duration>,
    gradient: Vec<Duration>,
}

/// All jobs in turns, so that what else the machine does meets them alike. `whole` explains by the
/// gradient at the image.
fn measure_in_turns(crew: &mut Crew<'_>, mut whole: Option<&mut Crew<'_>>, length: Duration) -> Times {
    const ROUNDS: usize = 3;
    let mut round = |times: &mut Times| {
        times.forward.push(crew.each(Job::Forward));
        times.explain.push(crew.each(Job::Explain));
        times.gradient.extend(whole.as_mut().map(|whole| whole.each(Job::Explain)));
    };
    // Memory is touched and clocks rise before anything counts.
    round(&mut Times::default());
    let (mut times, start) = (Times::default(), Instant::now());
    while times.forward.len() < ROUNDS || start.elapsed() < length {
        round(&mut times);
    }
    times
}

/// What a round consists of.
#[derive(Clone, Copy)]
enum Job {
    Forward,
    Explain,
}

/// The workers, each with threads of its own and its share of the images.
struct Crew<'e> {
    members: Vec<Member<'e>>,
    size: [usize; 2],
}

struct Member<'e> {
    pool: ThreadPool,
    worker: heatlens::Worker<'e>,
    images: Vec<&'e [f32]>,
}

impl<'e> Crew<'e> {
    fn new(
        explainer: &'e Explainer,
        workers: usize,
        threads: usize,
        images: &'e [Vec<f32>],
        size: [usize; 2],
    ) -> Result<Self> {
        let mut members = Vec::with_capacity(workers);
        for w in 0..workers {
            // Several images at once keep every core busy without dividing operators; the cores
            // that are left divide them.
            let pool =
                ThreadPoolBuilder::new().num_threads(threads / workers).build().context("cannot start threads")?;
            let share = &images[w * images.len() / workers..(w + 1) * images.len() / workers];
            members.push(Member {
                pool,
                worker: explainer.worker(),
                images: share.iter().map(Vec::as_slice).collect(),
            });
        }
        Ok(Crew { members, size })
    }

    /// Does the job once with all images and returns how long it took.
    fn each(&mut self, job: Job) -> Duration {
        let size = self.size;
        let start = Instant::now();
        match self.members.as_mut_slice() {
            [alone] => alone.run(job, size),
            members => std::thread::scope(|scope| {
                for member in members {
                    scope.spawn(move || member.run(job, size));
                }
            }),
        }
        start.elapsed()
    }

    /// The median time of each step, of the first worker while the others rest.
    fn profile(&mut self) -> Vec<Step> {
        const ROUNDS: usize = 9;
        let Member { pool, worker, .. } = &mut self.members[0];
        let rounds: Vec<Vec<StepTime<'_>>> = pool.install(|| (0..ROUNDS).map(|_| worker.profile()).collect());
        let step = |i: usize| {
            let StepTime { operator, node, gradient, .. } = rounds[0][i];
            let times: Vec<Duration> = rounds.iter().map(|round| round[i].time).collect();
            Step { operator, node: node.to_owned(), gradient, time: median(&times) }
        };
        (0..rounds[0].len()).map(step).collect()
    }
}

impl Member<'_> {
    fn run(&mut self, job: Job, size: [usize; 2]) {
        let Member { pool, worker, images } = self;
        pool.install(|| match job {
            Job::Forward => {
                std::hint::black_box(worker.predict_batch(images));
            }
            Job::Explain => {
                for explanation in worker.explain_batch(images, &[Target::Predicted]).into_iter().flatten() {
                    explanation.maps.iter().for_each(|map| drop(std::hint::black_box(map.finish(size))));
                }
            }
        });
    }
}

/// Values as a preprocessed photograph has them, from −2 to 2, each image its own.
fn noise(length: usize, seed: usize) -> Vec<f32> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed as u64 + 1);
    let mut next = || {
        // Knuth's linear congruential generator; its upper bits are the good ones.
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 22) as f32 - 2.0
    };
    (0..length).map(|_| next()).collect()
}

/// The most memory that this process ever held; Linux tells.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The middle one; the mean of both middle ones where the count is even.
fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / 2 }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

impl Report {
    fn ratio(&self) -> f64 {
        median(&self.explain).as_secs_f64() / median(&self.forward).as_secs_f64()
    }

    /// What the gradient at the image takes on top of the forward pass that comes before it, for
    /// each forward pass.
    fn gradient_ratio(&self, times: &[Duration]) -> f64 {
        median(times).as_secs_f64() / median(&self.forward).as_secs_f64() - 1.0
    }

    fn json(&self, args: &Args) -> Value {
        let job = |times: &[Duration]| {
            json!({
                "median_ms": ms(median(times)),
                "fastest_ms": times.iter().min().map(|&time| ms(time)),
                "images_per_second": f64::from(args.batch) / median(times).as_secs_f64(),
                "rounds": times.len(),
            })
        };
        let mut report = json!({
            "model": args.network.model.display().to_string(),
            "architecture": self.architecture,
            "input": self.input.shape(1)[1..],
            "layer": self.layer,
            "methods": args.methods.unique().iter().map(|method| method.card().name).collect::<Vec<_>>(),
            "batch": args.batch,
            "threads": self.threads,
            "workers": self.workers,
            "load_ms": ms(self.load),
            "compile_ms": ms(self.compile),
            "forward": job(&self.forward),
            "explain": job(&self.explain),
            "explain_per_forward": self.ratio(),
            "peak_bytes": self.peak_bytes,
            "weights_bytes": self.weights_bytes,
            "workspace_bytes": self.workspace_bytes,
        });
        if let Some(times) = &self.gradient {
            report["gradient"] = job(times);
            report["gradient_per_forward"] = json!(self.gradient_ratio(times));
        }
        if args.profile {
            let step =
                |s: &Step| json!({ "operator": s.operator, "node": s.node, "gradient": s.gradient, "ms": ms(s.time) });
            report["profile"] = self.profile.iter().map(step).collect();
        }
        report
    }

    fn tell(&self, args: &Args, printer: &Printer) {
        let [height, width] = self.input.size();
        let architecture = self.architecture.as_deref().unwrap_or("unnamed network");
        let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        printer.data(&format!(
            "{architecture}, input {height}×{width}, layer {}, {}, {}",
            self.layer,
            many(args.batch.into(), "image"),
            many(self.threads, "thread")
        ));
        let gradient = self.gradient.iter().map(|times| ("gradient", times));
        for (name, times) in [("forward", &self.forward), ("explain", &self.explain)].into_iter().chain(gradient) {
            let (time, fastest) = (median(times), times.iter().min().copied().unwrap_or_default());
            let rate = f64::from(args.batch) / time.as_secs_f64();
            let (time, fastest, rounds) = (ms(time), ms(fastest), times.len());
            printer.data(&format!(
                "  {name:<10}{time:>10.2} ms   {rate:>8.1} images a second   fastest {fastest:.2} ms of {rounds}"
            ));
        }
        printer.data(&format!("  {:<10}{:>10.3}      explain / forward", "ratio", self.ratio()));
        if let Some(times) = &self.gradient {
            let what = "(forward and gradient at the image) / forward − 1";
            printer.data(&format!("  {:<10}{:>10.3}      {what}", "ratio", self.gradient_ratio(times)));
        }
        printer.data(&format!(
            "  {:<10}{:>10.1} ms   to read, {:.1} ms to compile",
            "load",
            ms(self.load),
            ms(self.compile)
        ));
        let (weights, workspace) = (megabytes(self.weights_bytes as u64), megabytes(self.workspace_bytes as u64));
        if let Some(peak) = self.peak_bytes {
            let peak = megabytes(peak);
            printer.data(&format!(
                "  {:<10}{peak:>10.1} MB   at its peak: weights {weights:.1}, workspace {workspace:.1}",
                "memory"
            ));
        } else {
            printer.data(&format!(
                "  {:<10}{:>10.1} MB   weights {weights:.1}, workspace {workspace:.1}",
                "memory",
                weights + workspace
            ));
        }
        if args.profile {
            self.tell_profile(printer);
        }
    }

    /// The operators by the time that they take, then the slowest steps.
    fn tell_profile(&self, printer: &Printer) {
        const SLOWEST: usize = 20;
        let total: f64 = self.profile.iter().map(|step| ms(step.time)).sum();
        let mut operators: Vec<(&str, bool, usize, f64)> = Vec::new();
        for step in &self.profile {
            match operators.iter_mut().find(|(name, gradient, ..)| (*name, *gradient) == (step.operator, step.gradient))
            {
                Some((.., count, time)) => (*count, *time) = (*count + 1, *time + ms(step.time)),
                None => operators.push((step.operator, step.gradient, 1, ms(step.time))),
            }
        }
        operators.sort_by(|a, b| b.3.total_cmp(&a.3));
        let part = |gradient| if gradient { "gradient" } else { "forward" };
        let widest = self.profile.iter().map(|step| step.operator.chars().count()).max().unwrap_or(0).max(8);
        printer.data(&format!("\n  {:<widest$}  {:<8}  {:>5}  {:>10}  share", "operator", "part", "steps", "ms"));
        for (name, gradient, count, time) in operators {
            let share = 100.0 * time / total;
            printer
                .data(&format!("  {name:<widest$}  {:<8}  {count:>5}  {time:>10.3}  {share:>4.1} %", part(gradient)));
        }
        let mut steps: Vec<&Step> = self.profile.iter().collect();
        steps.sort_by_key(|step| std::cmp::Reverse(step.time));
        printer.data(&format!("\n  {:<widest$}  {:<8}  {:>10}  slowest steps", "operator", "part", "ms"));
        for step in steps.into_iter().take(SLOWEST) {
            let (operator, part, time) = (step.operator, part(step.gradient), ms(step.time));
            printer.data(&format!("  {operator:<widest$}  {part:<8}  {time:>10.3}  {}", step.node));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let times = [9, 1, 4, 2].map(Duration::from_millis);
        assert_eq!(median(&times), Duration::from_millis(3));
        assert_eq!(median(&times[..3]), Duration::from_millis(4));
    }

    #[test]
    fn images_differ_and_look_normalised() {
        let images = [noise(10_000, 0), noise(10_000, 1)];
        assert_ne!(images[0], images[1]);
        assert!(images.iter().flatten().all(|v| (-2.0..=2.0).contains(v)));
        let mean = images[0].iter().sum::<f32>() / 1e4;
        assert!(mean.abs() < 0.05, "{mean}");
    }
}
