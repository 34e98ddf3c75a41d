//! pytorch-grad-cam, torch-cam, captum and scikit-learn on two small networks.

use std::collections::{BTreeMap, HashMap};

use heatlens::{Explainer, ExplainerOptions, Map, Method, Model, Target};
use heatlens_imaging::Array;

use crate::support::{
    FREE_SIGN, curved, explain, goldens, largest, largest_difference, options, raw_error, read_npz,
    relative_difference, resnet,
};

struct Case {
    name: &'static str,
    model: Model,
    golden: HashMap<String, Array>,
    classes: &'static [usize],
    /// Where RefineCAM looks.
    stages: &'static [&'static str],
}

fn cases() -> [Case; 2] {
    let golden = |name: &str| read_npz(&goldens().join(format!("methods/{name}.npz")));
    [
        Case {
            name: "resnet",
            model: resnet(),
            golden: golden("resnet"),
            classes: &[0],
            stages: &["layer2.0", "layer3.0", "layer4.1"],
        },
        Case {
            name: "curved",
            model: curved(),
            golden: golden("curved"),
            classes: &[0, 1],
            stages: &["features.3", "features.7"],
        },
    ]
}

impl Case {
    fn image(&self) -> &[f32] {
        &self.golden["input"].values
    }

    fn targets(&self) -> Vec<Target> {
        self.classes.iter().map(|&class| Target::Class(class)).collect()
    }

    fn of(&self, method: Method, class: usize, kind: &str) -> Option<&[f32]> {
        self.golden.get(&format!("{}/{class}/{kind}", method.card().name)).map(|array| array.values.as_slice())
    }

    /// Whether it holds maps of the method that nothing is drawn for.
    fn has_maps(&self, method: Method) -> bool {
        ["raw", "map", "positive"].iter().any(|kind| self.of(method, self.classes[0], kind).is_some())
    }

    fn finished(&self, map: &heatlens::Heatmap) -> Map {
        map.finish(self.model.input().size())
    }
}

#[test]
fn maps_that_nothing_is_drawn_for_are_those_of_the_peers() {
    let mut compared: BTreeMap<&str, f32> = BTreeMap::new();
    for case in cases() {
        let methods: Vec<Method> = Method::ALL
            .iter()
            .copied()
            .filter(|method| case.has_maps(*method) && *method != Method::RefineCam)
            .collect();
        let mut maps = explain(&case.model, options(&methods), case.image(), &case.targets());
        let layers = case.stages.iter().map(|&stage| stage.to_owned()).collect();
        maps.extend(explain(
            &case.model,
            ExplainerOptions { layers, ..options(&[Method::RefineCam]) },
            case.image(),
            &case.targets(),
        ));
        for map in maps {
            let (method, class, title) = (map.method, map.score.class, map.method.card().name);
            let mut errors = Vec::new();
            if let Some(raw) = case.of(method, class, "raw") {
                errors.push(("raw", raw_error(method, &map.raw.values, raw), 1e-3));
            }
            if let Some(positive) = case.of(method, class, "positive") {
                let got: Vec<f32> = map.raw.values.iter().map(|v| v.max(0.0)).collect();
                errors.push(("positive", relative_difference(&got, positive), 1e-3));
            }
            let free = FREE_SIGN.contains(&method)
                && case.of(method, class, "raw").is_some_and(|raw| relative_difference(&map.raw.values, raw) > 1e-3);
            if let Some(finished) = case.of(method, class, "map").filter(|_| !free) {
                errors.push(("map", largest_difference(&case.finished(&map).values, finished), 3e-3));
            }
            for (kind, error, tolerance) in errors {
                assert!(error <= tolerance, "{}: {title}/{class}/{kind} differs by {error}", case.name);
                let worst = compared.entry(title).or_default();
                *worst = worst.max(error);
            }
        }
    }
    compared.iter().for_each(|(name, error)| println!("{name}: {error:.1e}"));
    let given = |method: &&Method| cases().iter().any(|case| case.has_maps(**method));
    assert_eq!(compared.len(), Method::ALL.iter().filter(given).count(), "{compared:?}");
}

#[test]
fn every_method_has_numbers_of_a_peer() {
    let cases = cases();
    let of = |method: Method| format!("{}/", method.card().name);
    let is_given = |method: Method| cases.iter().any(|case| case.golden.keys().any(|key| key.starts_with(&of(method))));
    let missing: Vec<&str> =
        Method::ALL.iter().filter(|method| !is_given(**method)).map(|method| method.card().name).collect();
    assert!(
        missing.is_empty(),
        "methods that are compared with nothing: {missing:?}. Let tests/golden/methods/make.py make the map of each, by \
         another library or from its equation in NumPy, and run it"
    );
}

/// The mean of the raw maps of several seeds.
fn mean_over_seeds(case: &Case, method: Method, class: usize, seeds: u64) -> Vec<f32> {
    let mut mean: Vec<f32> = Vec::new();
    for seed in 0..seeds {
        let maps = explain(
            &case.model,
            ExplainerOptions { seed, ..options(&[method]) },
            case.image(),
            &[Target::Class(class)],
        );
        mean.resize(maps[0].raw.values.len(), 0.0);
        mean.iter_mut().zip(&maps[0].raw.values).for_each(|(m, v)| *m += v.max(0.0) / seeds as f32);
    }
    mean
}

#[test]
fn maps_that_are_drawn_for_have_the_mean_of_the_peers() {
    for case in cases() {
        for (method, seeds) in [(Method::SmoothGradCamPlusPlus, 60), (Method::SsCam, 10), (Method::SmoothGrad, 20)] {
            for &class in case.classes {
                let (mean, spread) =
                    (case.of(method, class, "mean").unwrap(), case.of(method, class, "spread").unwrap());
                let got = mean_over_seeds(&case, method, class, seeds);
                // Means of many draws on both sides; ours are the fewer. A pixel in thousands may
                // be four and a half standard errors off.
                let off = got
                    .iter()
                    .zip(mean)
                    .zip(spread)
                    .map(|((g, m), s)| (g - m).abs() / (s / (seeds as f32).sqrt() + 1e-3 * m.abs()))
                    .fold(0.0, f32::max);
                println!(
                    "{}: {}/{class}: {off:.1} standard errors, {:.1e}",
                    case.name,
                    method.card().name,
                    relative_difference(&got, mean)
                );
                assert!(off <= 6.0, "{}: {}/{class} is {off} standard errors off", case.name, method.card().name);
            }
        }
    }
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
    let (ma, mb) = (mean(a), mean(b));
    let product = |f: &dyn Fn(f32, f32) -> f32| a.iter().zip(b).map(|(&x, &y)| f(x - ma, y - mb)).sum::<f32>();
    product(&|x, y| x * y) / (product(&|x, _| x * x) * product(&|_, y| y * y)).sqrt()
}

#[test]
fn rise_is_near_what_twenty_times_as_many_masks_give() {
    for case in cases() {
        for &class in case.classes {
            let expected = case.of(Method::Rise, class, "mean").unwrap();
            let maps = explain(&case.model, options(&[Method::Rise]), case.image(), &[Target::Class(class)]);
            let got = &maps[0].raw.values;
            let (likeness, size) = (correlation(got, expected), largest(got) / largest(expected));
            println!("{}: class {class}: correlation {likeness:.3}, size {size:.2}", case.name);
            assert!(likeness > 0.9 && (0.7..1.4).contains(&size), "{}: correlation {likeness}, size {size}", case.name);
        }
    }
}

/// The concepts' patterns, which are the best for their places: least squares without negative
/// values, one coordinate after the other.
fn patterns(lifted: &[f32], places: &[&[f32]]) -> Vec<Vec<f64>> {
    let cells = places[0].len();
    let inner = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum::<f64>();
    let of_channel = |channel: &[f32]| {
        let mut pattern = vec![0.0; places.len()];
        for _ in 0..2000 {
            for j in 0..places.len() {
                let others: f64 =
                    (0..places.len()).filter(|&i| i != j).map(|i| pattern[i] * inner(places[i], places[j])).sum();
                pattern[j] = ((inner(channel, places[j]) - others) / inner(places[j], places[j])).max(0.0);
            }
        }
        pattern
    };
    lifted.chunks_exact(cells).map(of_channel).collect()
}

#[test]
fn concepts_explain_as_much_as_those_of_scikit_learn_and_have_the_scores_of_their_patterns() {
    for case in cases() {
        let explainer =
            Explainer::new(&case.model, &options(&[Method::DeepFeatureFactorisation, Method::GradCam])).unwrap();
        let mut worker = explainer.worker();
        let class = case.classes[0];
        let maps = worker.explain(case.image(), &[Target::Class(class)]).unwrap().maps;
        let concepts: Vec<_> = maps.iter().filter(|map| map.method == Method::DeepFeatureFactorisation).collect();
        assert_eq!(concepts.iter().map(|map| map.part).collect::<Vec<_>>(), (1..=5).map(Some).collect::<Vec<_>>());
        let places: Vec<&[f32]> = concepts.iter().map(|map| map.raw.values.as_slice()).collect();

        let activations =
            worker.observe(case.image(), Target::Class(class), 0).unwrap().evidence.activations().values.to_vec();
        let cells = places[0].len();
        let offsets: Vec<f32> = activations
            .chunks_exact(cells)
            .map(|channel| channel.iter().copied().fold(f32::INFINITY, f32::min))
            .collect();
        let lifted: Vec<f32> = activations.iter().enumerate().map(|(i, a)| a - offsets[i / cells]).collect();
        let patterns = patterns(&lifted, &places);
        let fitted = |i: usize| (0..5).map(|j| patterns[i / cells][j] * f64::from(places[j][i % cells])).sum::<f64>();
        let error: f64 = lifted.iter().enumerate().map(|(i, &v)| (f64::from(v) - fitted(i)).powi(2)).sum();
        let (best, norm) =
            (f64::from(case.golden["dff/error"].values[0]), f64::from(case.golden["dff/norm"].values[0]));
        println!("{}: {:.4} of the squares unexplained, scikit-learn {:.4}", case.name, error / norm, best / norm);
        assert!(error <= best + 0.01 * norm, "{}: {error} instead of {best}", case.name);

        let scores = worker.rerun_tail(0, 5, |j, output| {
            let channels = output.chunks_exact_mut(cells).zip(&patterns).zip(&offsets);
            channels.for_each(|((channel, pattern), offset)| channel.fill(pattern[j] as f32 + offset));
        });
        for (concept, prediction) in concepts.iter().zip(scores) {
            let expected = prediction.logits[class];
            assert!(
                (concept.value - expected).abs() <= 2e-2 * expected.abs().max(0.1),
                "{}: {} instead of {expected}",
                case.name,
                concept.value
            );
        }
    }
}
