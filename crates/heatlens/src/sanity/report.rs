//! What came of it.

use super::Likeness;
use crate::Method;

/// How alike maps are to those of the trained network after part of it was randomised.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The modules that were randomised, the last of them for a cascade.
    pub modules: String,
    /// Mean over the images. A map that vanished is as unlike as can be: 0.
    pub likeness: Likeness,
    /// Images whose map vanished or became NaN.
    pub vanished: usize,
}

/// Whether a method's maps depend on what they should depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Maps of randomised networks are nearly as unlike those of the trained one as random maps
    /// are.
    Depends,
    /// They keep a part.
    Partly,
    /// They keep most: the method draws something else than what was learnt.
    DoesNotDepend,
    /// No image gave a map to test.
    Undecided,
}

/// Up to here a likeness is as good as chance: a quarter of the way to identity.
const PARTLY: f64 = 0.25;
/// From here most is kept.
const MOSTLY: f64 = 0.5;

impl Verdict {
    pub(super) fn of(above_chance: Option<f64>) -> Verdict {
        match above_chance {
            None => Verdict::Undecided,
            Some(above) if above >= MOSTLY => Verdict::DoesNotDepend,
            Some(above) if above >= PARTLY => Verdict::Partly,
            Some(_) => Verdict::Depends,
        }
    }
}

/// The checks of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodReport {
    /// The method.
    pub method: Method,
    /// Images whose map could be compared.
    pub images: usize,
    /// The likeness of random maps with the same values and as coarse: the floor of all others.
    pub chance: Likeness,
    /// Likeness after randomising from the logits down to these modules.
    pub cascade: Vec<Step>,
    /// Likeness after randomising these modules alone.
    pub independent: Vec<Step>,
    /// Likeness to the map of another class drawn at random, signs kept; none where no map of it
    /// could be compared.
    pub other_class: Option<Likeness>,
    /// Whether its maps depend on the model: what survives, averaged over the cascade, against
    /// chance.
    pub model: Verdict,
    /// Whether they depend on the class.
    pub class: Verdict,
}

impl MethodReport {
    /// Whether the maps show what the network has learnt. Maps that do not depend on the class may
    /// still do so: they show what is salient to it.
    pub fn passes(&self) -> bool {
        self.model == Verdict::Depends
    }

    /// What survives: the mean likeness over the steps of the cascade.
    pub fn survival(&self) -> Option<Likeness> {
        Likeness::mean(&self.cascade.iter().map(|step| step.likeness).collect::<Vec<_>>())
    }

    /// The verdicts in words.
    pub fn words(&self) -> String {
        let model = match self.model {
            Verdict::Depends => "depends on the model: its maps go with what was learnt",
            Verdict::Partly => "depends on the model only in part: some of the map survives without anything learnt",
            Verdict::DoesNotDepend => "does not depend on the model: its map survives the randomisation of the network",
            Verdict::Undecided => "cannot be judged: it gave no map that could be compared",
        };
        let class = match self.class {
            Verdict::Partly => "; maps of different classes are much alike",
            Verdict::DoesNotDepend => "; the map is the same whatever class is asked for",
            Verdict::Depends | Verdict::Undecided => "",
        };
        format!("{model}{class}")
    }
}

/// The checks of several methods.
#[derive(Clone, Debug, PartialEq)]
pub struct SanityReport {
    /// A report a method, in the order asked for.
    pub methods: Vec<MethodReport>,
    /// Images that were used.
    pub images: usize,
    /// Seed of everything drawn at random.
    pub seed: u64,
}

impl SanityReport {
    /// Whether every method passes.
    pub fn all_pass(&self) -> bool {
        self.methods.iter().all(MethodReport::passes)
    }
}
