//! A network whose own end is left out: another module takes its feature map. fastai puts its heads
//! behind what it cuts off.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::misfit::Fit;
use super::variant::GlobalPool;

/// What takes the feature map in front of the network's pooling.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::torch) enum Continuation {
    /// fastai's head (`create_head` of fastai/vision/learner.py) in the module of this name: pooling and
    /// flattening, which have the numbers 0 and 1, then normalisations, dropouts and linear layers.
    Fastai { head: String, of_timm: bool },
    /// A classifier in the module of this name, which takes the means of the feature map.
    Pooled { head: String },
    /// Whoever asked for the network goes on with the features.
    Features,
}

impl Continuation {
    /// Whether a network is cut where torchvision has no modules: behind DenseNet's features comes a ReLU
    /// that fastai leaves behind. timm's networks run to the end of their features.
    fn is_cut(&self) -> bool {
        matches!(self, Continuation::Fastai { of_timm: false, .. })
    }
}

impl Builder<'_> {
    /// Whether the last activation is left behind where it is no module.
    pub fn ends_bare(&mut self) -> bool {
        if let Some(said) = self.variant.ends_bare {
            return said;
        }
        let is_cut = self.continuation.as_ref().is_some_and(Continuation::is_cut);
        if is_cut {
            let member = self.member;
            self.note(format!(
                "no ReLU is assumed behind the last normalisation, as fastai leaves it behind (`--arch {member}:last-relu` \
                 if there is one)"
            ));
        }
        is_cut
    }

    /// The logits of the continuation, where there is one, in the place of the definition's own, whose end
    /// may not even fit the file.
    pub fn continued(&mut self, own: Fit<ValueId>) -> Fit<ValueId> {
        let (Some(continuation), Some(features)) = (self.continuation.clone(), self.features) else { return own };
        // What timm has between features and classifier is stored with the body and not run.
        if !matches!(continuation, Continuation::Pooled { .. }) {
            for name in ["head", "conv_head", "norm_head"] {
                self.ignore(name);
            }
        }
        match continuation {
            Continuation::Pooled { head } => {
                if self.variant.pool.is_none() {
                    let member = self.member;
                    self.note(format!(
                        "assumed that `{head}` takes the means of the feature map (`--arch {member}:max-pool` for maxima) \
                         and gives the logits: a file of weights does not say how they are connected"
                    ));
                }
                let x = self.pool_globally(features, "", self.variant.pool.unwrap_or(GlobalPool::Average))?;
                let x = self.flatten(x, "")?;
                self.head(x, &head, &[])
            }
            Continuation::Features => Ok(features),
            Continuation::Fastai { head, .. } => self.fastai_head(features, &head),
        }
    }

    fn fastai_head(&mut self, x: ValueId, head: &str) -> Fit<ValueId> {
        let doubled = self.first_extent(head) == Some(2 * self.channels(x));
        let said = self.variant.pool;
        let pool = said.unwrap_or(if doubled { GlobalPool::CatMaxAverage } else { GlobalPool::Average });
        let x = self.pool_globally(x, &format!("{head}.0"), pool)?;
        let x = self.flatten(x, &format!("{head}.1"))?;
        if said.is_none() {
            let pooled = if doubled { "maxima and behind them means" } else { "means" };
            let member = self.member;
            let instead = match doubled {
                true => format!(" (means first: `--arch {member}:catavgmax-pool`)"),
                false => format!(" (maxima: `--arch {member}:max-pool`)"),
            };
            self.note(format!(
                "`{head}` is taken for a head of fastai, in front of which {pooled} are assumed{instead}"
            ));
        }
        self.head(x, head, &[])
    }

    /// How many features the first layer of a module takes.
    fn first_extent(&self, module: &str) -> Option<usize> {
        let path = self.path(module);
        let weights = self.weights().below(path.as_str()).into_iter().filter(|name| name.ends_with(".weight"));
        let number = |name: &&str| name.split('.').next().and_then(|number| number.parse::<usize>().ok());
        let first = weights.min_by_key(number)?;
        self.weights().shape(path.child(first).as_str())?.last().copied()
    }
}
