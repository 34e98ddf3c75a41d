//! How timm's networks end.

use heatlens_graph::ValueId;

use super::builder::Builder;
use super::geometry::Window;
use super::misfit::Fit;

impl Builder<'_> {
    /// timm's `ClassifierHead` in the module `name`: pooling and a linear layer, or a 1×1
    /// convolution that stands for one.
    pub fn pooled_head(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        let x = self.global_pool(x, &format!("{name}.global_pool.pool"))?;
        self.flat_or_convolved(
            x,
            &format!("{name}.fc"),
            [&format!("{name}.global_pool.flatten"), &format!("{name}.flatten")],
        )
    }

    fn flat_or_convolved(&mut self, x: ValueId, classifier: &str, flatten: [&str; 2]) -> Fit<ValueId> {
        let weight = self.path(classifier).child("weight");
        if self.weights().shape(weight.as_str()).is_some_and(|shape| shape.len() == 4) {
            let x = self.conv(x, classifier, Window::stride(1))?;
            return self.flatten(x, flatten[1]);
        }
        let x = self.flatten(x, flatten[0])?;
        self.head(x, classifier, &[])
    }

    /// Pooling and the classifier `name` beside each other: timm's `create_classifier`.
    pub fn pooled_classifier(&mut self, x: ValueId, name: &str) -> Fit<ValueId> {
        let x = self.global_pool(x, self.first(&["global_pool.pool", "avgpool", "avg_pool"]))?;
        self.flat_or_convolved(x, name, ["global_pool.flatten", "flatten"])
    }

    /// The first of these modules that has tensors; the first of all where none has.
    pub fn present<'n>(&self, names: &[&'n str]) -> &'n str {
        names.iter().find(|name| self.has(name)).unwrap_or(&names[0])
    }
}
