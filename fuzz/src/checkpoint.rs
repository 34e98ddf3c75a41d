//! Checkpoints from listings of names and shapes, a line a module: `conv1 weight=64x3x7x7` or
//! `bn1 norm=64`, as `tests/golden/arch` has them.

use crate::zip;

/// Tensors of a listing that are taken; the largest network has 1,200.
const MOST_TENSORS: usize = 3000;

/// Extents and name of a tensor.
type Tensor = (String, Vec<u32>);

/// The tensors that a listing names; what cannot be understood is passed over.
fn tensors(listing: &str) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    for line in listing.lines() {
        let mut words = line.split(' ');
        let module = words.next().unwrap_or_default();
        let name = |leaf: &str| if module.is_empty() { leaf.to_owned() } else { format!("{module}.{leaf}") };
        for (leaf, shape) in words.filter_map(|word| word.split_once('=')) {
            let shape = shape.split('x').filter(|extent| !extent.is_empty()).map(str::parse).collect();
            let Ok(shape) = shape else { continue };
            let shape: Vec<u32> = shape;
            let leaves: &[&str] =
                if leaf == "norm" { &["weight", "bias", "running_mean", "running_var"] } else { &[leaf] };
            tensors.extend(leaves.iter().map(|leaf| (name(leaf), shape.clone())));
        }
    }
    tensors.truncate(MOST_TENSORS);
    tensors
}

/// A checkpoint of PyTorch with the tensors of a listing. All see the same few elements, with strides
/// of 0: a file of some kilobytes holds any network.
pub fn of_listing(listing: &str) -> Vec<u8> {
    wrapped(&pickle(&tensors(listing)))
}

/// An archive as PyTorch writes it, around a pickle and two small storages.
pub fn wrapped(pickle: &[u8]) -> Vec<u8> {
    let storage: Vec<u8> = (0..1024u32).flat_map(|i| (1.0 / (i + 1) as f32).to_le_bytes()).collect();
    zip::stored(&[
        ("archive/data.pkl", pickle),
        ("archive/byteorder", b"little"),
        ("archive/data/0", &storage),
        ("archive/data/1", &storage[..64]),
        ("archive/version", b"3\n"),
    ])
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

fn number(pickle: &mut Vec<u8>, number: u32) {
    pickle.extend([0x8a, 5]);
    pickle.extend(number.to_le_bytes());
    pickle.push(0);
}

/// The pickle of a dictionary of tensors.
pub fn pickle(tensors: &[Tensor]) -> Vec<u8> {
    let mut p = b"\x80\x02}(".to_vec();
    for (name, shape) in tensors {
        text(&mut p, name);
        p.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut p, "storage");
        p.extend(b"ctorch\nFloatStorage\n");
        text(&mut p, "0");
        text(&mut p, "cpu");
        number(&mut p, 1024);
        p.extend(b"tQK\0(");
        shape.iter().for_each(|&extent| number(&mut p, extent));
        p.extend(b"t(");
        shape.iter().for_each(|_| p.extend(b"K\0"));
        p.extend(b"t\x89ccollections\nOrderedDict\n)RtR");
    }
    p.extend(b"u.");
    p
}

/// [`pickle`] of a listing.
pub fn pickle_of_listing(listing: &str) -> Vec<u8> {
    pickle(&tensors(listing))
}
