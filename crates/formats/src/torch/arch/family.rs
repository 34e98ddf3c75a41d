//! What a family of networks says of itself.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::misfit::Fit;
use super::variant::Named;
use super::weights::Weights;
use crate::torch::ModuleTree;

/// A family of networks in the names of one package. Depth and widths are read from the file, so
/// that members no paper has are built too.
pub(crate) struct Family {
    /// Its name in messages: `ResNet`.
    pub title: &'static str,
    /// The standard networks. Of those with the same measure the first is taken, unless the caller
    /// names another.
    pub members: &'static [Member],
    /// Tensors that every network of the family has.
    pub landmarks: &'static [&'static str],
    /// What tells the members apart: numbers of blocks, widths.
    pub measure: fn(&Weights<'_>) -> Vec<usize>,
    /// How many of the measure's first numbers no network of the family may have otherwise than a
    /// member: strides or activations hang on them.
    pub fixed: usize,
    /// Variants that have the same names and shapes, as far as the file may be one of them.
    pub variants: fn(&Weights<'_>) -> &'static [&'static [Named]],
    /// Builds the network, as the member of this name where it matters, and returns the logits.
    pub build: fn(&mut Builder<'_>, &str) -> Fit<ValueId>,
}

/// A standard network.
#[derive(Debug)]
pub(crate) struct Member {
    /// The name that its package gives it: `resnet18`.
    pub name: &'static str,
    /// Height and width of the images that it is made for.
    pub side: usize,
    /// What [`Family::measure`] returns for it.
    pub measure: &'static [usize],
    /// In what it differs from others of the same measure, in words.
    pub about: &'static str,
}

impl Member {
    /// The same, different from others of the same measure in this.
    pub const fn about(self, about: &'static str) -> Self {
        Member { about, ..self }
    }

    /// In what it differs from others of the same measure.
    pub fn differs(&self) -> &'static str {
        match self.about {
            "" if self.name.starts_with("tf_") => "padding and epsilon as TensorFlow has them",
            "" => "padding and epsilon as PyTorch has them, nothing in front of strides",
            about => about,
        }
    }
}

/// A standard network by its parts.
pub(crate) const fn member(name: &'static str, side: usize, measure: &'static [usize]) -> Member {
    Member { name, side, measure, about: "" }
}

impl Family {
    /// Whether the file has all landmarks.
    pub fn fits(&self, weights: &Weights<'_>) -> bool {
        self.landmarks.iter().all(|landmark| weights.get(landmark).is_some())
    }

    /// The member nearest to the file and how far it is; 0 for the member itself.
    pub fn nearest(&self, weights: &Weights<'_>) -> (&'static Member, f64) {
        let measure = (self.measure)(weights);
        let distance = |member: &Member| -> f64 {
            let pad = measure.len().max(member.measure.len());
            let at = |m: &[usize], i: usize| m.get(i).map_or(0.0, |&v| v as f64);
            (0..pad).map(|i| (at(&measure, i) - at(member.measure, i)).abs() / (1.0 + at(member.measure, i))).sum()
        };
        let nearest = |best: (&'static Member, f64), member: &'static Member| {
            let d = distance(member);
            if d < best.1 { (member, d) } else { best }
        };
        self.members[1..].iter().fold((&self.members[0], distance(&self.members[0])), nearest)
    }

    /// Whether what may not vary in the family is as some member has it.
    pub fn is_regular(&self, weights: &Weights<'_>) -> bool {
        let measure = (self.measure)(weights);
        self.members.iter().any(|member| member.measure[..self.fixed] == measure[..self.fixed])
    }

    /// Of the members with the same measure, the one whose padding a pickled stem has: timm's `tf_`
    /// networks pad as TensorFlow.
    pub fn twin(&self, member: &'static Member, module: Option<&ModuleTree>) -> &'static Member {
        let Some(stem) = module.and_then(|module| module.get("conv_stem")) else { return member };
        let as_tensorflow = stem.known_class() == "Conv2dSame";
        let is_twin =
            |other: &&Member| other.measure == member.measure && other.name.starts_with("tf_") == as_tensorflow;
        self.members.iter().find(is_twin).unwrap_or(member)
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name == name)
    }
}
