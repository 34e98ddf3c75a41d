//! Finds the weights in what a checkpoint holds: a state dict, a training dictionary around one, a
//! whole module, or combinations.

use std::collections::HashMap;

use super::arch::Said;
use super::module_reader::{self, NamedTensors};
use super::module_tree::ModuleTree;
use super::pickle::{Id, Pickle, Value};
use super::prefix::LeftOut;
use super::stored::StoredTensor;
use crate::FormatError;

/// Keys under which training scripts keep the weights, the most telling first. Case does not count.
const WEIGHTS: &str = "state_dict model_state_dict model_state model net_state_dict net network_state_dict network \
    module weights params parameters \
    best_model_state_dict best_model best_state_dict student";

/// Keys of averaged or second copies of the weights; taken where there is nothing else.
const AVERAGED: &str = "ema state_dict_ema model_ema ema_state_dict ema_model model_ema_state_dict params_ema \
    averaged_model swa_model swa_state_dict teacher";

/// Beginnings of keys that hold tensors but no weights.
const BESIDE: &str = "optim sched lr_ scaler grad_scaler amp rng cuda_rng callbacks loops hyper_parameters hparams \
    args config history metric criterion loss \
    dataloader trainer sampler";

const DEEPEST: usize = 16;
/// Dictionaries that are shared by others are gone through in each; without bounds, a small file
/// could keep a reader busy for ever.
const MOST_DICTIONARIES: usize = 1000;
const MOST_TENSORS: usize = 100_000;
const MOST_WORK: usize = 20_000_000;
const LONGEST_KEY: usize = 200;

/// The weights of a checkpoint, not yet decoded.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Tensors by their names in the file.
    pub tensors: NamedTensors,
    /// The pickled module, where the file holds one.
    pub modules: Option<ModuleTree>,
    /// What was chosen.
    pub notes: Vec<String>,
    /// Matrices that were left out: a classifier may be among them.
    pub left: Vec<LeftOut>,
    /// What the file says of its architecture.
    pub said: Vec<Said>,
    /// Class names in the order of the outputs.
    pub classes: Option<Vec<String>>,
}

/// Finds the weights, or those in a part that was asked for by its key.
///
/// # Errors
/// [`FormatError::Unsupported`] where there are none, naming what lies in their place; errors of
/// [`module_reader::read`].
pub(super) fn find(pickle: &Pickle<'_>, part: Option<(&str, Id)>) -> Result<Found, FormatError> {
    let mut search = Search { pickle, counts: HashMap::new(), work: 0, taken: 0, notes: Vec::new(), left: Vec::new() };
    let (key, root) = part.unwrap_or(("", pickle.root()));
    let (tensors, modules) = search.take(root, key, 0)?;
    if part.is_some() {
        search.notes.insert(0, format!("took the weights under `{key}`, as was asked for; all else was left"));
    }
    if tensors.len() > MOST_TENSORS {
        return Err(FormatError::Unsupported(format!(
            "it holds {} tensors; no image classifier has more than {MOST_TENSORS}",
            tensors.len()
        )));
    }
    let Search { notes, left, .. } = search;
    let (said, classes) = super::said::of(pickle);
    Ok(Found { tensors, modules, notes, left, said, classes })
}

struct Search<'p, 'a> {
    pickle: &'p Pickle<'a>,
    /// How many weights lie in and below a value; 0 while it is being counted, so that cycles end.
    counts: HashMap<Id, usize>,
    /// Entries counted so far.
    work: usize,
    /// Dictionaries taken so far.
    taken: usize,
    notes: Vec<String>,
    left: Vec<LeftOut>,
}

type Taken = (NamedTensors, Option<ModuleTree>);

/// A part of a dictionary in which weights lie.
#[derive(Clone)]
struct Candidate {
    key: String,
    value: Id,
    averaged: bool,
    module: bool,
    /// How many weights lie in it.
    tensors: usize,
    /// Place in the lists above.
    rank: Option<usize>,
}

impl Search<'_, '_> {
    fn take(&mut self, id: Id, path: &str, depth: usize) -> Result<Taken, FormatError> {
        self.taken += 1;
        if depth > DEEPEST || self.taken > MOST_DICTIONARIES {
            return Err(FormatError::Damaged(format!("its dictionaries contain each other without end (at `{path}`)")));
        }
        if module_reader::module_dict(self.pickle, id).is_some() {
            return self.take_module(id, path);
        }
        let parts = self.parts(id);
        let mut candidates = self.candidates(&parts);
        // A state dict has its tensors side by side; a step counter beside a state dict is none.
        let own: NamedTensors = parts
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), StoredTensor::read(self.pickle, *value)?)))
            .collect();
        let telling = |tensor: &StoredTensor| tensor.shape().is_none_or(|shape| !shape.is_empty());
        let is_state_dict = own.iter().any(|(_, tensor)| telling(tensor));
        if candidates.iter().all(|c| c.rank.is_none()) && is_state_dict {
            return Ok((own, None));
        }
        // A module tells more than its weights, unless it is but a part, as a classifier beside the
        // state dict that has it.
        let most = candidates.iter().map(|c| c.tensors).max().unwrap_or(0);
        candidates.sort_by_key(|c| (c.averaged, !(c.module && 2 * c.tensors >= most), c.rank.unwrap_or(usize::MAX)));
        self.note_beside(&parts, path);
        match candidates.as_slice() {
            [] if !own.is_empty() => Ok((own, None)),
            [] => Err(self.nothing(id, path)),
            [first, second, ..] if first.rank.is_none() && second.rank.is_none() => {
                self.take_all(&candidates, path, depth)
            }
            [first, others @ ..] => {
                let (first, others) = (first.clone(), others.to_vec());
                let joined = if path.is_empty() { first.key.clone() } else { format!("{path}.{}", first.key) };
                let before = self.notes.len();
                let (tensors, modules) = self.take(first.value, &joined, depth + 1)?;
                if let Some(head) = others.iter().find(|other| self.completes(&tensors, other)) {
                    self.notes.truncate(before);
                    return self.take_all(&[first, head.clone()], path, depth);
                }
                self.note_choice(before, &first, &others, path);
                let modules = match modules {
                    None => self.pickled_part(&tensors, &others),
                    some => some,
                };
                Ok((tensors, modules))
            }
        }
    }

    fn take_module(&mut self, id: Id, path: &str) -> Result<Taken, FormatError> {
        let mut id = id;
        for _ in 0..DEEPEST {
            let wrapped = ["module", "_orig_mod"]
                .into_iter()
                .find_map(|name| Some((name, module_reader::child(self.pickle, id, name)?)));
            match wrapped {
                Some((name, inner)) if self.is_wrapper(id) => {
                    let class = match self.pickle.get(id) {
                        Value::Object(object) => self.pickle.class(object).unwrap_or_default(),
                        _ => String::new(),
                    };
                    let tree = ModuleTree { class, ..ModuleTree::default() };
                    let own = if tree.is_library() {
                        ""
                    } else {
                        ", whose own code is not read: it may prepare the image or change the result"
                    };
                    let wrapper = self.pickle.describe(id);
                    self.notes.push(format!("took the network out of its wrapper {wrapper} (`.{name}`){own}"));
                    id = inner;
                }
                _ => break,
            }
        }
        let (tree, tensors) = module_reader::read(self.pickle, id)?;
        if tensors.is_empty() {
            return Err(self.nothing(id, path));
        }
        Ok((tensors, Some(tree)))
    }

    /// Whether a module holds one other and nothing of its own (a count of averaged steps aside).
    fn is_wrapper(&self, id: Id) -> bool {
        let dict = module_reader::module_dict(self.pickle, id);
        let entries =
            |table: &str| dict.and_then(|d| self.pickle.entries(self.pickle.lookup(d, table)?)).unwrap_or_default();
        entries("_modules").len() == 1 && entries("_parameters").is_empty()
    }

    /// The named parts of a dictionary, of the attributes of an object, or of a tuple or list (by
    /// position).
    fn parts(&self, id: Id) -> Vec<(String, Id)> {
        if let Some(entries) = self.pickle.entries(id) {
            let mut order: Vec<&str> = Vec::new();
            let mut last = HashMap::new();
            for (key, value) in entries {
                if last.insert(key, value).is_none() {
                    order.push(key);
                }
            }
            return order.into_iter().map(|key| (key.to_owned(), last[key])).collect();
        }
        match self.pickle.get(id) {
            Value::Object(object) => match self.pickle.instance_dict(object) {
                Some(dict) => self.parts(dict),
                None => Vec::new(),
            },
            Value::List(items) | Value::Tuple(items) => {
                items.iter().enumerate().map(|(i, &item)| (i.to_string(), item)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn candidates(&mut self, parts: &[(String, Id)]) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (key, value) in parts {
            let lower = key.to_ascii_lowercase();
            let place = |list: &str| list.split_whitespace().position(|k| k == lower);
            let averaged = place(AVERAGED);
            let rank = place(WEIGHTS).or(averaged);
            let beside = rank.is_none() && BESIDE.split_whitespace().any(|begin| lower.starts_with(begin));
            let tensor = StoredTensor::read(self.pickle, *value).is_some();
            let tensors = if beside || tensor || key.len() > LONGEST_KEY { 0 } else { self.count(*value, 0) };
            if tensors > 0 {
                let module = module_reader::module_dict(self.pickle, *value).is_some();
                candidates.push(Candidate {
                    key: key.clone(),
                    value: *value,
                    averaged: averaged.is_some(),
                    module,
                    tensors,
                    rank,
                });
            }
        }
        candidates
    }

    /// How many weights lie in and below a value.
    fn count(&mut self, id: Id, depth: usize) -> usize {
        if let Some(&count) = self.counts.get(&id) {
            return count;
        }
        if depth > DEEPEST
            || self.work > MOST_WORK
            || !matches!(self.pickle.get(id), Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Object(_))
        {
            return 0;
        }
        self.counts.insert(id, 0);
        let count = if StoredTensor::read(self.pickle, id).is_some() {
            1
        } else if let Some(dict) = module_reader::module_dict(self.pickle, id) {
            let table = |name: &str| self.pickle.lookup(dict, name).map(|table| self.parts(table)).unwrap_or_default();
            let below: Vec<_> = ["_parameters", "_buffers", "_modules"].into_iter().flat_map(table).collect();
            self.count_all(&below, depth)
        } else if self.is_optimiser(id) {
            0
        } else {
            let parts = self.parts(id);
            self.count_all(&parts, depth)
        };
        self.counts.insert(id, count);
        count
    }

    fn count_all(&mut self, parts: &[(String, Id)], depth: usize) -> usize {
        self.work += parts.len() + 1;
        parts.iter().fold(0, |n: usize, (_, value)| n.saturating_add(self.count(*value, depth + 1)))
    }

    fn is_optimiser(&self, id: Id) -> bool {
        self.pickle.lookup(id, "param_groups").is_some()
    }

    /// Several parts, none under a name that says which is the network: all are taken, each under
    /// its key.
    fn take_all(&mut self, candidates: &[Candidate], path: &str, depth: usize) -> Result<Taken, FormatError> {
        let keys: Vec<String> = candidates.iter().take(8).map(|c| format!("`{}`", c.key)).collect();
        self.notes.push(format!("the weights lie in several parts, which were joined: {}", keys.join(", ")));
        let mut all = Vec::new();
        for candidate in candidates {
            let (tensors, _) = self.take(candidate.value, &format!("{path}.{}", candidate.key), depth + 1)?;
            all.extend(tensors.into_iter().map(|(name, tensor)| (format!("{}.{name}", candidate.key), tensor)));
            if all.len() > MOST_TENSORS {
                break;
            }
        }
        Ok((all, None))
    }

    /// Whether a network lacks a classifier, and this part is one: it has matrices and nothing of
    /// more dimensions.
    fn completes(&self, network: &NamedTensors, part: &Candidate) -> bool {
        let ranks = |tensors: &[LeftOut]| tensors.iter().map(|(_, shape)| shape.len()).max().unwrap_or(0);
        let is_headless = network.iter().all(|(_, tensor)| tensor.shape().is_none_or(|shape| shape.len() != 2));
        is_headless && part.rank.is_none() && ranks(&self.tensors_in(part.value, "", 0)) == 2
    }

    /// A pickled module beside a state dict that has its weights, under the key that it has there.
    fn pickled_part(&mut self, tensors: &NamedTensors, others: &[Candidate]) -> Option<ModuleTree> {
        let part = others.iter().find(|other| {
            let below = format!("{}.", other.key);
            other.module && tensors.iter().any(|(name, _)| name.starts_with(&below))
        })?;
        let (tree, own) = module_reader::read(self.pickle, part.value).ok()?;
        let has = |name: &str| tensors.iter().any(|(other, _)| *other == format!("{}.{name}", part.key));
        let is_same = own.iter().all(|(name, _)| has(name));
        if is_same {
            self.notes.push(format!("`{0}` of the weights is computed as the module `{0}` beside them says", part.key));
        }
        is_same.then(|| ModuleTree { children: vec![(part.key.clone(), tree)], ..ModuleTree::default() })
    }

    /// Names and shapes of the tensors in a value.
    fn tensors_in(&self, id: Id, path: &str, depth: usize) -> Vec<LeftOut> {
        const MOST: usize = 256;
        if let Some(tensor) = StoredTensor::read(self.pickle, id) {
            return tensor.shape().map(|shape| (path.to_owned(), shape.to_vec())).into_iter().collect();
        }
        if let Some(Ok((_, tensors))) =
            module_reader::module_dict(self.pickle, id).map(|_| module_reader::read(self.pickle, id))
        {
            let named = tensors
                .iter()
                .take(MOST)
                .filter_map(|(name, tensor)| Some((format!("{path}.{name}"), tensor.shape()?.to_vec())));
            return named.collect();
        }
        if depth > 3 || self.is_optimiser(id) || self.pickle.entries(id).is_none() {
            return Vec::new();
        }
        let parts = self.parts(id);
        let all = parts.iter().take(MOST).flat_map(|(key, value)| {
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            self.tensors_in(*value, &inner, depth + 1)
        });
        all.take(MOST).collect()
    }

    /// Says which weights lie under keys that speak of losses and metrics: the layer that ArcFace
    /// trains is kept there.
    fn note_beside(&mut self, parts: &[(String, Id)], path: &str) {
        for (key, value) in parts {
            let lower = key.to_ascii_lowercase();
            if !["metric", "criterion", "loss"].iter().any(|begin| lower.starts_with(begin)) {
                continue;
            }
            let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let matrices: Vec<LeftOut> =
                self.tensors_in(*value, &place, 0).into_iter().filter(|(_, shape)| shape.len() == 2).collect();
            if let Some((name, shape)) = matrices.first() {
                self.notes.push(format!("`{name}` {shape:?} was left out: it lies under `{key}`"));
            }
            self.left.extend(matrices);
        }
    }

    fn note_choice(&mut self, at: usize, chosen: &Candidate, others: &[Candidate], path: &str) {
        for other in others.iter().filter(|other| other.rank.is_none()) {
            let matrices = self.tensors_in(other.value, &other.key, 0).into_iter().filter(|(_, s)| s.len() == 2);
            self.left.extend(matrices);
        }
        let lightning =
            path.is_empty() && self.pickle.lookup(self.pickle.root(), "pytorch-lightning_version").is_some();
        let what = if lightning { " (a Lightning checkpoint)" } else { "" };
        // A part that is named as a network's weights are may be the one that was meant.
        let instead = others.iter().find(|other| path.is_empty() && other.rank.is_some());
        let instead = instead.map_or(String::new(), |o| format!(" (`--weights {}` reads it instead)", o.key));
        let others: Vec<String> = others.iter().take(8).map(|c| format!("`{}`", c.key)).collect();
        let left = match others.is_empty() {
            true => String::new(),
            false => format!("; {} was left{instead}", others.join(", ")),
        };
        self.notes.insert(at, format!("took the weights under `{}`{what}{left}", chosen.key));
    }

    /// The error where no weights were found.
    fn nothing(&self, id: Id, path: &str) -> FormatError {
        let pickle = self.pickle;
        let parts = self.parts(id);
        let place = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let mut message = format!("no weights were found: {place} holds {}", pickle.describe(id));
        if !parts.is_empty() {
            let keys: Vec<&str> = parts.iter().take(8).map(|(key, _)| key.as_str()).collect();
            message += &format!(" with {}{}", keys.join(", "), if parts.len() > 8 { ", …" } else { "" });
        }
        let opaque = parts
            .iter()
            .find(|(_, value)| matches!(pickle.get(*value), Value::Object(_)) && pickle.entries(*value).is_none());
        if let Some((key, value)) = opaque {
            message += &format!(
                "; `{key}` is {}, into which heatlens cannot look without running Python",
                pickle.describe(*value)
            );
        }
        FormatError::Unsupported(
            message + ". Save the weights alone, in Python: torch.save(model.state_dict(), 'weights.pth')",
        )
    }
}
