//! 4. Do correct predictions show more appropriate focus than wrong ones?

use crate::analysis::draft::{Conclusion, Draft, Handle, Measured, Sheet};
use crate::analysis::evidence::{Evidence, MapFigures};
use crate::analysis::plots::five;
use crate::analysis::words::{
    LABELS_WAY_OUT, MASKS_WAY_OUT, by_label, capital, count, p_words, resolution, right_title, wrong_title,
};
use crate::schema::{Figure, FigureData, Measure, Measurement, Question, Verdict};
use heatlens_statistics::{INTERVAL_BELOW, compare_groups, mean};

/// See the module.
pub fn draft(evidence: &Evidence) -> Draft<'_> {
    if !evidence.has_labels() {
        return Draft::silent(
            Question::CorrectFocus,
            "It cannot be said: no image has a label, so nothing is right or wrong.",
            LABELS_WAY_OUT,
        );
    }
    if !evidence.has_targets() {
        return Draft::silent(
            Question::CorrectFocus,
            "It cannot be said: without a disc on any image there is no measure of appropriate focus.",
            MASKS_WAY_OUT,
        );
    }
    let classes: Vec<usize> = (0..evidence.facts.classes.len())
        .filter(|&class| evidence.images.iter().any(|i| i.label == Some(class)))
        .collect();
    let mut sheet = Sheet::default();
    let mut compared: Vec<Compared> = classes.iter().map(|&class| measure(evidence, class, &mut sheet)).collect();
    compared.sort_by_key(|compared| Some(compared.class) != evidence.facts.positive);
    let figure = boxes(evidence, &classes);
    Draft::new(Question::CorrectFocus, sheet, move |measured| conclude(evidence, &compared, measured))
        .with_figures(figure)
        .seeing(&["maps/outcomes/"])
}

fn with_target(maps: Vec<&MapFigures>) -> Vec<&MapFigures> {
    maps.into_iter().filter(|map| map.target.is_some()).collect()
}

fn share(map: &MapFigures) -> f64 {
    map.target.map_or(f64::NAN, |target| target.share)
}

/// Maps of the images of a true class: of that class, so that right and wrong ones explain the
/// same; of the predicted class where no other is explained.
fn compared(evidence: &Evidence, class: usize) -> (Vec<&MapFigures>, bool) {
    let of = |image: usize| evidence.images[image].label == Some(class);
    let same: Vec<&MapFigures> =
        (0..evidence.images.len()).filter(|&i| of(i)).filter_map(|i| evidence.map(i, class)).collect();
    let same = with_target(same);
    match same.iter().any(|map| evidence.images[map.image].is_correct() == Some(false)) {
        true => (same, true),
        false => (with_target(evidence.decisions(|image| image.label == Some(class))), false),
    }
}

/// The images of a true class that were classified rightly, and those that were not.
struct Compared {
    class: usize,
    right: Handle,
    wrong: Handle,
    difference: Handle,
}

fn measure(evidence: &Evidence, class: usize, sheet: &mut Sheet) -> Compared {
    let name = evidence.facts.class(class);
    let (right, wrong) = (right_title(evidence, class), wrong_title(evidence, class));
    let (maps, is_same) = compared(evidence, class);
    let which = if is_same { format!("maps for {name}") } else { "maps of the predicted class".to_owned() };
    let [right_share, wrong_share] = [(&right, true), (&wrong, false)].map(|(title, correct)| {
        let of: Vec<&MapFigures> =
            maps.iter().copied().filter(|map| evidence.images[map.image].is_correct() == Some(correct)).collect();
        let chance =
            of.iter().filter_map(|map| map.target).map(|target| target.chance).sum::<f64>() / of.len().max(1) as f64;
        let shares: Vec<f64> = of.iter().map(|map| share(map)).collect();
        let id = format!("share/{name}/{}", if correct { "right" } else { "wrong" });
        let finding = mean(&shares, &evidence.units_of(&of), &evidence.settings);
        let what = format!("share of the map on the disc, {title}, {which}");
        sheet.add(Measurement::new(id, what, Measure::Share, finding).against(chance))
    });
    let delta = |maps: &[&MapFigures]| {
        let shares: Vec<f64> = maps.iter().map(|map| share(map)).collect();
        let correct: Vec<bool> = maps.iter().map(|map| evidence.images[map.image].is_correct() == Some(true)).collect();
        compare_groups(&shares, &correct, &evidence.units_of(maps), &evidence.settings)
    };
    let what = format!("Cliff's δ of the share of the map on the disc, {right} against {wrong}, {which}");
    let difference = Measurement::new(format!("difference/{name}"), what, Measure::Signed, delta(&maps));
    let difference = sheet.add(difference.against(0.0).primary());
    if is_same {
        let decided = with_target(evidence.decisions(|image| image.label == Some(class)));
        let what = "the same with the maps of the predicted class, which is another one where the prediction is wrong"
            .to_owned();
        let decided = Measurement::new(format!("decided/{name}"), what, Measure::Signed, delta(&decided));
        sheet.add(decided.against(0.0).exploration());
    }
    Compared { class, right: right_share, wrong: wrong_share, difference }
}

/// The maps that are compared, so that what is drawn is what is tested.
fn boxes(evidence: &Evidence, classes: &[usize]) -> Option<Figure> {
    let (mut boxes, mut chances) = (Vec::new(), Vec::new());
    for &class in classes {
        let (maps, _) = compared(evidence, class);
        chances.extend(maps.iter().filter_map(|map| map.target).map(|target| target.chance));
        for (title, correct) in [(right_title(evidence, class), true), (wrong_title(evidence, class), false)] {
            let of = maps.iter().filter(|map| evidence.images[map.image].is_correct() == Some(correct));
            boxes.extend(five(title, &of.map(|map| share(map)).collect::<Vec<_>>()));
        }
    }
    let chance = chances.iter().sum::<f64>() / chances.len().max(1) as f64;
    (!boxes.is_empty()).then(|| Figure {
        id: "focus/outcomes".to_owned(),
        title: "Energy on the disc, by outcome".to_owned(),
        caption: "Share of the map of the true class that lies on the disc (of the predicted class where no other was \
                  made): 5, 25, 50, 75 and 95 % of the images lie below the marks. The line is chance."
            .to_owned(),
        data: FigureData::Boxes { axis: "share of the map on the disc".to_owned(), boxes, reference: Some(chance) },
    })
}

/// Whether more than chance lies on the disc.
fn is_above_chance(share: &Measurement) -> bool {
    share.chance.is_some_and(|chance| share.is_above(chance))
}

fn conclude(evidence: &Evidence, compared: &[Compared], measured: &Measured<'_>) -> Conclusion {
    let (mut told, mut plain) = (Vec::new(), Vec::new());
    let (mut better, mut worse, mut tested, mut unfounded) = (0, 0, 0, 0);
    for compared in compared {
        let class = compared.class;
        let (name, difference) = (evidence.facts.class(class), &measured[compared.difference]);
        let (right, wrong) = (right_title(evidence, class), wrong_title(evidence, class));
        match difference.finding.estimate() {
            None => {
                let few = difference.finding.units().iter().min().copied().unwrap_or(0);
                plain.push((name, "too few images to compare".to_owned()));
                told.push(format!(
                    "nothing can be said of {right} against {wrong}: the smaller group has {} with a disc",
                    count(few, "image")
                ));
            }
            Some(delta) => {
                let p = p_words(difference);
                let note = if p.is_empty() { "too few to test".to_owned() } else { p };
                told.push(format!(
                    "in the maps for {name} {right} have {} of the map on the disc, {wrong} {} (Cliff's δ \
                     {delta:+.2}, {note})",
                    measured[compared.right].words(),
                    measured[compared.wrong].words()
                ));
                let founded = is_above_chance(&measured[compared.right]);
                let answer = match (difference.is_significant(), delta > 0.0, difference.finding.p().is_some()) {
                    (true, true, _) if !founded => {
                        "right answers look at the disc more than wrong ones, but neither more than chance"
                    }
                    (true, true, _) => "yes, right answers look at the disc more than wrong ones",
                    (true, false, _) => "no, right answers look at the disc less than wrong ones",
                    (false, _, true) => "no difference was seen",
                    (false, _, false) => "too few mistakes to compare",
                };
                plain.push((name, answer.to_owned()));
                unfounded += usize::from(difference.is_significant() && delta > 0.0 && !founded);
                tested += usize::from(difference.finding.p().is_some());
                better += usize::from(difference.is_significant() && delta > 0.0);
                worse += usize::from(difference.is_significant() && delta < 0.0);
            }
        }
    }
    let told = told.join("; ");
    let (verdict, lead) = match (better, worse, tested) {
        (_, _, 0) => (Verdict::CannotBeSaid, "It cannot be tested: "),
        (1.., 1.., _) => (Verdict::Mixed, "For one class yes, for another the other way round: "),
        (_, 1.., _) => (Verdict::Concerning, "Correct predictions show less of it: "),
        (b, 0, t) if b == t && unfounded == 0 => (Verdict::Reassuring, "Yes: "),
        (1.., 0, _) => (Verdict::Mixed, "In part: "),
        _ => (Verdict::Described, "No difference could be shown, which is not to say that there is none: "),
    };
    let plain = match verdict {
        Verdict::CannotBeSaid => "It cannot be said: too few right or wrong answers to compare.".to_owned(),
        _ => by_label(&plain),
    };
    let mut conclusion = Conclusion::new(verdict, plain, capital(&format!("{lead}{told}.")))
        .explained("Resolution", resolution(evidence))
        .explained(
            "What is compared",
            "Within each true class, the images that were classified rightly with those that were not, by the maps of \
         that class, so that both sides explain \
         the same. Maps of the predicted class would compare evidence for one class with evidence for another.",
        );
    if tested == 0 {
        conclusion = conclusion.way_out(format!(
            "Audit more images: a test takes {INTERVAL_BELOW} right and {INTERVAL_BELOW} wrong ones of a class."
        ));
    }
    conclusion
}
