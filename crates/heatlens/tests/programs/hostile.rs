//! Files of strangers: whatever their bytes are, reading them ends in a network or in words, in little
//! time and memory.

use heatlens_formats::archive::entries;

use super::{Goldens, open, zip};

/// The entries of a program, not compressed, so that changes reach what is parsed.
fn unpacked(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let entries = entries(file).expect("an archive");
    entries.iter().map(|entry| (entry.name.clone(), entry.read().expect("readable").into_owned())).collect()
}

fn packed(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    zip::archive(entries.iter().map(|(name, content)| (name.as_str(), content.clone())))
}

/// Another form of a text.
type Change = Box<dyn Fn(&str) -> String>;

/// A program with one of its entries, whose name ends so, in another form.
fn with(file: &str, end: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut entries = unpacked(&Goldens::read().files[file]);
    let found = entries.iter_mut().find(|(name, _)| name.ends_with(end)).expect(end);
    found.1 = change(std::str::from_utf8(&found.1).expect("text")).into_bytes();
    packed(&entries)
}

#[test]
fn files_that_end_early_are_errors() {
    let goldens = Goldens::read();
    for file in ["custom.pt2", "custom.old.pt2", "custom.trace.pt", "custom.script.pt"] {
        let bytes = &goldens.files[file];
        for hundredth in 0..100 {
            assert!(open(&bytes[..bytes.len() * hundredth / 100]).is_err(), "{file}, {hundredth} %");
        }
    }
}

#[test]
fn changed_files_never_panic() {
    let goldens = Goldens::read();
    let mut state = 0x9E37_79B9_u32;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below.max(1)
    };
    for file in ["shared.pt2", "shared.old.pt2", "shared.trace.pt", "early.script.pt"] {
        let bytes = packed(&unpacked(&goldens.files[file]));
        for _ in 0..1500 {
            let mut bytes = bytes.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                bytes[at] = [next(256) as u8, 0, 0xFF, b'9', b'-', b'"'][next(6)];
            }
            drop(open(&bytes));
        }
    }
}

#[test]
fn descriptions_that_contradict_themselves_are_refused() {
    let json = "models/model.json";
    let cases: [(&str, Change); 9] = [
        ("no JSON", Box::new(|_| "[".repeat(200_000))),
        ("no graph", Box::new(|_| "{}".into())),
        ("which is not read", Box::new(|text| text.replacen(r#""name": "conv2d_1"}"#, r#""name": "nowhere"}"#, 1))),
        ("takes 0 tensors", Box::new(|text| text.replace("user_input", "token"))),
        ("is an operator that is not read", Box::new(|text| text.replace("aten.relu_.default", "aten.swirl.default"))),
        ("`evil.system` is an operator", Box::new(|text| text.replace("torch.ops.aten.relu_.default", "evil.system"))),
        ("are impossible", Box::new(|text| text.replace("[1, 1]", "[1, 99999999999999]"))),
        ("are missing", Box::new(|text| text.replace("stem.weight", "stem.wait"))),
        ("it takes images of shape", Box::new(|text| text.replace(r#"{"as_int": 8}"#, r#"{"as_int": 4000000000}"#))),
    ];
    for (words, change) in cases {
        let error = open(&with("shared.pt2", json, change)).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn configurations_that_claim_too_much_are_refused() {
    let config = "model_weights_config.json";
    for (from, to) in [
        (r#""storage_offset": {"as_int": 0}"#, r#""storage_offset": {"as_int": 99999999}"#),
        (r#""as_int": 4"#, r#""as_int": 4000000000"#),
        (r#""as_int": 4"#, r#""as_int": -4"#),
        (r#""dtype": 7"#, r#""dtype": 9"#),
        (r#""dtype": 7"#, r#""dtype": 77"#),
        (r#""use_pickle": false"#, r#""use_pickle": true"#),
        ("weight_0", "../../etc/passwd"),
    ] {
        assert!(open(&with("shared.pt2", config, |text| text.replace(from, to))).is_err(), "{to}");
    }
}

#[test]
fn code_does_nothing_but_what_networks_do() {
    let body = |lines: &str| {
        let forward = format!("\n  def forward(self: __torch__.Shared,\n    x: Tensor) -> Tensor:\n{lines}");
        with("shared.trace.pt", "code/__torch__.py", move |text| {
            format!("{}{forward}", text.split("  def forward").next().expect("a class"))
        })
    };
    let deep = format!("    return {}x{}\n", "(".repeat(100_000), ")".repeat(100_000));
    let blocks: String = (0..500).map(|depth| format!("{}if True:\n", " ".repeat(4 + depth))).collect();
    let doubled = format!("    a = [1, 2]\n{}    return x\n", "    a = torch.add(a, a)\n".repeat(64));
    let nested = "    a = [x]\n    for i in range(60000):\n      a = [a, a]\n    return x\n";
    let cases = [
        ("`import`, which is not read", "    import os\n    return x\n"),
        ("`os.system`, which is not read", "    os.system(\"ls\")\n    return x\n"),
        ("`eval`, which is not read", "    return eval(\"x\")\n"),
        ("`__builtins__.exec`, which is not read", "    return __builtins__.exec(\"x\")\n"),
        ("`ops.load_library`, which is not read", "    ops.load_library(\"a.so\")\n    return x\n"),
        ("`aten::from_file`", "    return torch.from_file(\"/etc/passwd\")\n"),
        ("`while`, which is not read", "    while True:\n      x = torch.relu(x)\n    return x\n"),
        ("within each other", "    return (self).forward(x, )\n"),
        ("so many steps", "    for i in range(1000000000):\n      pass\n    return x\n"),
        (
            "its loops take too many steps",
            "    for i in range(60000):\n      for j in range(60000):\n        pass\n    return x\n",
        ),
        (
            "more than 100000 operators",
            "    for i in range(60000):\n      x = torch.add(torch.add(x, x), 1)\n      x = torch.relu(x)\n    return x\n",
        ),
        ("lists of more than", &doubled),
        ("lists within lists", nested),
        ("brackets within brackets", &deep),
        ("blocks within blocks", &blocks),
        ("no code of TorchScript", "    return x +\n"),
        ("a text without an end", "    return \"x\n"),
        ("more arguments than are read", "    return torch.relu(x, 1, 2, 3)\n"),
        ("item 5 of 1", "    return [x][5]\n"),
        ("larger than", "    return torch.zeros([99999999, 99999999])\n"),
        ("axis 9 of 4", "    return torch.softmax(x, 9)\n"),
    ];
    for (words, lines) in cases {
        let error = open(&body(lines)).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
}
