//! Other shapes and orders of the same elements.

use heatlens_graph::{ValueId, ops};

use super::{Built, Call};
use crate::FormatError;
use crate::torch::program::Int;

/// The same elements under a shape, one extent of which may be −1.
pub(super) fn reshape(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let name = if call.get("shape").is_some() { "shape" } else { "size" };
    let target = call.sizes(name)?.ok_or_else(|| call.damaged("the shape is missing"))?;
    shaped(call, x, target)
}

pub(super) fn shaped(call: &mut Call<'_>, x: ValueId, target: Vec<Int>) -> Built {
    let target = for_one_image(call, x, target);
    let now: Vec<usize> = target.iter().filter_map(|int| usize::try_from(int.now).ok()).collect();
    if target.iter().all(|int| int.source.is_none()) && now == call.builder.shape(x) && !call.builder.open {
        return Ok(x.into());
    }
    let target = call.builder.list(&target)?;
    call.give(ops::Reshape { allow_zero: true }, &[x, target])
}

/// The target of a program that was made for several images, for one: its first extent was the number
/// of images, with which the elements would be too many.
fn for_one_image(call: &Call<'_>, x: ValueId, mut target: Vec<Int>) -> Vec<Int> {
    let Some(batch) = call.builder.batch else { return target };
    let elements = call.builder.shape(x).iter().fold(1usize, |n, &d| n.saturating_mul(d)) as i64;
    let Some(first) = target.first().filter(|first| first.now == batch as i64 && first.source.is_none()) else {
        return target;
    };
    let rest = target[1..].iter().try_fold(1i64, |n, int| n.checked_mul(int.now));
    let open = target[1..].iter().any(|int| int.now == -1);
    if open || rest.and_then(|rest| rest.checked_mul(first.now)) == elements.checked_mul(batch as i64) {
        target[0] = Int::of(1);
    }
    target
}

/// All extents of a tensor.
pub(super) fn extents(call: &mut Call<'_>, x: ValueId) -> Result<Vec<Int>, FormatError> {
    (0..call.rank(x)).map(|axis| call.builder.extent(x, axis)).collect()
}

pub(super) fn reshape_as(call: &mut Call<'_>) -> Built {
    let (x, other) = (call.tensor("self")?, call.tensor("other")?);
    let target = extents(call, other)?;
    shaped(call, x, target)
}

pub(super) fn flatten(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let (first, last) = (call.axis("start_dim", 0, x)?, call.axis("end_dim", -1, x)?);
    let rank = call.rank(x);
    if rank == 0 || first > last {
        return Err(call.damaged(format!("axes {first} to {last} of {rank}")));
    }
    if first == 1 && last == rank - 1 && rank > 1 {
        return call.give(ops::Flatten { axis: 1 }, &[x]);
    }
    let mut target = extents(call, x)?;
    target.splice(first..=last, [Int::of(-1)]);
    // An extent that is left over need not follow the others.
    shaped(call, x, target)
}

pub(super) fn unflatten(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let axis = call.axis("dim", 0, x)?;
    let sizes = call.sizes("sizes")?.ok_or_else(|| call.damaged("`sizes` is missing"))?;
    let mut target = extents(call, x)?;
    target.splice(axis..=axis, sizes);
    shaped(call, x, target)
}

fn permuted(call: &mut Call<'_>, x: ValueId, perm: Vec<usize>) -> Built {
    if perm.iter().copied().eq(0..call.rank(x)) {
        return Ok(x.into());
    }
    call.give(ops::Transpose { perm }, &[x])
}

pub(super) fn permute(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let perm = call.axes("dims", x)?;
    permuted(call, x, perm)
}

pub(super) fn transpose(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let (a, b) = (call.axis("dim0", 0, x)?, call.axis("dim1", 1, x)?);
    let mut perm: Vec<usize> = (0..call.rank(x)).collect();
    if perm.is_empty() {
        return Ok(x.into());
    }
    perm.swap(a, b);
    permuted(call, x, perm)
}

pub(super) fn move_axes(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let (from, to) = (call.axes("source", x)?, call.axes("destination", x)?);
    let rank = call.rank(x);
    let mut perm: Vec<usize> = (0..rank).filter(|axis| !from.contains(axis)).collect();
    let mut moves: Vec<(usize, usize)> = to.into_iter().zip(from).collect();
    moves.sort_unstable();
    for (to, from) in moves {
        perm.insert(to.min(perm.len()), from);
    }
    permuted(call, x, perm)
}

/// Without the axes of `dim` that have one element; all of these where it is left out.
pub(super) fn squeeze(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let shape = call.builder.shape(x).to_vec();
    let named = call.get("dim").is_some();
    let axes = call.axes("dim", x)?;
    let axes: Vec<i64> = axes.into_iter().filter(|&axis| shape[axis] == 1).map(|axis| axis as i64).collect();
    if axes.is_empty() {
        return Ok(x.into());
    }
    if !named && axes.first() == Some(&0) && (call.builder.open || call.builder.batch.is_some()) {
        return Err(call.unsupported(
            "`squeeze()` without an axis removes that of the images where there is one: say the axes in the model",
        ));
    }
    let axes = call.builder.ints(&axes);
    call.give(ops::Squeeze, &[x, axes])
}

pub(super) fn unsqueeze(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let axis = call.int("dim", 0)?;
    let axis = call.axis_of(axis, call.rank(x) + 1)?;
    let axes = call.builder.ints(&[axis as i64]);
    call.give(ops::Unsqueeze, &[x, axes])
}

/// −1 stands for the extent that there is.
pub(super) fn expand(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let sizes = call.sizes("size")?.ok_or_else(|| call.damaged("`size` is missing"))?;
    let sizes = for_one_image_of(call, sizes);
    expanded(call, x, sizes)
}

/// The sizes of a program that was made for several images, for one; a note says that this is taken so.
fn for_one_image_of(call: &Call<'_>, mut sizes: Vec<Int>) -> Vec<Int> {
    if let (Some(batch), Some(first)) = (call.builder.batch, sizes.first_mut())
        && first.now == batch as i64
    {
        *first = Int::of(1);
    }
    sizes
}

fn expanded(call: &mut Call<'_>, x: ValueId, mut sizes: Vec<Int>) -> Built {
    let rank = call.rank(x);
    let skipped = sizes.len().checked_sub(rank).ok_or_else(|| call.damaged("fewer axes than there are"))?;
    for (axis, size) in sizes.iter_mut().enumerate().skip(skipped) {
        if size.now == -1 {
            // 1 broadcasts to whatever there is.
            *size = Int::of(1);
        } else if call.builder.shape(x)[axis - skipped] != 1 && size.now != call.builder.shape(x)[axis - skipped] as i64
        {
            return Err(call.damaged(format!("an axis of {} to {}", call.builder.shape(x)[axis - skipped], size.now)));
        }
    }
    let sizes = call.builder.list(&sizes)?;
    call.give(ops::Expand, &[x, sizes])
}

pub(super) fn expand_as(call: &mut Call<'_>) -> Built {
    let (x, other) = (call.tensor("self")?, call.tensor("other")?);
    let sizes = extents(call, other)?;
    expanded(call, x, sizes)
}

/// The whole, several times along each axis.
pub(super) fn repeat(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let repeats = call.sizes("repeats")?.ok_or_else(|| call.damaged("`repeats` is missing"))?;
    let repeats =
        if call.rank(x) > 0 && call.builder.shape(x)[0] == 1 { for_one_image_of(call, repeats) } else { repeats };
    let extra = repeats.len().checked_sub(call.rank(x)).ok_or_else(|| call.damaged("fewer repeats than axes"))?;
    let x = if extra == 0 {
        x
    } else {
        let axes = call.builder.ints(&(0..extra as i64).collect::<Vec<_>>());
        call.add(ops::Unsqueeze, &[x, axes])?
    };
    let repeats = call.builder.list(&repeats)?;
    call.give(ops::Tile, &[x, repeats])
}

pub(super) fn flip(call: &mut Call<'_>) -> Built {
    let x = call.tensor("self")?;
    let axes: Vec<i64> = call.axes("dims", x)?.into_iter().map(|axis| axis as i64).collect();
    let lists = [vec![-1; axes.len()], vec![i64::MIN; axes.len()], axes.clone(), vec![-1; axes.len()]];
    let lists = lists.map(|list| call.builder.ints(&list));
    call.give(ops::Slice, &[x, lists[0], lists[1], lists[2], lists[3]])
}

/// What leaves an axis at its end comes in at its beginning.
pub(super) fn roll(call: &mut Call<'_>) -> Built {
    let mut x = call.tensor("self")?;
    let shifts = call.ints("shifts")?.unwrap_or_default();
    if call.ints("dims")?.is_none_or(|dims| dims.len() != shifts.len() || dims.is_empty()) {
        return Err(call.unsupported("a roll of all elements"));
    }
    let axes = call.axes("dims", x)?;
    for (shift, axis) in shifts.into_iter().zip(axes) {
        let extent = call.builder.shape(x)[axis] as i64;
        let shift = if extent == 0 { 0 } else { shift.rem_euclid(extent) };
        if shift == 0 {
            continue;
        }
        let part = |call: &mut Call<'_>, start: i64, end: i64| {
            let lists = [start, end, axis as i64].map(|n| call.builder.ints(&[n]));
            call.add(ops::Slice, &[x, lists[0], lists[1], lists[2]])
        };
        let (tail, head) = (part(call, -shift, i64::MAX)?, part(call, 0, -shift)?);
        x = call.add(ops::Concat { axis: axis as isize }, &[tail, head])?;
    }
    Ok(x.into())
}

fn block(call: &mut Call<'_>, name: &str) -> Result<usize, FormatError> {
    let factor = call.int(name, 1)?;
    usize::try_from(factor).ok().filter(|&n| n > 0).ok_or_else(|| call.damaged(format!("`{name}` is {factor}")))
}

pub(super) fn pixel_shuffle(call: &mut Call<'_>) -> Built {
    let block = block(call, "upscale_factor")?;
    call.unary(ops::DepthToSpace { block, column_row_depth: true })
}

pub(super) fn pixel_unshuffle(call: &mut Call<'_>) -> Built {
    let block = block(call, "downscale_factor")?;
    call.unary(ops::SpaceToDepth { block, column_row_depth: true })
}

/// Channels `(groups, n)` in the order `(n, groups)`.
pub(super) fn channel_shuffle(call: &mut Call<'_>) -> Built {
    let (x, groups) = (call.input()?, call.int("groups", 1)?);
    let shape = extents(call, x)?;
    let &[batch, channels, height, width] = shape.as_slice() else {
        return Err(call.unsupported("a tensor of other than four axes"));
    };
    if groups < 1 || channels.now % groups != 0 {
        return Err(call.damaged(format!("{} channels in {groups} groups", channels.now)));
    }
    let apart = [batch, Int::of(groups), Int::of(channels.now / groups), height, width];
    let apart = call.builder.list(&apart)?;
    let y = call.add(ops::Reshape { allow_zero: true }, &[x, apart])?;
    let y = call.add(ops::Transpose { perm: vec![0, 2, 1, 3, 4] }, &[y])?;
    let together = call.builder.list(&shape)?;
    call.give(ops::Reshape { allow_zero: true }, &[y, together])
}
