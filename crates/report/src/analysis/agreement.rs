//! What the answers owe to each other: where decisions hang on a shortcut, no answer about maps may
//! reassure beside it.

use heatlens_record::regions::AROUND;

use super::words::capital;
use crate::schema::{Answer, Explanation, Question, Suspect, SuspectStatus, Verdict};

/// Lets the answers about places yield to the one about shortcuts.
pub fn agree(answers: &mut [Answer], suspects: &[Suspect]) {
    let Some(shortcut) = answers.iter().find(|answer| answer.question == Question::Shortcut) else { return };
    if shortcut.verdict != Verdict::Concerning {
        return;
    }
    let region = suspects.iter().find(|suspect| suspect.status == SuspectStatus::Shortcut);
    let but = match region {
        Some(suspect) => format!("Answers “{}” depend on {} (question 10).", suspect.class, suspect.title),
        None => match shortcut.plain.strip_prefix("Yes: ") {
            Some(found) => {
                let found = found.split_once(", whatever").map_or(found, |(found, _)| found);
                format!("{} (question 10).", capital(found))
            }
            None => "A property of the whole photographs may drive the answers as well (question 10).".to_owned(),
        },
    };
    let places = answers.iter_mut().filter(|answer| {
        let of_places =
            [Question::Where, Question::Relevance, Question::Disc, Question::ClassDifference, Question::Confidence];
        of_places.contains(&answer.question) && answer.verdict != Verdict::CannotBeSaid
    });
    for answer in places {
        answer.plain = match (answer.question, region) {
            (Question::Where, Some(suspect)) => {
                let (class, title) = (&suspect.class, &suspect.title);
                // Zones that the red spreads over are no places of their own.
                let begin = format!("For {class}");
                let others = answer.plain.split_inclusive(". ").filter(|said| !said.starts_with(&begin));
                let others = others.map(str::trim).collect::<Vec<_>>().join(" ");
                let blur = "red beside it is blur, for maps are coarse";
                format!("Answers “{class}” depend on {title} (question 10); {blur}. {others}").trim().to_owned()
            }
            (Question::Relevance, Some(suspect)) => {
                let why = match AROUND.iter().any(|place| place.name == suspect.region) {
                    true => "which looks the same in all these photographs, as no sign of disease does",
                    false => "where no known sign of disease lies",
                };
                format!("No: answers “{}” depend on {}, {why} (question 10).", suspect.class, suspect.title)
            }
            (Question::Confidence, _) if region.is_none() => answer.plain.clone(),
            _ => format!("{} {but}", answer.plain),
        };
        answer.verdict = match (answer.question, answer.verdict, region.is_some()) {
            (Question::Relevance, Verdict::Reassuring | Verdict::Mixed, true) => Verdict::Concerning,
            (_, Verdict::Reassuring, _) => Verdict::Mixed,
            (_, verdict, _) => verdict,
        };
        answer.explanations.insert(
            0,
            Explanation {
                heading: "This answer yields to question 10".to_owned(),
                text: "A map shows where evidence lies, and a mark beside the disc or on the nerve fibres lies there, too. \
                       Only the experiments of question 10 tell what decides."
                    .to_owned(),
            },
        );
    }
}
