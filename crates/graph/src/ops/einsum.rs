use super::elementwise::expect_f32;
use super::{Operands, Operator};
use crate::backward::Backward;
use crate::{GraphError, Reason, Type, ValueId};

/// Sum of products by an equation of two operands that amounts to a matrix product. ONNX Einsum-12.
#[derive(Clone, Debug, PartialEq)]
pub struct Einsum {
    /// The equation, such as `bij,bjk->bik`.
    pub equation: String,
}

/// An equation taken apart: both operands become stacks of matrices, are multiplied, and the
/// product's dimensions are put in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixProduct {
    /// Permutation of the left operand's dimensions to batch, rows, summed.
    pub left: Vec<usize>,
    /// Permutation of the right operand's dimensions to batch, summed, columns.
    pub right: Vec<usize>,
    /// Numbers of matrices, rows, summed elements and columns: `(batch, m, k) · (batch, k, n)`.
    pub sizes: [usize; 4],
    /// Extents of the product's dimensions: batch, rows, columns.
    pub product: Vec<usize>,
    /// Permutation of the product's dimensions to those of the result.
    pub result: Vec<usize>,
}

impl Einsum {
    /// The equation for operands of these shapes.
    ///
    /// # Errors
    /// A reason, if it is malformed, does not fit the shapes, or is no product of two (stacks of)
    /// matrices.
    pub fn matrix_product(&self, left: &[usize], right: &[usize]) -> Result<MatrixProduct, Reason> {
        let [a, b, out] = self.terms()?;
        let mut extents = [None; 26];
        for (term, shape) in [(&a, left), (&b, right)] {
            if term.len() != shape.len() {
                return Err(self.fail(format!("names {} dimensions of an operand of shape {shape:?}", term.len())));
            }
            for (&letter, &extent) in term.iter().zip(shape) {
                if *extents[letter].get_or_insert(extent) != extent {
                    return Err(self.fail(format!("joins dimensions of different extents in {left:?} and {right:?}")));
                }
            }
        }
        let alone = |letter: &usize| !(out.contains(letter) || a.contains(letter) && b.contains(letter));
        if a.iter().chain(&b).any(alone) {
            return Err(self.fail("sums a dimension of one operand alone: sum it before with ReduceSum".into()));
        }
        if !out.iter().all(|letter| a.contains(letter) || b.contains(letter)) {
            return Err(self.fail("has a dimension in its result that no operand has".into()));
        }
        let select = |in_a: bool, in_b: bool, in_out: bool| -> Vec<usize> {
            let fits = |l: &usize| a.contains(l) == in_a && b.contains(l) == in_b && out.contains(l) == in_out;
            (if in_a { &a } else { &b }).iter().copied().filter(fits).collect()
        };
        let (batch, rows) = (select(true, true, true), select(true, false, true));
        let (summed, columns) = (select(true, true, false), select(false, true, true));
        let order = |letters: [&[usize]; 3], term: &[usize]| -> Vec<usize> {
            letters
                .concat()
                .iter()
                .map(|l| term.iter().position(|t| t == l).expect("selected from this term"))
                .collect()
        };
        let extent = |letter: &usize| extents[*letter].expect("every letter of a term has an extent");
        let product = [&batch[..], &rows, &columns].concat();
        let position = |letter: &usize| {
            product.iter().position(|p| p == letter).expect(
                "every letter of the result \
            is in an operand",
            )
        };
        Ok(MatrixProduct {
            left: order([&batch, &rows, &summed], &a),
            right: order([&batch, &summed, &columns], &b),
            sizes: [&batch, &rows, &summed, &columns]
                .map(|letters| letters.iter().map(extent).fold(1, usize::saturating_mul)),
            result: out.iter().map(position).collect(),
            product: product.iter().map(extent).collect(),
        })
    }

    /// The letters of both operands and of the result, as numbers below 26.
    fn terms(&self) -> Result<[Vec<usize>; 3], Reason> {
        let equation: String = self.equation.chars().filter(|c| !c.is_whitespace()).collect();
        let (operands, out) =
            equation.split_once("->").map_or((equation.as_str(), None), |(operands, out)| (operands, Some(out)));
        let Some((a, b)) = operands.split_once(',') else {
            return Err(self.fail("does not have two operands".into()));
        };
        let (a, b) = (self.term(a)?, self.term(b)?);
        let out = match out {
            Some(out) => self.term(out)?,
            // Without an arrow, the result has the letters that occur once, in alphabetical order.
            None => (0..26).filter(|letter| a.contains(letter) != b.contains(letter)).collect(),
        };
        Ok([a, b, out])
    }

    fn term(&self, letters: &str) -> Result<Vec<usize>, Reason> {
        let mut term = Vec::with_capacity(letters.len().min(26));
        for letter in letters.bytes() {
            if !letter.is_ascii_lowercase() {
                return Err(self.fail("has more than two operands or other signs than the letters a to z".into()));
            }
            let number = usize::from(letter - b'a');
            if term.contains(&number) {
                return Err(self.fail("repeats a letter within one operand or the result".into()));
            }
            term.push(number);
        }
        Ok(term)
    }

    fn fail(&self, what: String) -> Reason {
        let equation: String = self.equation.chars().take(60).collect();
        Reason(format!(
            "the equation `{equation}` {what}; only products of two matrices (or stacks of them) can be \
            computed"
        ))
    }
}

impl Operator for Einsum {
    fn infer(&self, inputs: &Operands<'_>) -> Result<Vec<Type>, Reason> {
        if inputs.iter().len() != 2 {
            return Err(self.fail(format!("is given {} operands", inputs.iter().len())));
        }
        let (a, b) = (inputs.required(0)?, inputs.required(1)?);
        expect_f32(&a, 0)?;
        expect_f32(&b, 1)?;
        let plan = self.matrix_product(a.shape(), b.shape())?;
        Ok(vec![Type::f32(plan.result.iter().map(|&axis| plan.product[axis]).collect::<Vec<_>>())])
    }

    fn gradient(&self, backward: &mut Backward<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let (a, b, dy) = (backward.input(0), backward.input(1), backward.dy());
        let spell = |term: &[usize]| term.iter().map(|&letter| char::from(b'a' + letter as u8)).collect::<String>();
        let [left, right, out] = self.terms().expect("the type rule has read this equation").map(|term| spell(&term));
        let mut cotangents = vec![None, None];
        if backward.wanted(0) {
            cotangents[0] = Some(backward.add(Einsum { equation: format!("{out},{right}->{left}") }, &[dy, b])?);
        }
        if backward.wanted(1) {
            cotangents[1] = Some(backward.add(Einsum { equation: format!("{left},{out}->{right}") }, &[a, dy])?);
        }
        Ok(cotangents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::{inferred, shape_of};

    fn shape(equation: &str, a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
        shape_of(Einsum { equation: equation.into() }, &[a, b])
    }

    #[test]
    fn products_in_any_order_of_dimensions() {
        assert_eq!(shape("ij,jk->ik", &[2, 3], &[3, 4]), Some(vec![2, 4]));
        assert_eq!(shape("ij,jk", &[2, 3], &[3, 4]), Some(vec![2, 4]));
        assert_eq!(shape(" b i h d , b j h d -> b h i j ", &[2, 3, 5, 7], &[2, 4, 5, 7]), Some(vec![2, 5, 3, 4]));
        assert_eq!(shape("nchw,dc->ndhw", &[2, 3, 5, 7], &[4, 3]), Some(vec![2, 4, 5, 7]));
        assert_eq!(shape("i,j->ji", &[2], &[3]), Some(vec![3, 2]));
        assert_eq!(shape("i,i->", &[2], &[2]), Some(vec![]));
    }

    #[test]
    fn the_plan_multiplies_matrices() {
        let plan = Einsum { equation: "bihd,bjhd->bhij".into() }.matrix_product(&[2, 3, 5, 7], &[2, 4, 5, 7]).unwrap();
        let expected = MatrixProduct {
            left: vec![0, 2, 1, 3],
            right: vec![0, 2, 3, 1],
            sizes: [10, 3, 7, 4],
            product: vec![2, 5, 3, 4],
            result: vec![0, 1, 2, 3],
        };
        assert_eq!(plan, expected);
    }

    #[test]
    fn what_is_no_matrix_product_is_refused() {
        for equation in [
            "ij->ji",
            "ij,jk,kl->il",
            "ii,ij->j",
            "ij,jk->i",
            "...j,jk->...k",
            "ij,jk->iq",
            "ij,jk->iik",
            "iJ,Jk->ik",
            "",
            ",",
            "é,é",
        ] {
            assert_eq!(shape(equation, &[2, 2], &[2, 2]), None, "{equation}");
        }
        assert_eq!(shape("ij,jk->ik", &[2, 3], &[4, 5]), None);
        assert_eq!(shape("ij,jk->ik", &[2, 3, 1], &[3, 5]), None);
        let ty = Type::f32([2, 2]);
        let message = inferred(Einsum { equation: "ij,jk->i".into() }, &[ty.clone(), ty]).unwrap_err();
        assert!(message.contains("`ij,jk->i`") && message.contains("ReduceSum"), "{message}");
    }
}
