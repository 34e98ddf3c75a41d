//! 9. Does confidence go with focus quality?

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, MapFigures};
use crate::analysis::words::{MASKS_WAY_OUT, by_class, capital, p_words, positive_first, resolution};
use crate::schema::{Figure, FigureData, Measure, Measurement, Question, ScatterPoint, Verdict};
use heatlens_statistics::{INTERVAL_BELOW, rank_correlation};

/// Points that are drawn; more only hide each other.
const POINTS: usize = 1_500;

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    let classes = evidence.predicted_classes();
    let of = |class: usize| -> Vec<&MapFigures> {
        evidence.decisions(|image| image.predicted == class).into_iter().filter(|map| map.target.is_some()).collect()
    };
    if classes.iter().all(|&class| of(class).is_empty()) {
        return Draft::silent(
            Question::Confidence,
            "It cannot be said: without a disc on any image there is no measure of focus.",
            MASKS_WAY_OUT,
        );
    }
    let mut sheet = Sheet::default();
    let rhos = classes.iter().map(|&class| {
        let maps = of(class);
        let shares: Vec<f64> = maps.iter().filter_map(|map| map.target).map(|target| target.share).collect();
        let confidence: Vec<f64> = maps.iter().map(|map| evidence.images[map.image].confidence).collect();
        let name = evidence.facts.class(class);
        let what = format!("Spearman's ρ of confidence and share of the map on the disc when the model says {name}");
        let finding = rank_correlation(&confidence, &shares, &evidence.units_of(&maps), &evidence.settings);
        let rho = Measurement::new(format!("rho/{name}"), what, Measure::Signed, finding).against(0.0).primary();
        (class, sheet.add(rho))
    });
    let rhos: Vec<(usize, Handle)> = rhos.collect();
    let maps: Vec<(usize, &MapFigures)> = classes
        .iter()
        .enumerate()
        .flat_map(|(group, &class)| of(class).into_iter().map(move |map| (group, map)))
        .collect();
    let groups = classes.iter().map(|&class| format!("predicted as {}", evidence.facts.class(class))).collect();
    let figure = scatter(evidence, &maps, groups);
    Draft::new(Question::Confidence, sheet, move |measured| {
        let rhos: Vec<(usize, Handle)> =
            positive_first(evidence, &rhos, |(class, _)| *class).into_iter().copied().collect();
        conclude(evidence, &rhos, measured)
    })
    .with_figures([figure])
}

fn scatter(evidence: &Evidence, maps: &[(usize, &MapFigures)], groups: Vec<String>) -> Figure {
    let wanted = POINTS.min(maps.len());
    // Spread evenly over the images, so that the same ones are drawn each time.
    let chosen = (0..maps.len()).filter(|i| (i + 1) * wanted / maps.len() > i * wanted / maps.len());
    let point = |i: usize| {
        let (group, map) = maps[i];
        let image = &evidence.images[map.image];
        Some(ScatterPoint { x: image.confidence, y: map.target?.share, group, case: image.case })
    };
    let chance = maps.iter().filter_map(|(_, map)| map.target).map(|target| target.chance).sum::<f64>()
        / maps.len().max(1) as f64;
    Figure {
        id: "confidence/focus".to_owned(),
        title: "Confidence and focus".to_owned(),
        caption: "Each point is an image: the probability of the predicted class, and the share of its map \
            on the disc. The line is chance."
            .to_owned(),
        data: FigureData::Scatter {
            x: "confidence".to_owned(),
            y: "share of the map on the disc".to_owned(),
            groups,
            points: chosen.filter_map(point).collect(),
            of: maps.len(),
            chance_y: Some(chance),
        },
    }
}

/// Whether the maps of a class's predictions have more than chance on the disc.
fn is_on_disc(evidence: &Evidence, class: usize) -> bool {
    let targets =
        evidence.decisions(|image| image.predicted == class).into_iter().filter_map(|map| map.target.as_ref());
    targets.map(|target| target.share - target.chance).sum::<f64>() > 0.0
}

fn conclude(evidence: &Evidence, rhos: &[(usize, Handle)], measured: &Measured<'_>) -> Conclusion {
    let (mut told, mut tested, mut positive, mut negative) = (Vec::new(), 0, 0, 0);
    let mut plain = Vec::new();
    for &(class, rho) in rhos {
        let (name, m) = (evidence.facts.class(class), &measured[rho]);
        let Some(rho) = m.finding.estimate() else {
            told.push(format!("when the model says {name}, it {}", m.words()));
            continue;
        };
        tested += usize::from(m.finding.p().is_some());
        positive += usize::from(m.is_significant() && rho > 0.0);
        negative += usize::from(m.is_significant() && rho < 0.0);
        let p = p_words(m);
        let note = if p.is_empty() { "too few to test".to_owned() } else { p };
        told.push(format!("when the model says {name}, Spearman's ρ is {}, {note}", m.words()));
        let answer = match (m.is_significant(), rho > 0.0, m.finding.p().is_some()) {
            (true, true, _) if !is_on_disc(evidence, class) => {
                "the surer it is, the more of its map lies on the disc, but on the whole no more than chance"
            }
            (true, true, _) => "yes, the surer it is, the more of its map lies on the disc",
            (true, false, _) => "the other way round, the surer it is, the less of its map lies on the disc",
            (false, _, true) => "no connection was seen",
            (false, _, false) => "too few images to say",
        };
        plain.push((name, answer.to_owned()));
    }
    let (verdict, lead) = match (tested, positive, negative) {
        (0, ..) => (Verdict::CannotBeSaid, "It cannot be tested: "),
        (_, 0, 0) => (Verdict::Described, "No connection could be shown: "),
        (_, 0, _) => (Verdict::Concerning, "The other way round; the surer it is, the less it looks at the disc: "),
        (t, p, 0) if p < t => (Verdict::Mixed, "For some predictions only: "),
        (_, _, 0) => (Verdict::Reassuring, "Yes; the surer it is, the more it looks at the disc: "),
        _ => (Verdict::Mixed, "For one class yes, for another the other way round: "),
    };
    let plain = match verdict {
        Verdict::CannotBeSaid => "It cannot be said from so few images.".to_owned(),
        _ => by_class(&plain),
    };
    let mut conclusion = Conclusion::new(verdict, plain, capital(&format!("{lead}{}.", told.join("; "))))
        .explained("Resolution", resolution(evidence))
        .explained(
            "Strength",
            "ρ of 0.1 is weak, 0.3 moderate, 0.5 strong. Maps are scaled to the same sum for every image, so \
         that confidence does not enter it by itself.",
        );
    if tested == 0 {
        conclusion = conclusion
            .way_out(format!("Audit more images with masks: a test takes {INTERVAL_BELOW} predictions of a class."));
    }
    conclusion
}
