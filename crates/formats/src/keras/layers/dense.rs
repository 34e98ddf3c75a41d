//! `keras.layers.Dense`, applied to the last axis.

use heatlens_graph::ops;

use super::{Built, Site, activation};
use crate::keras::tensor::permuted;

/// The kernel is `(channels, units)`.
pub(super) fn dense(site: &mut Site<'_, '_, '_, '_>) -> Built {
    let x = site.input()?;
    let (channels, rank) = (site.builder.channels(x), site.builder.rank(x));
    let kernel = site.weight("kernel", 2, |site, kernel| {
        let units = kernel.shape()[1];
        let kernel = site.expect("kernel", kernel, &[channels, units])?;
        // At each cell: a 1×1 convolution.
        Ok(if rank == 4 { permuted(&kernel, &[1, 0]).reshaped([units, channels, 1, 1]) } else { kernel })
    })?;
    let shape = site.builder.graph.shape(kernel);
    let units = if rank == 4 { shape[0] } else { shape[1] };
    let bias = if site.config.flag("use_bias", true) { Some(site.vector("bias", units)?) } else { None };
    let inputs: Vec<_> = [x, kernel].into_iter().chain(bias).collect();
    let y = match (rank, bias) {
        (4, _) => site.add(ops::Conv::default(), &inputs)?,
        (2, _) => site.add(ops::Gemm { alpha: 1.0, beta: 1.0, trans_a: false, trans_b: false }, &inputs)?,
        (_, None) => site.add(ops::MatMul, &inputs)?,
        (_, Some(bias)) => {
            let product = site.add(ops::MatMul, &inputs[..2])?;
            site.add(ops::Add, &[product, bias])?
        }
    };
    activation::own(site, y)
}
