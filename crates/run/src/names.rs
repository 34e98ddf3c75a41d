//! Names of files that are made from what users and files call things: they lead nowhere else, every
//! file system takes them, and no two of a run are one, in any case of letters.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

use sha2::{Digest, Sha256};

/// Bytes of an image's name, and of the name of a class or layer. With method, part, endings and
/// what is added while a file is written they stay below the 255 that file systems take.
const LONGEST_STEM: usize = 90;
pub(crate) const LONGEST_TOKEN: usize = 50;
/// What Windows takes for devices, whatever comes behind a dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Letters, digits and `-_+.`; all else becomes `_`.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_.+".contains(c) { c } else { '_' }).collect()
}

/// The same without dots, which alone separate the parts of a file's name: it can be no way up, no
/// device and no ending.
pub(crate) fn token(name: &str, longest: usize) -> String {
    let token = plain(name).replace('.', "_");
    let device = token.to_lowercase();
    let device = device.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(&device);
    let token = if token.is_empty() || DEVICES.contains(&device) { format!("_{token}") } else { token };
    cut(token, name, longest)
}

/// A layer's name, whose dots are kept.
pub(crate) fn layer(name: &str) -> String {
    let plain = plain(name);
    // `.raw` is the ending of raw maps.
    let plain = if plain.to_lowercase().ends_with(".raw") { plain + "_" } else { plain };
    cut(plain, name, LONGEST_TOKEN)
}

/// Cuts a long name and ends it in a hash of the whole one.
fn cut(mut token: String, whole: &str, longest: usize) -> String {
    if token.len() > longest {
        let hash = format!("{:x}", Sha256::digest(whole));
        let end = (0..=longest - 9).rfind(|&end| token.is_char_boundary(end)).unwrap_or(0);
        token.truncate(end);
        token += &format!("-{}", &hash[..8]);
    }
    token
}

/// Numbers names that are the same in any case, so that none is.
pub(crate) fn distinct(names: Vec<String>) -> Vec<String> {
    let counts = count(&names);
    let mut taken: HashSet<String> = counts.iter().filter(|(_, n)| **n == 1).map(|(key, _)| key.clone()).collect();
    let mut serials: HashMap<String, usize> = HashMap::new();
    let number = |name: String| {
        let key = name.to_lowercase();
        if counts[&key] == 1 {
            return name;
        }
        let serial = serials.entry(key).or_default();
        loop {
            *serial += 1;
            let numbered = format!("{name}-{serial}");
            if taken.insert(numbered.to_lowercase()) {
                return numbered;
            }
        }
    };
    names.into_iter().map(number).collect()
}

fn count(names: &[String]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    names.iter().for_each(|name| *counts.entry(name.to_lowercase()).or_default() += 1);
    counts
}

/// A name for each image, by its file and what is added to its stem: the stem; where several images
/// share one, as much of their folders before it as tells them apart, and a number if even that does
/// not.
pub(crate) fn stems(images: &[(&Path, String)]) -> Vec<String> {
    let parts: Vec<Vec<String>> = images.iter().map(|(path, added)| parts(path, added)).collect();
    let tail = |parts: &[String], depth: usize| parts[parts.len().saturating_sub(depth)..].join("_");
    let deepest = parts.iter().map(Vec::len).max().unwrap_or(1);
    let names = |depths: &[usize]| -> Vec<String> {
        parts.iter().zip(depths).map(|(parts, &depth)| token(&tail(parts, depth), LONGEST_STEM)).collect()
    };
    let mut depths = vec![1; images.len()];
    for depth in 2..=deepest {
        let names = names(&depths);
        let counts = count(&names);
        if counts.values().all(|&n| n == 1) {
            break;
        }
        for (of, name) in depths.iter_mut().zip(&names) {
            if counts[&name.to_lowercase()] > 1 {
                *of = depth;
            }
        }
    }
    distinct(names(&depths))
}

/// The folders of a file, and its stem.
fn parts(path: &Path, added: &str) -> Vec<String> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let named = folders.filter(|part| matches!(part, Component::Normal(_)));
    let mut parts: Vec<String> = named.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.push(path.file_stem().unwrap_or_default().to_string_lossy().into_owned() + added);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Vec<String> {
        stems(&paths.iter().map(|path| (Path::new(*path), String::new())).collect::<Vec<_>>())
    }

    #[test]
    fn names_grow_by_their_folder_only_where_they_must() {
        let paths = ["set/normal/1.jpg", "set/glaucoma/1.jpg", "set/normal/2 left.jpg", "a/x.png", "a/x.jpg"];
        assert_eq!(of(&paths), ["normal_1", "glaucoma_1", "2_left", "a_x-1", "a_x-2"]);
    }

    #[test]
    fn no_two_are_one_in_any_case() {
        let long = "é".repeat(150);
        let [one, two] = ["1", "2"].map(|end| format!("{long}{end}.png"));
        let hostile = [
            "A.png",
            "a.png",
            "a.jpg",
            "x/a.png",
            "a-1.png",
            "a-2.png",
            "x_a.png",
            "..png",
            "...png",
            "con.png",
            "CON.jpg",
            "a\u{1b}[31m.png",
            "a b.png",
            "a?b.png",
            "v1.2.png",
            "v1.png",
            &one,
            &two,
        ];
        let names = of(&hostile);
        let keys: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(keys.len(), hostile.len(), "{names:?}");
        for name in &names {
            assert!(name.len() <= LONGEST_STEM + 3 && !name.contains(['.', '/', '\u{1b}', ' ']), "{name}");
            assert!(!["con", "nul", ""].contains(&name.to_lowercase().as_str()), "{name}");
        }
        assert_eq!(names, of(&hostile), "the same every time");
    }

    #[test]
    fn tokens_are_no_way_anywhere() {
        let tokens = ["../x", "..", ".", "", "a/b", "CON", "com1", "end.", "C:\\x", "\u{202e}x"];
        let expected = ["___x", "__", "_", "_", "a_b", "_CON", "_com1", "end_", "C__x", "_x"];
        assert_eq!(tokens.map(|name| token(name, LONGEST_TOKEN)), expected.map(str::to_owned));
        assert_eq!(layer("features.2.raw"), "features.2.raw_");
        assert!(token(&"x".repeat(400), LONGEST_TOKEN).len() == LONGEST_TOKEN);
    }
}
