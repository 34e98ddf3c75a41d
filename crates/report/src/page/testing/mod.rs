//! A made-up report with everything in it.

mod figures;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use self::figures::{confusion, figures};
use super::pictures::{CasePictures, draw_case};
use crate::schema::*;
use heatlens_anatomy::{Role, ZoneCard};
use heatlens_imaging::{Affine, Map, Scale};
use heatlens_record::{LayerRecord, ModelRecord, PreprocessingRecord, RunRecord};
use heatlens_statistics::{
    Finding, OperatingPoint, Random, Settings, ThresholdOrigin, Units, auc, calibration, compare_groups, mean,
    proportion, rank_correlation,
};

/// What a column of probabilities and labels gives.
pub(super) struct Scores {
    pub probabilities: Vec<f64>,
    pub positive: Vec<bool>,
    pub focus: Vec<f64>,
}

pub(super) const CASES: usize = 300;
const ZONES: [(&str, &str, Role, f64); 8] = [
    ("cup", "cup", Role::Target, 0.06),
    ("rim", "neuroretinal rim", Role::Target, 0.13),
    ("peripapillary", "peripapillary (0.5–1.0 DD)", Role::Plausible, 0.16),
    ("zone_b", "zone B (1.0–1.5 DD)", Role::Plausible, 0.12),
    ("arcuate_superior_temporal", "superior-temporal nerve fibre bundles", Role::Plausible, 0.11),
    ("macula", "macula", Role::Elsewhere, 0.08),
    ("other_retina", "other retina", Role::Elsewhere, 0.24),
    ("field_edge", "edge of the field", Role::Edge, 0.07),
];

fn settings() -> Settings {
    Settings { resamples: 60, ..Settings::default() }
}

pub(super) fn scores() -> Scores {
    let mut random = Random::new(7, 0);
    let mut draw = || (random.below(10_000) as f64 + 0.5) / 10_000.0;
    let positive: Vec<bool> = (0..CASES).map(|i| i % 5 < 2).collect();
    let probabilities = positive.iter().map(|&p| (draw() * 0.62 + if p { 0.36 } else { 0.02 }).powf(0.8)).collect();
    let focus = (0..CASES).map(|_| 0.1 + 0.5 * draw() * draw()).collect();
    Scores { probabilities, positive, focus }
}

fn share(hits: usize, of: usize) -> Finding {
    proportion(&(0..of).map(|i| i < hits).collect::<Vec<_>>(), &Units::each(of), &settings())
}

fn answer(question: Question, verdict: Verdict, scores: &Scores) -> Answer {
    let units = Units::each(CASES);
    let measurements = vec![
        Measurement::new(
            "share",
            "Share of the map on the disc, predicted glaucoma",
            Measure::Share,
            mean(&scores.focus, &units, &settings()),
        )
        .against(0.19),
        Measurement::new(
            "delta",
            "Focus of right against wrong predictions of glaucoma",
            Measure::Signed,
            compare_groups(&scores.focus, &scores.positive, &units, &settings()),
        )
        .against(0.0),
        Measurement::new(
            "rho",
            "Confidence against focus",
            Measure::Signed,
            rank_correlation(&scores.probabilities, &scores.focus, &units, &settings()),
        )
        .against(0.0),
        Measurement::new("few", "False negatives that look at the disc", Measure::Share, share(2, 3)),
        Measurement::new("flips", "Predictions that flip without the disc", Measure::Share, share(31, 60))
            .against(0.05),
    ];
    let of = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect();
    let figures = match question {
        Question::Where => of(&["zones/glaucoma", "maps/outcomes/disc"]),
        Question::Disc => of(&["zones/glaucoma", "remainders"]),
        Question::CorrectFocus => of(&["focus/outcomes"]),
        Question::ClassDifference => of(&["difference/disc"]),
        Question::Patterns => of(&["clusters/disc"]),
        Question::Confidence => of(&["confidence/focus"]),
        Question::Shortcut => of(&["causes"]),
        _ => Vec::new(),
    };
    Answer {
        number: question.number(),
        question,
        text: question.text().into(),
        verdict,
        plain: "For glaucoma: yes, the disc and its rim. For normal: no more than chance.".into(),
        headline: "26 % of the map lies on the optic disc, 1.4 times what chance gives (19 %; 95 % \
            interval 24 % to 28 %)."
            .into(),
        measurements,
        explanations: vec![Explanation {
            heading: "Off the disc is no shortcut by itself".into(),
            text: "The nerve fibre layer around the disc carries signs of glaucoma too.".into(),
        }],
        ways_out: if verdict == Verdict::CannotBeSaid {
            vec!["Crop the photographs on the disc, or use a larger input.".into()]
        } else {
            Vec::new()
        },
        examples: vec![Example { case: 0, class: "glaucoma".into(), caption: "A typical map.".into() }],
        figures,
        galleries: if question == Question::Errors { of(&["wrong"]) } else { Vec::new() },
    }
}

/// A condition of each kind.
fn trust() -> Vec<TrustRow> {
    let row = |condition, trust, sentence: &str, way: Option<&str>| TrustRow {
        condition,
        trust,
        sentence: sentence.into(),
        way_out: way.map(str::to_owned),
        questions: (1..=10).collect(),
    };
    vec![
        row(Condition::ClassOrder, Trust::Met, "The labels agree with the order of the classes.", None),
        row(Condition::Preprocessing, Trust::Broken, "Another fits better.", Some("Give it (`--preprocess`).")),
        row(Condition::Resolution, Trust::Open, "The disc is 1.4 cells of the map wide.", Some("Crop on the disc.")),
    ]
}

/// Everything that a report may hold.
pub(super) fn report() -> Report {
    static MADE: LazyLock<Report> = LazyLock::new(made);
    MADE.clone()
}

fn made() -> Report {
    let scores = scores();
    let units = Units::each(CASES);
    let set = settings();
    let plain = |what: &str, finding| Measurement::new("m", what, Measure::Plain, finding);
    let of_share = |what: &str, hits, of| Measurement::new("m", what, Measure::Share, share(hits, of));
    let verdicts = [
        Verdict::Described,
        Verdict::Reassuring,
        Verdict::Reassuring,
        Verdict::Mixed,
        Verdict::Described,
        Verdict::CannotBeSaid,
        Verdict::Described,
        Verdict::Mixed,
        Verdict::CannotBeSaid,
        Verdict::Concerning,
    ];
    let cases = (0..CASES).step_by(7).map(|case| CaseCard {
        case,
        image: format!("patient_{case:04}_left <hospital & co>.jpg"),
        label: Some(if scores.positive[case] { "glaucoma" } else { "normal" }.into()),
        predicted: if scores.probabilities[case] > 0.5 { "glaucoma" } else { "normal" }.into(),
        confidence: scores.probabilities[case].max(1.0 - scores.probabilities[case]),
        outcome: "true_positive".into(),
        class: Some("glaucoma".into()),
        target_share: Some(scores.focus[case]),
        target_share_range: Some([scores.focus[case] * 0.9, scores.focus[case] * 1.1]),
        enrichment: Some(1.4),
        main_zone: Some("rim".into()),
        cells_per_target: Some(1.4),
        peak: Some([0.4, 0.5]),
        disc: Some([300.0, 240.0, 90.0]),
        side: Some("left".into()),
        figures: BTreeMap::new(),
        doubts: String::new(),
        remarks: if case % 3 == 0 { vec!["The photograph is blurred.".into()] } else { Vec::new() },
    });
    let cases: Vec<CaseCard> = cases.collect();
    let gallery = |id: &str, title: &str, kind, n: usize| Gallery {
        id: id.into(),
        title: title.into(),
        caption: "Spread over their confidences.".into(),
        kind,
        cases: cases.iter().take(n).map(|card| card.case).collect(),
        of: 75,
    };
    let galleries = vec![
        gallery("right", "True positives", GalleryKind::Outcome, 12),
        gallery("wrong", "Most confident errors", GalleryKind::ConfidentErrors, 9),
        gallery("place", "Right answer, wrong place", GalleryKind::RightAnswerWrongPlace, 40),
    ];
    let suspect = |region: &str, title: &str, status| Suspect {
        region: region.into(),
        title: title.into(),
        class: "glaucoma".into(),
        status,
        sentence: "Removing it flipped 52 % of the predictions, removing as much elsewhere 5 %.".into(),
        area: 0.04,
        flips: of_share("flipped, inpainted", 31, 60).against(0.05),
        flips_blurred: of_share("flipped, blurred", 28, 60).against(0.05),
        excess: of_share("flipped beyond controls", 28, 60),
        drop: plain("drop of the margin", mean(&scores.focus, &units, &set)),
        energy: None,
    };
    let at = |threshold, origin| {
        OperatingPoint::at(threshold, origin, &scores.probabilities, &scores.positive, &units, &set)
    };
    Report {
        trust: trust(),
        schema: REPORT_SCHEMA.into(),
        provenance: Provenance {
            run: run(),
            heatlens: "0.1.0".into(),
            classes: vec!["glaucoma".into(), "normal".into()],
            positive: Some("glaucoma".into()),
            layers: run().layers,
            zones: ZONES
                .iter()
                .map(|(name, title, role, _)| ZoneCard {
                    name: (*name).into(),
                    title: (*title).into(),
                    plain: (*title).into(),
                    role: *role,
                })
                .collect(),
        },
        sample: Sample {
            images: CASES + 2,
            explained: CASES,
            failed: 2,
            labelled: CASES,
            labels: vec![("glaucoma".into(), 120), ("normal".into(), 180)],
            outcomes: vec![("true_positive".into(), 102)],
            with_target: 290,
            cells_per_target: Some(1.4),
            ..Sample::default()
        },
        views: vec![ViewSummary {
            view: View { method: "gradcam".into(), layer: Some("layer4.1".into()) },
            primary: true,
            maps: CASES,
            empty: 3,
            broken: 0,
            cells_per_target: Some(1.4),
            target_share: Some(0.26),
            target_chance: Some(0.19),
            pointing: Some(0.41),
        }],
        answers: Question::ALL
            .into_iter()
            .zip(verdicts)
            .map(|(question, verdict)| answer(question, verdict, &scores))
            .collect(),
        suspects: vec![
            suspect("corner lower left", "the lower left corner of the picture", SuspectStatus::Shortcut),
            suspect("field_edge", "the edge of the field", SuspectStatus::Cleared),
        ],
        performance: Some(Performance {
            images: CASES,
            accuracy: of_share("Share that is right", 273, CASES),
            majority: 0.6,
            confusion: confusion(),
            classes: vec![ClassPerformance {
                class: "glaucoma".into(),
                images: 120,
                auc: plain("area under the ROC curve", auc(&scores.probabilities, &scores.positive, &units, &set))
                    .against(0.5),
                average_precision: plain("average precision", share(100, 120)),
                recall: of_share("share found", 102, 120),
            }],
            calibration: calibration(&scores.probabilities, &scores.positive, &units, &set),
            operating: vec![at(0.5, ThresholdOrigin::HighestProbability), at(0.43, ThresholdOrigin::YoudenOnTest)],
            turned: None,
            notes: vec!["The threshold of Youden was found on these very data.".into()],
        }),
        subgroups: vec![SubgroupTable {
            column: "camera_model".into(),
            rows: vec![SubgroupRow {
                value: "A <1>".into(),
                images: 200,
                positives: Some(110),
                accuracy: Some(of_share("", 180, 200)),
                auc: None,
                target_share: None,
            }],
            with_label: Some(plain("camera and label, Cramér’s V", share(40, 100))),
            with_correct: None,
            omitted: 3,
            notes: vec![],
        }],
        figures: figures(&scores),
        galleries,
        cases,
        copies: Copies {
            groups: 2,
            surplus: 2,
            sentence: "Two groups of photographs are in the set twice.".into(),
            examples: vec![Membership {
                images: vec!["a.jpg".into(), "b.jpg".into()],
                labels: vec![Some("glaucoma".into()), None],
                likeness: 0.99,
            }],
            ..Copies::default()
        },
        excluded: vec![Excluded {
            reason: "cannot be decoded".into(),
            images: 2,
            examples: vec!["bad.jpg".into(), "worse.jpg".into()],
        }],
        caveats: vec![
            "A heatmap shows what a score responds to, not why; it is not causation.".into(),
            "The map is coarse.".into(),
        ],
        notes: vec!["72 photographs are also in the training part.".into()],
        references: vec![Reference { source: "Hemelings 2021".into(), figure: "AUC 0.94 on whole photographs".into() }],
        settings: set,
    }
}

fn run() -> RunRecord {
    RunRecord {
        model: ModelRecord {
            file: "models/resnet18.pth".into(),
            architecture: Some("resnet18".into()),
            sha256: "0f".repeat(32),
            ..ModelRecord::default()
        },
        classes: vec!["glaucoma".into(), "normal".into()],
        layers: vec![LayerRecord { name: "layer4.1".into(), channels: 512, cells: [7, 7] }],
        methods: vec!["gradcam".into()],
        score: "logit".into(),
        preprocessing: PreprocessingRecord {
            words: "resize 224×224, divide by 255".into(),
            sha256: "ab".repeat(32),
            ..PreprocessingRecord::default()
        },
        date: Some("2025-05-01".into()),
        notes: vec!["</pre><script>".into()],
        ..RunRecord::default()
    }
}

/// A report on data without labels, masks and experiments.
pub(super) fn bare() -> Report {
    let mut report = report();
    let scores = scores();
    report.performance = None;
    report.figures.clear();
    report.suspects.clear();
    report.subgroups.clear();
    report.galleries.clear();
    report.cases.clear();
    report.views.clear();
    report.sample = Sample { images: 3, explained: 3, ..Sample::default() };
    report.answers = Question::ALL
        .into_iter()
        .map(|question| Answer { measurements: Vec::new(), ..answer(question, Verdict::CannotBeSaid, &scores) })
        .collect();
    report
}

/// Small pictures for all the cases of a report, drawn from `photographs` in turn.
pub(super) fn pictures(report: &Report, photographs: &[heatlens_imaging::Photograph]) -> CasePictures {
    let draw = |(i, card): (usize, &CaseCard)| {
        let photograph = &photographs[i % photographs.len()];
        let way =
            Affine { scale: [photograph.width, photograph.height].map(|side| side as f64 / 224.0), offset: [0.0; 2] };
        let mut values = vec![0.0; 49];
        (values[i * 5 % 49], values[(i * 5 + 1) % 49]) = (1.0, 0.6);
        let map = Map::new(7, 7, values);
        (card.case, draw_case(photograph, &way, Some((&map, Scale::Positive)), &[], [224, 224]))
    };
    report.cases.iter().enumerate().map(draw).collect()
}
