//! Writes HDF5 as h5py does by default, as far as the tests need it: groups as symbol tables,
//! attributes of text, contiguous datasets of f32.

use std::collections::BTreeMap;

/// A group to be written.
#[derive(Default)]
pub struct Group {
    groups: BTreeMap<String, Group>,
    datasets: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    /// One text of any length.
    pub texts: Vec<(String, String)>,
    /// Several short texts.
    pub lists: Vec<(String, Vec<String>)>,
}

impl Group {
    /// The group under this path, made where it is not there yet.
    pub fn at(&mut self, path: &str) -> &mut Group {
        let names = path.split('/').filter(|name| !name.is_empty());
        names.fold(self, |group, name| group.groups.entry(name.to_owned()).or_default())
    }

    pub fn dataset(&mut self, path: &str, shape: &[usize], values: Vec<f32>) {
        let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.at(group).datasets.insert(name.to_owned(), (shape.to_vec(), values));
    }

    /// The bytes of a file whose root this is.
    pub fn file(&self) -> Vec<u8> {
        let mut bytes = vec![0; 96];
        let root = self.write(&mut bytes);
        let end = bytes.len() as u64;
        let mut head = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0\0\0\0\0".to_vec();
        for address in [0, u64::MAX, end, u64::MAX, 0, root] {
            head.extend(address.to_le_bytes());
        }
        bytes[..head.len()].copy_from_slice(&head);
        bytes
    }

    /// The address of the group's header.
    fn write(&self, bytes: &mut Vec<u8>) -> u64 {
        let groups = self.groups.iter().map(|(name, group)| (name, group.write(bytes))).collect::<Vec<_>>();
        let datasets = self.datasets.iter().map(|(name, (shape, values))| (name, dataset(bytes, shape, values)));
        let mut links: Vec<(&String, u64)> = groups.into_iter().chain(datasets).collect();
        links.sort();
        let mut names = vec![0; 8];
        let mut leaf = b"SNOD\x01\0".to_vec();
        leaf.extend((links.len() as u16).to_le_bytes());
        for (name, address) in &links {
            leaf.extend((names.len() as u64).to_le_bytes());
            leaf.extend(address.to_le_bytes());
            leaf.extend([0; 24]);
            names.extend(name.as_bytes());
            names.push(0);
        }
        let (leaf, names_at) = (append(bytes, &leaf), append(bytes, &names));
        let mut heap = b"HEAP\0\0\0\0".to_vec();
        for value in [names.len() as u64, u64::MAX, names_at] {
            heap.extend(value.to_le_bytes());
        }
        let mut tree = b"TREE\0\0\x01\0".to_vec();
        for value in [u64::MAX, u64::MAX, 0, leaf, 0] {
            tree.extend(value.to_le_bytes());
        }
        let table = [append(bytes, &tree), append(bytes, &heap)].map(u64::to_le_bytes).concat();
        let mut messages = vec![(0x11, table)];
        for (name, text) in &self.texts {
            messages.push((0x0C, any_text(bytes, name, text)));
        }
        messages.extend(self.lists.iter().map(|(name, list)| (0x0C, list_of_texts(name, list))));
        header(bytes, &messages)
    }
}

/// Appends at a multiple of 8, and returns where.
fn append(bytes: &mut Vec<u8>, part: &[u8]) -> u64 {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    let at = bytes.len() as u64;
    bytes.extend(part);
    at
}

fn header(bytes: &mut Vec<u8>, messages: &[(u16, Vec<u8>)]) -> u64 {
    let mut block = Vec::new();
    for (kind, content) in messages {
        let content = padded(content);
        block.extend(kind.to_le_bytes());
        block.extend(u16::try_from(content.len()).expect("a short message").to_le_bytes());
        block.extend([0; 4]);
        block.extend(content);
    }
    let mut header = vec![1, 0];
    header.extend((messages.len() as u16).to_le_bytes());
    header.extend(1u32.to_le_bytes());
    header.extend((block.len() as u32).to_le_bytes());
    header.extend([0; 4]);
    header.extend(block);
    append(bytes, &header)
}

fn padded(part: &[u8]) -> Vec<u8> {
    let mut part = part.to_vec();
    part.resize(part.len().next_multiple_of(8), 0);
    part
}

fn dataspace(shape: &[usize]) -> Vec<u8> {
    let mut space = vec![1, shape.len() as u8, 0, 0, 0, 0, 0, 0];
    shape.iter().for_each(|&extent| space.extend((extent as u64).to_le_bytes()));
    space
}

fn dataset(bytes: &mut Vec<u8>, shape: &[usize], values: &[f32]) -> u64 {
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let at = append(bytes, &data);
    let float = b"\x11\x20\x1f\0\x04\0\0\0\0\0\x20\0\x17\x08\0\x17\x7f\0\0\0".to_vec();
    let mut layout = vec![3, 1];
    layout.extend(at.to_le_bytes());
    layout.extend((data.len() as u64).to_le_bytes());
    header(bytes, &[(0x01, dataspace(shape)), (0x03, float), (0x08, layout)])
}

fn attribute(name: &str, datatype: &[u8], shape: &[usize], data: &[u8]) -> Vec<u8> {
    let space = dataspace(shape);
    let mut attribute = vec![1, 0];
    for length in [name.len() + 1, datatype.len(), space.len()] {
        attribute.extend((length as u16).to_le_bytes());
    }
    attribute.extend(padded(&[name.as_bytes(), b"\0"].concat()));
    attribute.extend(padded(datatype));
    attribute.extend(padded(&space));
    attribute.extend(data);
    attribute
}

/// An attribute whose text lies in a global heap of its own.
fn any_text(bytes: &mut Vec<u8>, name: &str, text: &str) -> Vec<u8> {
    let object = padded(text.as_bytes());
    let mut heap = b"GCOL\x01\0\0\0".to_vec();
    heap.extend((32 + object.len() as u64).to_le_bytes());
    heap.extend([1, 0, 1, 0, 0, 0, 0, 0]);
    heap.extend((text.len() as u64).to_le_bytes());
    heap.extend(object);
    let at = append(bytes, &heap);
    let mut data = (text.len() as u32).to_le_bytes().to_vec();
    data.extend(at.to_le_bytes());
    data.extend(1u32.to_le_bytes());
    let text_type = b"\x19\x01\x01\0\x10\0\0\0\x10\0\0\0\x01\0\0\0\0\0\x08\0\0\0\0\0";
    attribute(name, text_type, &[], &data)
}

fn list_of_texts(name: &str, list: &[String]) -> Vec<u8> {
    let longest = list.iter().map(String::len).max().unwrap_or(0).max(1);
    let mut data = Vec::new();
    for text in list {
        data.extend(text.as_bytes());
        data.resize(data.len() + longest - text.len(), 0);
    }
    let mut text_type = vec![0x13, 1, 0, 0];
    text_type.extend((longest as u32).to_le_bytes());
    attribute(name, &text_type, &[list.len()], &data)
}
