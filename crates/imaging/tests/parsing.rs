//! Descriptions of preprocessing by strangers: whatever they hold, there is an answer, and it never
//! takes more memory than a picture.

use heatlens_imaging::{Photograph, Preprocess};
use proptest::prelude::*;

const TEXTS: [&str; 3] = [
    r#"{"pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "border", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}"#,
    r#"{"do_normalize": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 3, "rescale_factor": 0.0039, "crop_pct": 0.9, "size": {"shortest_edge": 224}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}}"#,
    r#"{"colour":"rgb","range":"unit","mean":[0.485,0.456,0.406],"std":[0.229,0.224,0.225],"layout":"nchw","input":[224,224],"steps":[{"step":"shorter_side","to":{"input_over":0.875},"resample":{"library":"opencv","filter":"area","rounded":true}},{"step":"centre_crop","to":"input","rounding":"half_even","fill":[1,2,3]}]}"#,
];

fn try_all(text: &str) {
    let photograph = Photograph { width: 9, height: 7, rgb: vec![100; 189] };
    for parsed in [
        Preprocess::from_timm(text),
        Preprocess::from_hugging_face(text),
        Preprocess::from_json(text),
        Preprocess::from_toml(text),
        Preprocess::from_spec("a.json", |_| Ok(text.as_bytes().to_vec())),
    ]
    .into_iter()
    .flatten()
    {
        assert_eq!(Preprocess::from_json(&parsed.to_json()).as_ref(), Ok(&parsed));
        let _ = parsed.to_string();
        if let Ok(prepared) = parsed.prepare(&photograph, [5, 6]) {
            assert_eq!(prepared.tensor.len(), parsed.channels() * 30);
        }
    }
}

#[test]
fn whole_descriptions_are_read() {
    assert!(
        Preprocess::from_timm(TEXTS[0]).is_ok()
            && Preprocess::from_hugging_face(TEXTS[1]).is_ok()
            && Preprocess::from_json(TEXTS[2]).is_ok()
    );
    let toml = Preprocess::from_json(TEXTS[2]).unwrap().to_toml();
    assert_eq!(Preprocess::from_toml(&toml), Preprocess::from_json(TEXTS[2]), "{toml}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn damaged_ones_never_panic(which in 0..3usize, edits in prop::collection::vec((any::<prop::sample::Index>(), "[0-9.e\\-\\[\\]{}\",:a-z]{0,3}"), 1..4)) {
        let mut letters: Vec<char> = TEXTS[which].chars().collect();
        for (at, edit) in edits {
            let at = at.index(letters.len());
            letters.splice(at..(at + 1).min(letters.len()), edit.chars());
        }
        try_all(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn odd_numbers_never_panic(which in 0..3usize, number in prop_oneof![Just("0"), Just("-1"), Just("1e308"), Just("16384"), Just("99999999999999999999"), Just("0.05"), Just("1e-30"), Just("null")], at in any::<prop::sample::Index>()) {
        let text = TEXTS[which];
        let places: Vec<usize> = text.match_indices(|c: char| c.is_ascii_digit()).map(|m| m.0).collect();
        let start = *at.get(&places);
        let end = text[start..].find(|c: char| !(c.is_ascii_digit() || c == '.')).map_or(text.len(), |n| start + n);
        try_all(&format!("{}{number}{}", &text[..start], &text[end..]));
    }
}
