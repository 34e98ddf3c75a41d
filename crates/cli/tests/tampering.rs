//! Runs whose files were lost, damaged or exchanged: they end as if nothing had been, or are refused
//! with the file's name and a way out that works.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::audits::{arguments, assert_same, contents, eyes, six_eyes};
use support::{demo_model, fail, heatlens, succeed, text};

/// Two images are enough to have every file.
const SHORT: [&str; 2] = ["--limit", "2"];

fn refused(data: &Path, out: &Path) -> String {
    fail(2, &arguments(data, out, &SHORT).iter().map(String::as_str).collect::<Vec<_>>())
}

/// Audits; the warnings, or the error.
fn tried(data: &Path, out: &Path) -> (bool, String) {
    let output = heatlens(&arguments(data, out, &SHORT).iter().map(String::as_str).collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked") && matches!(output.status.code(), Some(0 | 2)), "{said}");
    (output.status.success(), said)
}

fn copied(from: &Path, to: &Path) {
    for (name, bytes) in contents(from) {
        fs::create_dir_all(to.join(&name).parent().unwrap()).unwrap();
        fs::write(to.join(name), bytes).unwrap();
    }
}

/// What becomes of a file; nothing is left of it where `None`.
type Damage = fn(&[u8]) -> Option<Vec<u8>>;

fn flipped(bytes: &[u8], place: usize) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 0x04;
    }
    Some(bytes)
}

#[test]
fn whichever_file_is_damaged_the_run_ends_the_same_or_says_what_to_do() {
    const DAMAGES: [(&str, Damage); 4] = [
        ("deleted", |_| None),
        ("cut", |bytes| Some(bytes[..bytes.len() / 2].to_vec())),
        ("flipped early", |bytes| flipped(bytes, bytes.len() / 5)),
        ("flipped late", |bytes| flipped(bytes, bytes.len().saturating_sub(30))),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (data, whole) = (six_eyes(folder.path()), folder.path().join("whole"));
    assert!(tried(&data, &whole).0);
    for (name, bytes) in contents(&whole) {
        for (what, damage) in DAMAGES {
            let run = folder.path().join("run");
            copied(&whole, &run);
            match damage(&bytes) {
                Some(bytes) => fs::write(run.join(&name), bytes).unwrap(),
                None => fs::remove_file(run.join(&name)).unwrap(),
            }
            let (done, said) = tried(&data, &run);
            if !done {
                let way_out = said.contains("remove it and start `heatlens audit` again as before");
                assert!(way_out && said.contains(&*name.to_string_lossy()), "{} {what}: {said}", name.display());
                fs::remove_file(run.join(&name)).unwrap();
                let (done, said) = tried(&data, &run);
                assert!(done, "{} {what}: {said}", name.display());
            }
            assert_same(&whole, &run);
            fs::remove_dir_all(run).unwrap();
        }
    }
}

/// The shipped model with one weight changed, under another name.
fn another_model(folder: &Path) -> String {
    let mut bytes = fs::read(demo_model()).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 0x40;
    let path = folder.join("another.safetensors");
    fs::write(&path, bytes).unwrap();
    text(path)
}

#[test]
fn parts_of_another_model_are_never_taken_for_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (six_eyes(folder.path()), folder.path().join("run"));
    let audit_with = |model: &str, out: &Path| {
        let mut words = arguments(&data, out, &SHORT);
        words[1] = model.to_owned();
        heatlens(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (mine, other) = (demo_model(), another_model(folder.path()));
    assert!(audit_with(&mine, &run).status.success());
    let before = contents(&run);
    fs::remove_file(run.join("run.json")).unwrap();
    let refused = audit_with(&other, &run);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("part-00000.parquet` belongs to another run") && said.contains("--out"), "{said}");
    assert!(audit_with(&mine, &run).status.success());
    assert!(contents(&run) == before, "the run goes on with its own model");
    // The report asks the same of every part.
    let elsewhere = folder.path().join("elsewhere");
    assert!(audit_with(&other, &elsewhere).status.success());
    fs::copy(run.join("maps/part-00000.parquet"), elsewhere.join("maps/part-00000.parquet")).unwrap();
    for command in [["report", &text(&elsewhere)].as_slice(), &["compare", &text(&elsewhere), &text(&run)]] {
        let said = fail(2, command);
        assert!(said.contains("maps/part-00000.parquet` belongs to another run"), "{said}");
    }
}

#[test]
fn duplicates_and_strangers_among_the_parts_are_refused_and_taking_them_out_helps() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (six_eyes(folder.path()), folder.path().join("run"));
    assert!(tried(&data, &run).0);
    let before = contents(&run);
    for copy in ["maps/part-00001.parquet", "images/part-0.parquet", "causes/part-00000 copy.parquet"] {
        fs::copy(run.join("images/part-00000.parquet"), run.join(copy)).unwrap();
        let said = refused(&data, &run);
        assert!(said.contains(copy) && said.contains("take it and its like out of this folder"), "{said}");
        assert!(fail(2, &["report", &text(&run)]).contains(copy));
        fs::remove_file(run.join(copy)).unwrap();
        assert!(tried(&data, &run).0);
        assert!(contents(&run) == before);
    }
}

#[test]
fn every_photograph_is_known_by_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    copied(eyes(), &data);
    let broken = data.join("normal/broken.png");
    fs::write(&broken, b"no picture").unwrap();
    // The 49th and the last of 97.
    let last: PathBuf = data.join(contents(&data).into_keys().next_back().unwrap());
    let shard = arguments(&data, &out, &["--shard", "2/2"]);
    let shard: Vec<&str> = shard.iter().map(String::as_str).collect();
    heatlens(&shard);
    for file in [&last, &broken] {
        let bytes = fs::read(file).unwrap();
        fs::write(file, [bytes.as_slice(), b"more"].concat()).unwrap();
        let said = fail(2, &shard);
        assert!(said.contains("1 of 33 photographs, such as") && said.contains(file.to_str().unwrap()), "{said}");
        assert!(said.contains("put the files back"), "{said}");
        fs::write(file, bytes).unwrap();
    }
}

#[test]
fn a_run_whose_data_moved_is_told_so_by_hand_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (six_eyes(folder.path()), folder.path().join("run"));
    assert!(tried(&data, &out).0);
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&data, &elsewhere).unwrap();
    let written = fs::read_to_string(out.join("run.json")).unwrap();
    let moved =
        written.replace(&format!("\"root\": \"{}\"", text(&data)), &format!("\"root\": \"{}\"", text(elsewhere)));
    assert_ne!(written, moved);
    fs::write(out.join("run.json"), moved).unwrap();
    succeed(&["report", &text(&out)]);
    fs::write(out.join("run.json"), written.replace("\"seed\": 0", "\"seed\": 1")).unwrap();
    assert!(fail(2, &["report", &text(&out)]).contains("only `data.root` may be changed"));
}
