//! Steps of preprocessing against published code (`tests/golden/preprocess/make.py`), and the way
//! back from them.

use heatlens_imaging::{DecodeLimits, DiscAt, Picture, Preprocess, STEPS, StepCard, decode};

fn golden(name: &str) -> Picture {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/preprocess");
    decode(&std::fs::read(folder.join(format!("{name}.png"))).unwrap(), &DecodeLimits::default()).unwrap()
}

/// A preprocessing of these steps that leaves levels as they are.
fn only(steps: &str) -> Preprocess {
    let text = format!("colour = \"rgb\"\nrange = \"levels\"\nlayout = \"nhwc\"\n{steps}");
    Preprocess::from_toml(&text).unwrap_or_else(|error| panic!("{steps}: {error}"))
}

/// What the steps make of a picture, which end at `[height, width]`.
fn made(steps: &str, of: &Picture, [height, width]: [usize; 2]) -> Picture {
    let preprocess = only(steps);
    let prepared = preprocess.prepare(of, [height, width]).unwrap_or_else(|error| panic!("{steps}: {error}"));
    preprocess.picture(&prepared.tensor, [height, width])
}

#[test]
fn steps_are_those_of_published_code() {
    // All are the same to the last level; one is what is promised.
    for (name, source, steps) in [
        ("ben-graham-10", "eye", "[[steps]]\nstep = \"ben_graham\"\nsigma = { pixels = 10 }"),
        ("ben-graham-2.5", "eye", "[[steps]]\nstep = \"ben_graham\"\nsigma = { pixels = 2.5 }\nweight = 4"),
        ("cropped", "eye", "[[steps]]\nstep = \"crop_to_field\""),
        ("clahe-lightness", "eye", "[[steps]]\nstep = \"clahe\"\nof = \"lightness\""),
        ("clahe-lightness-5x3", "eye", "[[steps]]\nstep = \"clahe\"\nof = \"lightness\"\nclip = 4\ntiles = [5, 3]"),
        ("clahe-green", "eye", "[[steps]]\nstep = \"clahe\"\nof = \"green\"\nclip = 2\ntiles = [8, 8]"),
        ("clahe-every", "eye", "[[steps]]\nstep = \"clahe\"\nof = \"every\"\nclip = 40\ntiles = [4, 7]"),
        ("clahe-unlimited", "eye", "[[steps]]\nstep = \"clahe\"\nof = \"green\"\nclip = 0\ntiles = [2, 2]"),
        ("colours-lightness", "colours", "[[steps]]\nstep = \"clahe\"\nof = \"lightness\"\nclip = 3\ntiles = [2, 2]"),
    ] {
        let want = golden(name);
        let got = made(steps, &golden(source), want.size());
        let differences = || got.rgb.iter().zip(&want.rgb).map(|(a, b)| a.abs_diff(*b));
        let (largest, others) = (differences().max().unwrap(), differences().filter(|&d| d > 0).count());
        println!("{name}: up to {largest} levels, {others} of {} differ", want.rgb.len());
        assert!(largest <= 1, "{name}: {largest} levels");
    }
}

/// A dark picture with one light pixel at a column and row, and a field around it.
fn spot([width, height]: [usize; 2], [x, y]: [usize; 2]) -> Picture {
    let mut picture = Picture::filled(width, height, [0; 3]);
    for row in 20..height - 30 {
        for column in 35..width - 10 {
            picture.rgb[(row * width + column) * 3..][..3].fill(40);
        }
    }
    picture.rgb[(y * width + x) * 3..][..3].fill(255);
    picture
}

#[test]
fn every_step_leads_back_to_the_photograph() {
    let resample = "resample = { library = \"pillow\", filter = \"box\" }";
    let steps = format!(
        "[[steps]]\nstep = \"crop_to_field\"\n[[steps]]\nstep = \"letterbox\"\nto = {{ pixels = [90, 80] }}\n{resample}\n\
         [[steps]]\nstep = \"clahe\"\nof = \"lightness\"\ntiles = [2, 2]\n[[steps]]\nstep = \"green_channel\"\n\
         [[steps]]\nstep = \"circle_mask\"\nradius = 1.5\n[[steps]]\nstep = \"grey\"\n\
         [[steps]]\nstep = \"shorter_side\"\nto = {{ pixels = 64 }}\n{resample}\n\
         [[steps]]\nstep = \"centre_crop\"\nto = {{ pixels = [60, 50] }}\n[[steps]]\nstep = \"resize\"\nto = \"input\"\n{resample}"
    );
    for at in [[70, 60], [120, 90], [100, 40]] {
        let photograph = spot([200, 150], at);
        let prepared = only(&steps).prepare(&photograph, [48, 56]).unwrap();
        let brightest =
            (0..48 * 56).max_by(|&a, &b| prepared.tensor[3 * a].total_cmp(&prepared.tensor[3 * b])).unwrap();
        let [x, y] = [brightest % 56, brightest / 56].map(|i| i as f64 + 0.5);
        let back = prepared.to_photograph.apply([x, y]);
        // A pixel of the input is about three of the photograph wide.
        let near = |i: usize| (back[i] - at[i] as f64 - 0.5).abs() < 3.0;
        assert!(near(0) && near(1), "{at:?} became {brightest}, which leads to {back:?}");
    }
}

/// Where what is unlike the rest lies in an input of one step, on the photograph.
fn found(step: &StepCard, photograph: &Picture, [height, width]: [usize; 2]) -> [f64; 2] {
    let preprocess = only(&format!(
        "[[steps]]\nstep = \"{}\"\n{}\n[[steps]]\nstep = \"resize\"\nto = \"input\"\nresample = {{ library = \"pillow\", \
         filter = \"box\" }}",
        step.name, step.example
    ));
    let disc = DiscAt { centre: [115.0, 65.0], diameter: 25.0 };
    let prepared = preprocess.around(disc).prepare(photograph, [height, width]).unwrap();
    let levels: Vec<f32> = prepared.tensor.chunks_exact(3).map(|pixel| pixel[0]).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let unlike = |i: usize| (levels[i] - sorted[sorted.len() / 2]).abs();
    let most = (0..levels.len()).map(unlike).fold(0.0, f32::max);
    assert!(most > 50.0, "{} leaves nothing to be seen", step.name);
    let at: Vec<usize> = (0..levels.len()).filter(|&i| unlike(i) > most / 2.0).collect();
    let mean = |of: &dyn Fn(usize) -> usize| at.iter().map(|&i| of(i) as f64 + 0.5).sum::<f64>() / at.len() as f64;
    prepared.to_photograph.apply([mean(&|i| i % width), mean(&|i| i / width)])
}

#[test]
fn each_step_alone_leads_back_to_the_photograph() {
    let (mut photograph, centre) = (Picture::filled(200, 150, [128; 3]), [110.0, 70.0]);
    (66..74).for_each(|y| photograph.rgb[(y * 200 + 106) * 3..][..8 * 3].fill(255));
    for step in STEPS {
        let back = found(step, &photograph, [48, 56]);
        // A pixel of the input is up to four of the photograph wide.
        let near = (0..2).all(|i| (back[i] - centre[i]).abs() < 2.0);
        assert!(near, "what `{}` shows at {centre:?} is led back to {back:?}: see what its `apply` returns", step.name);
    }
}

#[test]
fn the_field_is_found_by_luma_and_an_empty_picture_stays_whole() {
    let photograph = spot([80, 70], [50, 30]);
    let prepared = only("[[steps]]\nstep = \"crop_to_field\"").prepare(&photograph, [20, 35]).unwrap();
    assert_eq!(prepared.to_photograph.apply([0.0, 0.0]), [35.0, 20.0]);
    let dark = Picture::filled(5, 4, [7, 7, 7]);
    assert_eq!(made("[[steps]]\nstep = \"crop_to_field\"", &dark, [4, 5]), dark);
    assert!(only("[[steps]]\nstep = \"crop_to_field\"\ntolerance = 40").prepare(&photograph, [20, 35]).is_err());
}

#[test]
fn the_disc_is_cropped_wherever_earlier_steps_have_put_it() {
    let picture = Picture { width: 40, height: 30, rgb: (0..3600).map(|i| (i * 7 % 256) as u8).collect() };
    let crop = only("[[steps]]\nstep = \"disc_crop\"\nacross = 2.0\nfill = [1, 2, 3]");
    assert!(crop.needs_disc());
    let error = crop.prepare(&picture, [12, 12]).unwrap_err().to_string();
    assert!(error.contains("`disc = { centre = [x, y], diameter = d }`"), "{error}");

    let disc = DiscAt { centre: [4.0, 20.0], diameter: 6.0 };
    let prepared = crop.around(disc).prepare(&picture, [12, 12]).unwrap();
    let cropped = crop.picture(&prepared.tensor, [12, 12]);
    assert_eq!(prepared.to_photograph.apply([0.0, 0.0]), [-2.0, 14.0]);
    assert_eq!(
        (cropped.at(1, 5), cropped.at(2, 0), cropped.at(11, 11)),
        ([1, 2, 3], picture.at(0, 14), picture.at(9, 25))
    );

    // Twice as large, and 8 pixels of the larger picture cut off on the left and 10 at the top.
    let earlier = "[[steps]]\nstep = \"resize\"\nto = { pixels = [60, 80] }\nresample = { library = \"pillow\", filter = \
                   \"box\" }\n[[steps]]\nstep = \"centre_crop\"\nto = { pixels = [40, 64] }\n[[steps]]\nstep = \
                   \"disc_crop\"\nacross = 2.0";
    let after = only(earlier).around(disc);
    assert!(!after.needs_disc());
    assert_eq!(after.prepare(&picture, [24, 24]).unwrap().to_photograph.apply([0.0, 0.0]), [-2.0, 14.0]);
    let said = only("[[steps]]\nstep = \"disc_crop\"\nacross = 2.0\ndisc = { centre = [9.0, 9.0], diameter = 3.0 }");
    assert_eq!(said.around(disc), said, "what a description says of a disc stays");
}

#[test]
fn masks_and_channels_by_hand() {
    let picture = Picture { width: 3, height: 3, rgb: (0..27).map(|i| i * 9).collect() };
    let masked = made("[[steps]]\nstep = \"circle_mask\"\nradius = 0.8\nfill = [1, 2, 3]", &picture, [3, 3]);
    // Corners are 1.41 pixels from the middle, edges 1, and the radius is 1.2.
    let kept = |i: usize| i % 2 == 1 || i == 4;
    (0..9).for_each(|i| {
        let want = if kept(i) { picture.at(i % 3, i / 3) } else { [1, 2, 3] };
        assert_eq!(masked.at(i % 3, i / 3), want, "{i}");
    });
    let colour = Picture::filled(2, 1, [10, 200, 90]);
    assert_eq!(made("[[steps]]\nstep = \"green_channel\"", &colour, [1, 2]).at(1, 0), [200; 3]);
    assert_eq!(made("[[steps]]\nstep = \"grey\"", &colour, [1, 2]).at(0, 0), [131; 3]);
    // The order of the channels changes nothing but their order.
    for steps in ["step = \"grey\"", "step = \"clahe\"\nof = \"lightness\"", "step = \"crop_to_field\"\ntolerance = 0"]
    {
        let rgb = only(&format!("[[steps]]\n{steps}"));
        let bgr = Preprocess { colour: heatlens_imaging::Colour::Bgr, ..rgb.clone() };
        let [rgb, bgr] = [rgb, bgr].map(|p| p.picture(&p.prepare(&picture, [3, 3]).unwrap().tensor, [3, 3]));
        assert_eq!(rgb, bgr, "{steps}");
    }
}

#[test]
fn a_letterbox_is_a_fit_between_bars() {
    let resample = "resample = { library = \"opencv\", filter = \"bilinear\", rounded = true }";
    let picture = golden("eye");
    let one = made(
        &format!("[[steps]]\nstep = \"letterbox\"\nto = \"input\"\n{resample}\nfill = [114, 114, 114]"),
        &picture,
        [64, 63],
    );
    let two = made(
        &format!(
            "[[steps]]\nstep = \"fit\"\nto = \"input\"\n{resample}\n[[steps]]\nstep = \"centre_crop\"\nto = \"input\"\n\
             fill = [114, 114, 114]"
        ),
        &picture,
        [64, 63],
    );
    assert_eq!(one, two);
    assert_eq!((one.at(0, 0), one.at(30, 63)), ([114; 3], [114; 3]));
}

#[test]
fn every_step_can_be_asked_for_and_says_what_it_does() {
    for card in STEPS {
        let preprocess = only(&format!("[[steps]]\nstep = \"{}\"\n{}", card.name, card.example));
        assert_eq!(Preprocess::from_toml(&preprocess.to_toml()).unwrap(), preprocess, "{}", preprocess.to_toml());
        assert_eq!(Preprocess::from_json(&preprocess.to_json()).unwrap(), preprocess);
        assert!(preprocess.to_toml().contains(&format!("[[steps]]\nstep = \"{}\"", card.name)));
        assert!(preprocess.steps[0].to_string().len() > 8 && card.about.ends_with('.'), "{}", card.name);
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let start = "range = \"levels\"\nlayout = \"nhwc\"\n";
    for (text, words) in [
        ("colour = \"rgb\"\n[[steps]]\nstep = \"polish\"", &["polish", "ben_graham", "crop_to_field"][..]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"grey\"\nradius = 1", &["radius"]),
        ("colour = \"grey\"\n[[steps]]\nstep = \"green_channel\"", &["green_channel", "colour = \"rgb\""]),
        ("colour = \"grey\"\n[[steps]]\nstep = \"clahe\"\nof = \"lightness\"", &["clahe", "colour = \"rgb\""]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"clahe\"\nof = \"green\"\ntiles = [0, 8]", &["0×8"]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"clahe\"\nof = \"green\"\nclip = -1", &["-1"]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"ben_graham\"\nsigma = { pixels = 0 }", &["0.1–500"]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"ben_graham\"\nsigma = { pixels = 9 }\nweight = 0", &["weight of 0"]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"circle_mask\"\nradius = 0", &["radius 0"]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"letterbox\"\nto = \"input\"", &["resample"]),
        ("colour = \"rgb\"\n[[steps]]\nstep = \"disc_crop\"\nacross = 0", &["`across` above 0"]),
    ] {
        let (colour, steps) = text.split_once('\n').unwrap();
        let error = Preprocess::from_toml(&format!("{colour}\n{start}{steps}")).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{text}\n{error}");
    }
    let json = Preprocess::imagenet().to_json().replace("\"steps\"", "\"geometry\"");
    assert_eq!(Preprocess::from_json(&json).unwrap(), Preprocess::imagenet(), "as older descriptions have it");
}

#[test]
fn the_page_of_steps_is_what_the_table_says() {
    use std::fmt::Write;
    let mut page = String::from(
        "# Preprocessing\n\nA preprocessing is a list of steps between a photograph and a network's input, then a range \
         and perhaps a mean\nand a standard deviation. `heatlens preprocess show imagenet` prints one as TOML, to be \
         changed and given to\n`--preprocess`. Steps run in the order in which they stand, any number of times. Those \
         that change levels work on\nwhole ones and round before they begin. Each knows its way back, so that maps land \
         on the photograph.\n\n```toml\n",
    );
    let example = "colour = \"rgb\"\nrange = \"unit\"\nlayout = \"nchw\"\n\n[[steps]]\nstep = \"crop_to_field\"\n\n\
                   [[steps]]\nstep = \"letterbox\"\nto = \"input\"\nresample = { library = \"opencv\", filter = \"area\", \
                   rounded = true }\n\n[[steps]]\nstep = \"ben_graham\"\nsigma = { pixels = 10 }\n\n[[steps]]\n\
                   step = \"circle_mask\"\nradius = 0.9\nfill = [128, 128, 128]\n";
    let eye = Preprocess::from_toml(example).unwrap();
    assert_eq!(eye.prepare(&golden("eye"), [64, 64]).unwrap().shape, [1, 3, 64, 64]);
    writeln!(page, "{example}```\n\nIn words: {eye}.").unwrap();
    for card in STEPS {
        let example = format!("[[steps]]\nstep = \"{}\"\n{}", card.name, card.example);
        write!(page, "\n## `{}`\n{}\n```toml\n{}\n```\n", card.name, card.about, example.trim_end()).unwrap();
    }
    page.push_str(
        "\n## Sizes\n`to` is `\"input\"` (the network's), `{ input_over = 0.875 }` (the input divided by that, rounded \
         down) or\n`{ pixels = [height, width] }`, one number for `shorter_side`. `resample` names a library and its \
         filter: `pillow`\n(nearest, box, bilinear, hamming, bicubic, lanczos), `torchvision` (nearest, nearest_exact, \
         bilinear, bicubic;\n`antialias`, `rounded`) or `opencv` (nearest, bilinear, bicubic, area, lanczos; `rounded`).\n",
    );
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/preprocessing.md");
    if std::env::var_os("HEATLENS_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/preprocessing.md is not what the table says: run the tests of `heatlens-imaging` with HEATLENS_WRITE_DOCS=1"
    );
}
