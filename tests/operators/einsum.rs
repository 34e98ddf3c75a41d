use super::support::*;

pub fn values() -> Vec<Example> {
    vec![Example::new(
        Einsum { equation: "bij,jk->bki".to_owned() },
        vec![given(&[1, 2, 3], &X), given(&[3, 2], &W)],
        &[1, 2, 2],
        &[4.0, 2.0, -13.0, 13.5],
    )]
}

pub fn gradient() -> Gradient {
    Gradient::Sampled(vec![curved("Einsum", &[2, 3, 2, 4], Between(-1.0, 1.0), |n, x| {
        let weights = n.weights(&[2, 5, 2, 4]);
        let scores = n.add(Einsum { equation: "bihd,bjhd->bhij".into() }, &[x, weights]);
        n.add(Einsum { equation: "bhij, bihd -> bjhd".into() }, &[scores, x])
    })])
}

pub fn any(any: &mut Any) -> Op {
    let equation = any.of(&[
        "bij,bjk->bik",
        "ij,jk",
        "ij,kj->ik",
        "bchw,cd->bdhw",
        "ii,ij->j",
        "i...,j->ij",
        "",
        ",",
        "->",
        "ab,bc->é",
        "ij->ji",
        "ij,jk->l",
        "abcd,abed->abce",
        "ab,cb->ac",
    ]);
    Einsum { equation: equation.into() }.into()
}
