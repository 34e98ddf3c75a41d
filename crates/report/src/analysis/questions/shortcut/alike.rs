//! Whether a place around the disc looks the same in the photographs of one predicted class: signs may
//! lie there, but vessels, atrophy and lost fibres differ from eye to eye, and what is stamped on does
//! not.

use heatlens_record::regions::AROUND;

use crate::analysis::evidence::{Cause, Evidence};
use crate::analysis::removal::{rows, units};
use crate::schema::{Measure, Suspect, SuspectStatus};
use heatlens_statistics::{Finding, mean};

/// Places look alike from this mean correlation on, at the lower end of the interval …
const LEAST_LIKENESS: f64 = 0.5;
/// … if it is this much above that of the other photographs, where the interval ends.
const LEAST_DIFFERENCE: f64 = 0.2;

/// Whether a region is one of the places around the disc.
pub fn is_around(region: &str) -> bool {
    AROUND.iter().any(|place| place.name == region)
}

/// Whether a suspected place looks alike where its class is predicted and otherwise elsewhere; adds
/// that to its sentence.
pub fn tell(evidence: &Evidence, suspect: &mut Suspect) -> bool {
    if suspect.status >= SuspectStatus::Cleared {
        return false;
    }
    let region = evidence.regions.iter().position(|region| *region == suspect.region);
    let class = evidence.facts.classes.iter().position(|class| *class == suspect.class);
    let Some([own, others]) = region.zip(class).and_then(|(region, class)| likeness(evidence, class, region)) else {
        return false;
    };
    let low = |finding: &Finding| finding.interval().map_or(f64::NEG_INFINITY, |interval| interval.low);
    let high = |finding: &Finding| finding.interval().map_or(0.0, |interval| interval.high.max(0.0));
    let is_alike = low(&own) >= LEAST_LIKENESS && low(&own) - high(&others) >= LEAST_DIFFERENCE;
    if let (true, Some(likeness)) = (is_alike, own.estimate()) {
        let [likeness, elsewhere] =
            [likeness, others.estimate().unwrap_or(0.0).max(0.0)].map(|share| Measure::Share.write(share));
        suspect.sentence += &format!(
            " What lies there looks the same in these photographs (agreement {likeness}; {elsewhere} with the others), as \
             no sign of disease does."
        );
    }
    is_alike
}

/// How far the looks of a place agree with those of the photographs of which a class is predicted: of
/// each of these with the others, and of all further ones.
fn likeness(evidence: &Evidence, class: usize, region: usize) -> Option<[Finding; 2]> {
    let seen = |class: usize| -> Vec<&Cause> {
        rows(evidence, class, region, true).into_iter().filter(|row| !row.look.is_empty()).collect()
    };
    let further = evidence.predicted_classes().into_iter().filter(|&other| other != class);
    let groups = [seen(class), further.flat_map(seen).collect()];
    if groups[0].is_empty() {
        return None;
    }
    let [own, others] = groups.each_ref().map(|rows| rows.iter().map(|row| unit(&row.look)).collect::<Vec<_>>());
    let agreed = agreements(&own, &others);
    let finding = |(rows, agreed): (&Vec<&Cause>, &Vec<f64>)| mean(agreed, &units(evidence, rows), &evidence.settings);
    Some([(&groups[0], &agreed[0]), (&groups[1], &agreed[1])].map(finding))
}

/// The correlation of each of `own` with the sum of the rest of them, and of each of `others` with the
/// sum of all of them; not centred, since a place that looks like its surroundings has nothing to
/// agree in.
fn agreements(own: &[Vec<f64>], others: &[Vec<f64>]) -> [Vec<f64>; 2] {
    let parts = own.first().map_or(0, Vec::len);
    let sum: Vec<f64> = (0..parts).map(|part| own.iter().map(|look| look[part]).sum()).collect();
    let agreed = |look: &Vec<f64>, with: &[f64]| {
        let norm = with.iter().map(|v| v * v).sum::<f64>().sqrt();
        let dot: f64 = with.iter().zip(look).map(|(a, b)| a * b).sum();
        if norm > 0.0 { dot / norm } else { 0.0 }
    };
    let rest = |look: &Vec<f64>| sum.iter().zip(look).map(|(sum, own)| sum - own).collect::<Vec<f64>>();
    [own.iter().map(|look| agreed(look, &rest(look))).collect(), others.iter().map(|look| agreed(look, &sum)).collect()]
}

/// A look of length 1; one that shows nothing stays nothing.
fn unit(look: &[f32]) -> Vec<f64> {
    let norm = look.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    look.iter().map(|&v| if norm > 0.0 { f64::from(v) / norm } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_agrees_with_itself_and_vessels_with_nothing() {
        // A stamp, fainter and stronger, on what differs from eye to eye.
        let eye = |i: usize, stamp: f32| {
            let vessel = |part: usize| if part == 4 + i % 5 { -1.0 } else { 0.0 };
            unit(&(0..12).map(|part| vessel(part) + if part < 3 { stamp } else { 0.0 }).collect::<Vec<_>>())
        };
        let stamped: Vec<Vec<f64>> = (0..10).map(|i| eye(i, 2.0 + i as f32 / 10.0)).collect();
        let plain: Vec<Vec<f64>> = (0..10).map(|i| eye(i, 0.0)).collect();
        let [own, others] = agreements(&stamped, &plain);
        assert!(own.iter().all(|&v| v > 0.9) && others.iter().all(|&v| v < 0.2), "{own:?} {others:?}");
        let [own, others] = agreements(&plain, &stamped);
        assert!(own.iter().chain(&others).all(|&v| v < 0.5), "{own:?} {others:?}");
        assert_eq!(agreements(&[unit(&[0.0; 3]), unit(&[0.0; 3])], &[])[0], [0.0, 0.0]);
    }
}
