//! Answers of made-up runs.

use super::testing::{CLASSES, GoesWith, Looks, World};
use super::{Chosen, compare};
use crate::schema::{FigureData, Question, Report, SuspectStatus, Verdict};
use heatlens_anatomy::Role;
use heatlens_statistics::Settings;

fn verdict(report: &Report, question: Question) -> Verdict {
    report.answer(question).unwrap().verdict
}

fn headline(report: &Report, question: Question) -> &str {
    &report.answer(question).unwrap().headline
}

/// Every answer is there, in order, says something, and refers to what exists.
fn is_whole(report: &Report) {
    assert_eq!(report.answers.iter().map(|answer| answer.number).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    for answer in &report.answers {
        assert!(answer.headline.len() > 20 && answer.headline.ends_with('.'), "{}", answer.headline);
        assert!(!answer.headline.contains("NaN") && !answer.headline.contains(".."), "{}", answer.headline);
        is_plain(&answer.plain);
        assert!(answer.examples.len() <= 2 && answer.examples.iter().all(|e| report.case(e.case).is_some()));
        assert!(answer.figures.iter().all(|id| report.figure(id).is_some()), "{:?}", answer.figures);
        assert!(answer.galleries.iter().all(|id| report.gallery(id).is_some()), "{:?}", answer.galleries);
        assert_eq!(
            answer.verdict == Verdict::CannotBeSaid,
            answer.verdict == Verdict::CannotBeSaid && !answer.ways_out.is_empty(),
            "{}",
            answer.headline
        );
    }
    let shown = report.galleries.iter().flat_map(|gallery| &gallery.cases);
    assert!(shown.into_iter().all(|&case| report.case(case).is_some()));
    let json = serde_json::to_value(report).unwrap();
    assert_eq!(json["answers"].as_array().unwrap().len(), 10);
}

/// What a student reads first holds no statistics.
fn is_plain(said: &str) {
    assert!(said.len() > 10 && said.ends_with('.') && !said.contains(".."), "{said}");
    assert!(said.chars().next().is_some_and(char::is_uppercase), "{said}");
    let statistics = ["interval", "p =", "p <", "ρ", "δ", "AUC", "Cramér", "energy", "Spearman", "log-ratio"];
    let found = statistics.iter().find(|word| said.contains(**word));
    assert_eq!(found, None, "in {said}");
}

#[test]
fn a_model_that_looks_at_the_disc_is_found_to_do_so() {
    let report = World::default().report();
    is_whole(&report);
    assert_eq!(verdict(&report, Question::Disc), Verdict::Reassuring, "{}", headline(&report, Question::Disc));
    assert!(headline(&report, Question::Disc).contains("when the model says glaucoma"));
    assert_eq!(verdict(&report, Question::Relevance), Verdict::Reassuring);
    assert_eq!(
        verdict(&report, Question::CorrectFocus),
        Verdict::Reassuring,
        "{}",
        headline(&report, Question::CorrectFocus)
    );
    assert_eq!(verdict(&report, Question::Shortcut), Verdict::Reassuring, "{}", headline(&report, Question::Shortcut));
    // Wrong ones were made less sharp.
    assert!(headline(&report, Question::Failures).contains("less sharp"), "{}", headline(&report, Question::Failures));
    assert_eq!((report.sample.explained, report.sample.with_target, report.excluded[0].images), (160, 160, 1));
}

#[test]
fn classes_that_differ_as_photographs_are_never_reassuring() {
    let of = |colours| {
        let report = World { colours, ..World::default() }.report();
        is_whole(&report);
        report.answer(Question::Shortcut).unwrap().clone()
    };
    let told = of(GoesWith::Labels);
    assert_eq!(told.verdict, Verdict::Mixed, "{}", told.headline);
    assert!(
        told.headline.contains("(by colour)") && told.headline.contains("answers do not go with that"),
        "{}",
        told.headline
    );
    let used = of(GoesWith::Answers);
    assert_eq!(used.verdict, Verdict::Concerning, "{}", used.headline);
    assert!(used.headline.starts_with("Perhaps") && used.headline.contains("Among images of one class"));
    assert!(used.figures.contains(&"properties".to_owned()));
    let alike = of(GoesWith::Nothing);
    let said = alike.explanations.iter().find(|explanation| explanation.heading.starts_with("Properties")).unwrap();
    assert!(said.text.contains("do not tell glaucoma from the rest"), "{}", said.text);
}

#[test]
fn classes_of_two_cameras_are_never_reassuring() {
    let report = World { cameras: GoesWith::Labels, ..World::default() }.report();
    let answer = report.answer(Question::Shortcut).unwrap();
    assert_eq!(answer.verdict, Verdict::Mixed, "{}", answer.headline);
    assert!(answer.headline.contains("(by the column `camera`)"), "{}", answer.headline);
}

#[test]
fn what_the_table_says_of_failures_is_told() {
    let answer = |cameras| {
        let report = World { cameras, ..World::default() }.report();
        is_whole(&report);
        report.answer(Question::Failures).unwrap().clone()
    };
    // All that the model calls glaucoma is of camera A.
    let told = answer(GoesWith::Answers);
    assert!(told.plain.contains("false positives have “A” in the column `camera`, and 0 of"), "{}", told.plain);
    assert!(told.plain.contains("false negatives have “B” in the column `camera`, and 0 of"), "{}", told.plain);
    assert!(told.headline.contains("(p < 0.001 corrected)"), "{}", told.headline);
    assert!(!answer(GoesWith::Nothing).plain.contains("column"));
    assert!(!answer(GoesWith::Labels).plain.contains("column"));
}

#[test]
fn few_experiments_do_not_reassure() {
    let report = World { images: 44, noise_flips: 0.0, ..World::default() }.report();
    let answer = report.answer(Question::Shortcut).unwrap();
    assert_eq!(answer.verdict, Verdict::CannotBeSaid, "{}", answer.headline);
    let unseen = answer.explanations.iter().find(|explanation| explanation.heading == "What would go unseen").unwrap();
    assert!(unseen.text.contains("than about 1") || unseen.text.contains("than about 2"), "{}", unseen.text);
}

#[test]
fn a_model_that_hangs_on_a_corner_is_caught_and_the_corner_named() {
    let world = World { looks: Looks::Corner, corner_flips: 0.9, ..World::default() };
    let report = world.report();
    is_whole(&report);
    let answer = report.answer(Question::Shortcut).unwrap();
    assert_eq!(answer.verdict, Verdict::Concerning);
    assert!(!answer.plain.contains("column"), "{}", answer.plain);
    let with_cameras = World { cameras: GoesWith::Labels, ..world }.report();
    let plain = &with_cameras.answer(Question::Shortcut).unwrap().plain;
    assert!(plain.contains("the column `camera` tells the classes apart as well"), "{plain}");
    assert!(
        answer.headline.contains("lower left corner") && answer.headline.contains("predictions of glaucoma"),
        "{}",
        answer.headline
    );
    assert!(
        answer.explanations.iter().any(|e| e.text.contains("outside")),
        "the larger region with the same evidence is told, too"
    );
    assert!(report.suspects.iter().filter(|s| s.status == SuspectStatus::Shortcut).all(|s| s.class == "glaucoma"));
    assert!(report.gallery("shortcut").is_some_and(|gallery| !gallery.cases.is_empty()));
    assert_eq!(verdict(&report, Question::Disc), Verdict::Concerning);
    assert_eq!(verdict(&report, Question::Relevance), Verdict::Concerning);
    for question in [Question::Where, Question::Relevance, Question::Disc] {
        let plain = &report.answer(question).unwrap().plain;
        assert!(
            plain.contains("depend on the lower left corner of the picture") && plain.contains("question 10"),
            "{plain}"
        );
    }
    for question in [Question::Relevance, Question::Shortcut] {
        let examples = &report.answer(question).unwrap().examples;
        assert!(examples.len() == 2 && examples[0].caption.contains("is hidden"), "{}", examples[0].caption);
    }
}

#[test]
fn a_class_that_looks_elsewhere_is_not_hidden_by_the_other() {
    let report = World { looks: Looks::Divided, ..World::default() }.report();
    let headline = headline(&report, Question::Relevance);
    assert_eq!(verdict(&report, Question::Relevance), Verdict::Mixed, "{headline}");
    assert!(
        headline.contains("when the model says normal") && !headline.contains("when the model says glaucoma"),
        "{headline}"
    );
}

#[test]
fn planted_corners_are_found_and_clean_models_cleared_nineteen_times_in_twenty() {
    let named = |seed: u64, flips: f64| {
        let looks = if flips > 0.0 { Looks::Corner } else { Looks::Disc };
        let evidence =
            World { seed, images: 100, looks, corner_flips: flips, noise_flips: 0.06, ..World::default() }.evidence();
        let suspects = super::questions::suspects(&evidence);
        suspects.first().filter(|s| s.status == SuspectStatus::Shortcut).map(|s| s.region.clone())
    };
    let found = (0..20).filter(|&seed| named(seed, 0.7).as_deref() == Some("corner lower left")).count();
    let false_alarms = (20..40).filter(|&seed| named(seed, 0.0).is_some()).count();
    assert!(found >= 19 && false_alarms == 0, "{found} found, {false_alarms} false");
}

#[test]
fn without_labels_the_outcome_questions_are_left_open() {
    let report = World { labels: false, ..World::default() }.report();
    is_whole(&report);
    for question in [Question::CorrectFocus, Question::Errors, Question::Failures] {
        assert_eq!(verdict(&report, question), Verdict::CannotBeSaid);
        assert!(report.answer(question).unwrap().ways_out[0].contains("label"));
    }
    assert!(report.performance.is_none() && report.figure("roc").is_none());
    assert_eq!(verdict(&report, Question::Disc), Verdict::Reassuring);
}

#[test]
fn without_masks_the_disc_questions_are_left_open() {
    let report = World { masks: false, ..World::default() }.report();
    is_whole(&report);
    for question in [Question::Relevance, Question::Disc, Question::CorrectFocus, Question::Confidence] {
        assert_eq!(verdict(&report, question), Verdict::CannotBeSaid);
        assert!(report.answer(question).unwrap().ways_out[0].contains("mask"));
    }
    assert!(report.performance.is_some());
    assert!(report.figures.iter().all(|figure| !figure.id.ends_with("/disc")));
}

#[test]
fn one_class_few_images_and_coarse_maps_say_what_they_do_not_allow() {
    let one = World { one_class: true, ..World::default() }.report();
    is_whole(&one);
    assert!(one.performance.as_ref().unwrap().notes.iter().any(|note| note.contains("one class")));
    assert!(one.figure("roc").is_none());

    let few = World { images: 12, ..World::default() }.report();
    is_whole(&few);
    for question in
        [Question::CorrectFocus, Question::Failures, Question::Patterns, Question::Confidence, Question::Shortcut]
    {
        assert_eq!(verdict(&few, question), Verdict::CannotBeSaid, "{}", headline(&few, question));
    }
    for images in [0, 1, 3] {
        is_whole(&World { images, ..World::default() }.report());
    }

    let coarse = World { cells: 0.9, ..World::default() }.report();
    is_whole(&coarse);
    assert_eq!(verdict(&coarse, Question::Disc), Verdict::CannotBeSaid);
    assert!(headline(&coarse, Question::Disc).contains("esolution-limited"));
    assert!(coarse.answer(Question::Disc).unwrap().ways_out[0].contains("LayerCAM"));
}

#[test]
fn without_experiments_a_shortcut_cannot_be_excluded() {
    let report = World { experiments: false, ..World::default() }.report();
    is_whole(&report);
    assert_eq!(verdict(&report, Question::Shortcut), Verdict::CannotBeSaid);
    assert!(report.suspects.is_empty());
}

#[test]
fn figures_agree_with_a_direct_computation() {
    let evidence = World::default().evidence();
    let report = super::summary::report(&evidence);
    let maps = evidence.decisions(|image| image.predicted == 1);
    let share = |shares: &[f32]| evidence.role_share(shares, Role::Target);
    let mean = maps.iter().map(|map| share(&map.shares)).sum::<f64>() / maps.len() as f64;
    let measured =
        report.answer(Question::Disc).unwrap().measurements.iter().find(|m| m.id == "share/glaucoma").unwrap();
    assert!((measured.finding.estimate().unwrap() - mean).abs() < 1e-12);
    let chance = maps.iter().map(|map| share(&map.chance)).sum::<f64>() / maps.len() as f64;
    assert!((measured.chance.unwrap() - chance).abs() < 1e-12);

    // The area under the curve by counting pairs.
    let scores = |label: usize| {
        evidence.images.iter().filter(move |i| i.label == Some(label)).map(|i| f64::from(i.probabilities[1]))
    };
    let (mut above, mut pairs) = (0.0, 0.0);
    for positive in scores(1) {
        for negative in scores(0) {
            above += if positive > negative {
                1.0
            } else if positive == negative {
                0.5
            } else {
                0.0
            };
            pairs += 1.0;
        }
    }
    let performance = report.performance.as_ref().unwrap();
    assert!((performance.classes[0].auc.finding.estimate().unwrap() - above / pairs).abs() < 1e-12);
    let right = evidence.images.iter().filter(|image| image.is_correct() == Some(true)).count();
    assert_eq!(performance.accuracy.finding.estimate(), Some(right as f64 / 160.0));
    assert_eq!(performance.confusion.counts.iter().flatten().sum::<usize>(), 160);

    let Some(FigureData::ZoneBars { series }) = report.figure("zones/glaucoma").map(|figure| &figure.data) else {
        panic!("no zones")
    };
    let total: f64 = series[0].shares.iter().filter_map(|finding| finding.estimate()).sum();
    assert!((total - 1.0).abs() < 1e-5, "shares sum to one, not {total}");
    let Some(FigureData::MeanMaps { maps, .. }) = report.figure("maps/classes/disc").map(|figure| &figure.data) else {
        panic!("no mean maps")
    };
    let largest =
        (0..maps[0].cells.len()).max_by(|&a, &b| maps[0].cells[a].partial_cmp(&maps[0].cells[b]).unwrap()).unwrap();
    let middle = [largest % 48, largest / 48].map(|v| (v as f64 - 23.5).abs());
    assert!(middle[0] < 4.0 && middle[1] < 4.0, "the mean map's peak is on the disc: {middle:?}");
}

#[test]
fn the_same_rows_give_the_same_report() {
    let json = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&World { images: 60, ..World::default() }.report()).unwrap())
    };
    assert_eq!(json(1), json(3));
}

#[test]
fn a_run_compared_with_itself_is_the_same_and_with_another_differs() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let settings = Settings { resamples: 300, ..Settings::default() };
    let (disc, run) = World::default().write(folders[0].path());
    let (corner, other) = World { looks: Looks::Corner, ..World::default() }.write(folders[1].path());
    let first = Chosen { directory: &disc, run: &run, view: None };
    let same = compare(&first, &first, &settings).unwrap();
    assert_eq!((same.images, same.agreement.same.finding.estimate()), (160, Some(1.0)));
    assert!(same.agreement.disagreements.is_empty() && same.agreement.right.unwrap()[1..3] == [0, 0]);
    assert!(same.map_similarity.as_ref().unwrap().finding.estimate().unwrap() > 0.999_999);
    let differ = compare(&first, &Chosen { directory: &corner, run: &other, view: None }, &settings).unwrap();
    let share = differ.focus.iter().find(|change| change.id == "share").unwrap();
    assert!(share.first > share.second && share.difference.is_significant(), "{}", differ.headline);
    assert!(differ.headline.contains("of the map lies on the disc"), "{}", differ.headline);
    serde_json::to_string(&differ).unwrap();
    assert_eq!(CLASSES[1], "glaucoma");
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let written = serde_json::to_value(World { images: 60, ..World::default() }.report()).unwrap();
    let read: crate::Report = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
}
