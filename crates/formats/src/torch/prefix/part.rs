//! The weights of a file as seen from one module.

use heatlens_graph::Tensor;

use super::copies::{Contents, is_trunk};
use super::numbered::{FEATURES, Numbering};
use super::{LeftOut, inside, is_aside};
use crate::FormatError;
use crate::torch::{ModuleTree, StateDict, arch};

/// The weights seen from one module.
pub(super) struct Part<'a> {
    pub prefix: &'a str,
    /// The module, where the file holds one.
    pub module: Option<ModuleTree>,
    /// The module's tensors under their names in it.
    pub inside: StateDict,
    /// Tensors that take no part in the prediction.
    pub aside: Vec<(&'a str, &'a Tensor)>,
    /// Tensors outside of the module whose purpose is not known.
    pub unknown: Vec<(&'a str, &'a Tensor)>,
    /// What the file says of the module and was left out.
    left: Vec<String>,
    /// What numbered modules were taken for.
    numbering: Option<&'static str>,
}

/// Modules outside of a part, by path.
pub(super) struct Group<'a> {
    pub path: String,
    /// Tensors by their names within it.
    pub tensors: Vec<(&'a str, &'a Tensor)>,
}

impl<'a> Part<'a> {
    /// The file as seen from the module `prefix`.
    pub fn new(weights: &'a StateDict, modules: Option<&ModuleTree>, prefix: &'a str) -> Self {
        let module = modules.and_then(|tree| tree.get(prefix)).cloned();
        let (aside, unknown, left) = Default::default();
        let mut part = Part { prefix, module, inside: weights.like(), aside, unknown, left, numbering: None };
        for (name, tensor) in weights.iter() {
            match inside(name, prefix) {
                Some(rest) if rest.ends_with("num_batches_tracked") || !is_aside(rest) => {
                    part.inside.insert(rest, tensor.clone())
                }
                None if !is_aside(name) => part.unknown.push((name, tensor)),
                _ => part.aside.push((name, tensor)),
            }
        }
        part.leave_copies();
        part
    }

    /// Leaves out modules that hold the same weights once more.
    fn leave_copies(&mut self) {
        let is_weight = |name: &str| !name.ends_with("num_batches_tracked");
        let inside: Vec<&Tensor> = self.inside.iter().filter(|(name, _)| is_weight(name)).map(|(_, t)| t).collect();
        if self.unknown.is_empty() || !is_trunk(inside.iter().copied()) {
            return;
        }
        let own = Contents::of(inside.iter().copied());
        let mut left = Vec::new();
        for Group { path, tensors } in self.groups() {
            let others = Contents::of(tensors.iter().map(|(_, tensor)| *tensor));
            let beyond: Vec<_> = tensors.iter().filter(|(_, tensor)| !own.has(tensor)).collect();
            let is_within = is_trunk(tensors.iter().map(|(_, tensor)| *tensor)) && beyond.is_empty();
            if !is_within && !inside.iter().all(|tensor| others.has(tensor)) {
                continue;
            }
            let named: Vec<String> =
                beyond.iter().map(|(name, tensor)| format!("`{path}.{name}` {:?}", tensor.shape())).collect();
            let and = if named.is_empty() {
                String::new()
            } else {
                format!(", and beyond them {}, which take no part in the prediction", named.join(", "))
            };
            left.push((path.clone(), format!("`{path}` holds the same weights once more{and}: it was left out")));
        }
        drop(own);
        for (path, note) in left {
            self.unknown.retain(|(name, _)| super::inside(name, &path).is_none());
            self.left.push(note);
        }
    }

    /// The modules outside of this one that have weights of unknown purpose.
    pub fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        let own: Vec<&str> = self.prefix.split('.').collect();
        for (name, tensor) in &self.unknown {
            let common = name.split('.').zip(&own).take_while(|(a, b)| a == *b).count();
            let end = name.match_indices('.').nth(common).map_or(name.len(), |(dot, _)| dot);
            let (path, rest) = (&name[..end], name.get(end + 1..).unwrap_or(""));
            match groups.iter_mut().find(|group| group.path == path) {
                Some(group) => group.tensors.push((rest, tensor)),
                None => groups.push(Group { path: path.to_owned(), tensors: vec![(rest, tensor)] }),
            }
        }
        groups
    }

    /// The same under the names that a network has for numbered modules.
    pub fn renamed(&self, numbering: &'static Numbering) -> Option<Part<'a>> {
        let (inside, module) = numbering.named(&self.inside, self.module.as_ref())?;
        Some(Part {
            prefix: self.prefix,
            module,
            inside,
            aside: self.aside.clone(),
            unknown: self.unknown.clone(),
            left: self.left.clone(),
            numbering: Some(numbering.of),
        })
    }

    /// Whether the module was cut out of a network whose children it numbers.
    pub fn is_cut(&self) -> bool {
        let last = self.prefix.rsplit('.').next().unwrap_or_default();
        self.numbering.is_some_and(|of| of != FEATURES || last.parse::<usize>().is_ok())
    }

    /// What was taken and left, in words.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.prefix.is_empty() {
            notes.push(format!("the network's weights have the prefix `{}.`", self.prefix));
        }
        if let Some(network) = self.numbering {
            notes.push(format!("numbered modules were taken for the children of {network}, in their order"));
        }
        notes.extend(self.left.iter().cloned());
        let aside: Vec<_> = self.aside.iter().filter(|(name, _)| !name.ends_with("num_batches_tracked")).collect();
        if !aside.is_empty() {
            let list: Vec<String> =
                aside.iter().take(8).map(|(name, tensor)| format!("`{name}` {:?}", tensor.shape())).collect();
            let more = if aside.len() > 8 { format!(" and {} more", aside.len() - 8) } else { String::new() };
            notes.push(format!("left out what by its name takes no part in the prediction: {}{more}", list.join(", ")));
        }
        notes
    }

    /// Names the modules around and beside this one whose code is not read or that are not run.
    pub fn note_around(&self, modules: Option<&ModuleTree>, notes: &mut Vec<String>) {
        let Some(tree) = modules.filter(|_| !self.prefix.is_empty()) else { return };
        let within = |path: &str| inside(path, self.prefix).is_some() || path == self.prefix;
        let (mut own, mut beside) = (Vec::new(), Vec::new());
        for (path, module) in tree.walk() {
            if within(&path) || module.class.is_empty() {
                continue;
            }
            let place = if path.is_empty() { "the whole".to_owned() } else { format!("`{path}`") };
            if !module.is_library() {
                own.push(format!("`{}` ({place})", module.class));
            } else if module.children.is_empty() && !module.computes_nothing() && !self.is_read(&path) {
                beside.push(format!("{place} ({})", module.class_name()));
            }
        }
        own.truncate(6);
        beside.truncate(6);
        if !own.is_empty() {
            notes.push(format!(
                "the network lies within classes whose own code is not read: {}. They may prepare the image or change \
                 the result",
                own.join(", ")
            ));
        }
        if !beside.is_empty() {
            notes.push(format!("modules beside the network are not run: {}", beside.join(", ")));
        }
    }

    /// Whether a module outside of this one has tensors, of which other rules tell.
    fn is_read(&self, path: &str) -> bool {
        self.unknown.iter().chain(&self.aside).any(|(name, _)| inside(name, path).is_some())
    }

    /// What is said of a network without a classifier whose weights lie in this module.
    pub fn headless(&self, error: &FormatError) -> Option<FormatError> {
        let FormatError::UnknownArchitecture(text) = error else { return None };
        let why = text.strip_prefix("the weights belong to no architecture that is built in. ")?;
        let why = why.split("\nName the architecture").next().filter(|why| why.starts_with("The nearest is"))?;
        let outside: Vec<LeftOut> =
            self.unknown.iter().chain(&self.aside).map(|(name, t)| ((*name).to_owned(), t.shape().to_vec())).collect();
        let matrices: Vec<String> = outside
            .iter()
            .filter(|(_, shape)| shape.len() == 2)
            .take(6)
            .map(|(name, shape)| format!("`{name}` {shape:?}"))
            .collect();
        (!matrices.is_empty()).then(|| {
            let place = if self.prefix.is_empty() { String::new() } else { format!(" under `{}.`", self.prefix) };
            FormatError::UnknownArchitecture(format!(
                "the weights{place} are no network that is built in. {why} Beside it lie {}; which of them makes the \
                 class scores, and how, a file of weights does not say. {}",
                matrices.join(", "),
                arch::EXPORT
            ))
        })
    }

    /// The error where a known network lies in the file beside weights of unknown purpose.
    pub fn unknown_outside(&self, architecture: &str) -> FormatError {
        let likes: Vec<String> =
            self.groups().iter().filter(|group| self.is_like(group)).map(|g| g.path.clone()).collect();
        if let Some(like) = likes.first() {
            let all: Vec<String> = [self.prefix]
                .into_iter()
                .chain(likes.iter().map(String::as_str))
                .map(|path| format!("`{path}`"))
                .collect();
            return FormatError::UnknownArchitecture(format!(
                "the file holds several networks of the same names and shapes, in {}: say which is to be read, such \
                 as `--weights {like}`",
                all.join(", ")
            ));
        }
        let is_network = |group: &&Group<'_>| is_trunk(group.tensors.iter().map(|(_, tensor)| *tensor));
        if let Some(other) = self.groups().iter().find(is_network) {
            let (own, other) = (self.prefix, &other.path);
            return FormatError::UnknownArchitecture(format!(
                "the file holds several networks: {architecture} in `{own}`, and another in `{other}`. Say which is to \
                 be read (`--weights {own}` or `--weights {other}`); what is made of both together a file of weights \
                 does not say. {}",
                arch::EXPORT
            ));
        }
        let names: Vec<String> =
            self.unknown.iter().take(3).map(|(name, tensor)| format!("`{name}` {:?}", tensor.shape())).collect();
        let more = if self.unknown.len() > 3 { format!(" and {} more", self.unknown.len() - 3) } else { String::new() };
        FormatError::UnknownArchitecture(format!(
            "under `{}.` lie the weights of {architecture}, but beside it there are {}{more}, and a file of weights \
             does not say what is done with them. {}",
            self.prefix,
            names.join(", "),
            arch::EXPORT
        ))
    }

    /// Whether a group has the names and shapes of this module.
    fn is_like(&self, group: &Group<'_>) -> bool {
        let is_weight = |(name, _): &(&str, &Tensor)| !name.ends_with("num_batches_tracked");
        group.tensors.len() == self.inside.iter().filter(is_weight).count()
            && group
                .tensors
                .iter()
                .all(|(name, tensor)| self.inside.get(name).is_some_and(|own| own.shape() == tensor.shape()))
    }
}
