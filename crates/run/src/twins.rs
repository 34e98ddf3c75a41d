//! How far apart the networks lie that a model's file may hold, on the images of a run: names and
//! shapes of weights do not tell them apart, predictions may.

use heatlens::{Explainer, ExplainerOptions, Head, Prediction};
use heatlens_record::{TwinRecord, TwinsRecord};

use crate::guard::guarded;
use crate::{Budget, Error, Memory, Need, Source, Subject, in_order, prepare};

/// Images that are looked at.
const IMAGES: usize = 8;
/// Images that are tried until as many can be read.
const TRIED: usize = 3 * IMAGES;
/// Networks that are tried.
const NETWORKS: usize = 3;
/// Probabilities no farther apart than this are the same to whoever reads them; values no farther than
/// this share of the largest.
const CLOSE: f64 = 0.01;

/// A network beside others whose weights have the same names and shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Twins {
    /// What the weights were read as.
    read_as: String,
    /// Images that were looked at.
    images: usize,
    /// Whether the run has more.
    of_more: bool,
    /// The others.
    networks: Vec<Apart>,
    /// Names of others that were not tried.
    untried: Vec<String>,
}

/// Another network beside the one that was read.
#[derive(Clone, Debug, PartialEq)]
struct Apart {
    name: String,
    /// Images of which it predicts the same class, where one is predicted.
    same: Option<usize>,
    /// By how much its probabilities, or its values, differ at most.
    most: f64,
    /// From which difference on it is said to be far.
    close: f64,
}

impl Apart {
    fn of(name: &str, head: Head, pairs: &[(&Prediction, &Prediction)]) -> Apart {
        let largest = pairs.iter().flat_map(|(own, _)| &own.logits).fold(0.0f32, |most, v| most.max(v.abs()));
        // A network that overflows is as far away as can be.
        let (reach, close) = if head == Head::Values { (f32::MAX, CLOSE * f64::from(largest)) } else { (1.0, CLOSE) };
        let same = pairs.iter().filter(|(own, other)| own.class == other.class).count();
        Apart {
            name: name.to_owned(),
            same: head.is_of_one_class().then_some(same),
            most: pairs.iter().map(|(own, other)| f64::from(own.apart(other).min(reach))).fold(0.0, f64::max),
            close,
        }
    }

    fn is_close(&self, images: usize) -> bool {
        self.same.is_none_or(|same| same == images) && self.most <= self.close
    }

    fn words(&self, images: usize) -> String {
        let class = match self.same {
            None => String::new(),
            Some(0) if images == 1 => " predicts another class,".to_owned(),
            Some(_) if images == 1 => " predicts the same class,".to_owned(),
            Some(0) => " predicts the same class on none,".to_owned(),
            Some(same) if same == images => " predicts the same class on all,".to_owned(),
            Some(same) => format!(" predicts the same class on {same},"),
        };
        let most = if images == 1 { "" } else { " at most" };
        format!("`{}`{class} differs by {}{most}", self.name, figure(self.most))
    }
}

impl Twins {
    /// What the networks that the file of a subject may hold say of the first images that can be
    /// read; none where there is one alone. `network` runs the subject's own model, and `memory` is what
    /// is left beside it: where that holds no other, none is tried, which is noted.
    ///
    /// # Errors
    /// If threads cannot be started or the network cannot be run. Another network that cannot be
    /// run is passed over.
    pub(crate) fn compare(
        subject: &Subject,
        network: &Explainer,
        sources: &[Source],
        (memory, budget): (Memory, &Budget),
        notes: &mut Vec<String>,
    ) -> Result<Option<Twins>, Error> {
        let twins = subject.model.twins();
        if twins.is_empty() {
            return Ok(None);
        }
        let need = Need { images: IMAGES, worker: network.worker_bytes(), pixel: 0 };
        let Ok(Budget { threads, .. }) =
            memory.beside(&subject.model, 1).and_then(|left| left.divided(budget.threads, need))
        else {
            notes.push(format!(
                "there is no memory to run the {} that the file may hold as well, so how far apart they lie is not \
                 known (--memory allows more)",
                if twins.len() == 1 { "other network" } else { "other networks" }
            ));
            return Ok(None);
        };
        let tensors = tensors(subject, sources, budget)?;
        let own = predictions(network, &tensors, threads)?;
        let images = own.iter().flatten().count();
        if images == 0 {
            return Ok(None);
        }
        let silent = ExplainerOptions { methods: Vec::new(), ..ExplainerOptions::default() };
        let mut networks = Vec::new();
        for twin in twins.iter().take(NETWORKS) {
            let Some(other) = subject.twin(twin) else { continue };
            let Ok(other) = Explainer::new(&other, &silent) else { continue };
            let Ok(other) = predictions(&other, &tensors, threads) else { continue };
            let pairs: Vec<_> = own.iter().zip(&other).filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?))).collect();
            networks.push(Apart::of(&twin.name, subject.model.head(), &pairs));
        }
        let read_as = subject.model.architecture().unwrap_or("this network").to_owned();
        let untried = twins.iter().skip(NETWORKS).map(|twin| twin.name.clone()).collect();
        let found = Twins { read_as, images, of_more: sources.len() > images, networks, untried };
        Ok(Some(found).filter(|found| !found.networks.is_empty()))
    }

    /// Whether it hardly matters which of the networks it is.
    fn agree(&self) -> bool {
        self.networks.iter().all(|network| network.is_close(self.images))
    }

    /// In a sentence. It is a note, whatever it says: most files fit several networks, of which training
    /// mostly used the plainest.
    pub fn words(&self) -> String {
        let Twins { read_as, images, networks, untried, .. } = self;
        let on = match (*images, self.of_more) {
            (1, false) => "on this image".to_owned(),
            (_, false) => format!("on these {images} images"),
            (_, true) => format!("on {images} of these images"),
        };
        let each = networks.iter().map(|network| network.words(*images)).collect::<Vec<_>>().join("; ");
        let rest = match untried.as_slice() {
            [] => String::new(),
            names => format!(" ({} more, {}, were not tried)", names.len(), names.join(", ")),
        };
        let fits = format!("read as {read_as}; {on} {each}{rest}");
        if self.agree() {
            return format!("{fits}: it hardly matters here which of them training used");
        }
        let far = networks.iter().filter(|network| !network.is_close(*images));
        let options: Vec<String> = far.map(|network| format!("--arch {}", network.name)).collect();
        let which = if options.len() == 1 { "it" } else { "one of them" };
        format!("{fits}: say {} if training used {which}", options.join(" or "))
    }

    /// As `run.json` has it.
    pub(crate) fn record(&self) -> TwinsRecord {
        let of = |network: &Apart| TwinRecord { name: network.name.clone(), same: network.same, apart: network.most };
        TwinsRecord {
            verdict: if self.agree() { "agree" } else { "differ" }.to_owned(),
            words: self.words(),
            images: self.images,
            networks: self.networks.iter().map(of).collect(),
        }
    }
}

/// A probability's difference in as many digits as mean something.
fn figure(difference: f64) -> String {
    match difference {
        _ if difference < 0.0005 => "less than 0.001".into(),
        _ if difference < 0.0995 => format!("{difference:.3}"),
        _ => format!("{difference:.2}"),
    }
}

/// The first images that can be read, ready for the network.
fn tensors(subject: &Subject, sources: &[Source], budget: &Budget) -> Result<Vec<Vec<f32>>, Error> {
    let (mut tensors, input) = (Vec::new(), subject.model.input().size());
    for some in sources[..sources.len().min(TRIED)].chunks(IMAGES) {
        let ready = |(): &mut (), i: usize| {
            guarded(|| prepare(&some[i], &subject.preprocess, input, &budget.limits)).flatten().ok()
        };
        in_order(
            some.len(),
            budget.threads,
            || (),
            ready,
            |_, ready| {
                tensors.extend(ready.map(|ready| ready.tensor));
                Ok::<(), Error>(())
            },
        )?;
        if tensors.len() >= IMAGES {
            break;
        }
    }
    tensors.truncate(IMAGES);
    Ok(tensors)
}

/// What a network says of each image; nothing of those that it cannot take.
fn predictions(network: &Explainer, tensors: &[Vec<f32>], threads: usize) -> Result<Vec<Option<Prediction>>, Error> {
    let mut predictions = Vec::with_capacity(tensors.len());
    in_order(
        tensors.len(),
        threads,
        || network.worker(),
        |worker, i| guarded(|| worker.predict_batch(&[&tensors[i]])).ok()?.pop()?.ok(),
        |_, prediction| {
            predictions.push(prediction);
            Ok::<(), Error>(())
        },
    )?;
    Ok(predictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twins(images: usize, of_more: bool, networks: &[(&str, usize, f64)], untried: &[&str]) -> Twins {
        let one = |&(name, same, most): &(&str, usize, f64)| Apart {
            name: name.to_owned(),
            same: Some(same),
            most,
            close: CLOSE,
        };
        Twins {
            read_as: "resnet50".into(),
            images,
            of_more,
            networks: networks.iter().map(one).collect(),
            untried: untried.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn how_far_networks_lie_apart_is_said_in_a_sentence() {
        let far = twins(16, true, &[("resnetblur50", 11, 0.21), ("resnet50:silu", 16, 0.004)], &[]);
        assert_eq!(
            far.words(),
            "read as resnet50; on 16 of these images `resnetblur50` predicts the same class on 11, differs \
             by 0.21 at most; `resnet50:silu` predicts the same class on all, differs by 0.004 at most: say \
             --arch resnetblur50 if training used it"
        );
        assert_eq!((far.record().verdict.as_str(), far.record().words), ("differ", far.words()));
        let near = twins(4, false, &[("a", 4, 0.01), ("b", 4, 0.0)], &["c"]);
        let words = near.words();
        assert!(words.contains("on these 4 images `a` predicts") && words.contains("(1 more, c, were not tried)"));
        assert!(words.contains("`b` predicts the same class on all, differs by less than 0.001"));
        // The same classes by other probabilities, and other classes by the same.
        assert!(twins(4, false, &[("a", 4, 0.0101)], &[]).words().ends_with("say --arch a if training used it"));
        let one = twins(1, false, &[("a", 0, 0.001), ("b", 0, 0.3)], &[]).words();
        assert!(one.contains("on this image `a` predicts another class, differs by 0.001;"));
        assert!(one.ends_with("say --arch a or --arch b if training used one of them"), "{one:?}");
    }

    #[test]
    fn a_network_that_overflows_is_far_away() {
        let prediction = |logits: [f32; 2], probabilities: [f32; 2], class| Prediction {
            logits: logits.to_vec(),
            probabilities: probabilities.to_vec(),
            class,
        };
        let own = prediction([1.0, 0.0], [0.73, 0.27], 0);
        let near = prediction([1.1, 0.0], [0.75, 0.25], 0);
        let none = prediction([f32::NAN; 2], [f32::NAN; 2], 0);
        let of = |pairs: &[(&Prediction, &Prediction)]| Apart::of("a", Head::Softmax, pairs).most;
        assert!((of(&[(&own, &near)]) - 0.02).abs() < 1e-6);
        assert_eq!(of(&[(&own, &near), (&own, &none)]), 1.0);
    }

    #[test]
    fn values_are_compared_by_their_size_and_have_no_class() {
        let [own, other, far] = [2.0, 2.015, 2.5].map(|value| Head::Values.predict(&[value]));
        let of = |other| Apart::of("a", Head::Values, &[(&own, other)]);
        assert_eq!((of(&other).same, of(&other).is_close(1), of(&far).is_close(1)), (None, true, false));
        assert_eq!(of(&far).words(1), "`a` differs by 0.50");
    }
}
