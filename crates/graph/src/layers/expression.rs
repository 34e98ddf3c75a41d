//! Layer expressions: dotted names with indices, `layer4[-1].conv2`.

/// One step from a module to a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The child of this name.
    Name(String),
    /// The child of this number, counted from the end where negative.
    Index(i64),
}

/// The steps of an expression; none where it is not one.
pub(super) fn parse(expression: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in expression.split('.') {
        let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
        if name.is_empty() && rest.is_empty() {
            return None;
        }
        if !name.is_empty() {
            steps.push(Step::Name(name.to_owned()));
        }
        while !rest.is_empty() {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            steps.push(Step::Index(index.trim().parse().ok()?));
            rest = after;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indices_mix() {
        let name = |n: &str| Step::Name(n.to_owned());
        assert_eq!(parse("layer4[-1].conv2"), Some(vec![name("layer4"), Step::Index(-1), name("conv2")]));
        assert_eq!(
            parse("trunk.block4-0[1][2]"),
            Some(vec![name("trunk"), name("block4-0"), Step::Index(1), Step::Index(2)])
        );
        assert_eq!(parse("[0].1"), Some(vec![Step::Index(0), name("1")]));
        for nonsense in ["", "a..b", "a[", "a[]", "a[1]b", "a]"] {
            assert!(parse(nonsense).is_none_or(|steps| steps == [name(nonsense)]), "{nonsense}");
        }
    }
}
