//! How well the network classifies, whether its probabilities mean what they say, and in which
//! parts of the set.

use super::context::Page;
use super::header::cell;
use super::measurements;
use super::numbers::{brief, count, percent};
use super::tag::{Tag, classed, tag};
use super::{figures, numbers};
use crate::schema::{FigureData, Measure, Measurement, Performance, SubgroupTable};
use heatlens_statistics::{Finding, OperatingPoint, ThresholdOrigin};

/// Classification and calibration; a sentence where there are no labels.
pub(super) fn section(page: &Page<'_>) -> Option<Tag> {
    let performance = page.report.performance.as_ref()?;
    let drawn = page.homeless().filter(|figure| {
        matches!(figure.data, FigureData::Roc { .. } | FigureData::Reliability { .. } | FigureData::Confusion(_))
    });
    let accuracy = performance.accuracy.clone().against(performance.majority);
    let classes = performance.classes.iter().flat_map(|class| {
        let named = |measurement: &Measurement| Measurement {
            what: format!("{} · {}", class.class, measurement.what),
            ..measurement.clone()
        };
        [named(&class.auc), named(&class.average_precision), named(&class.recall)]
    });
    let calibration = &performance.calibration;
    let calibrated = [
        Measurement::new(
            "calibration/error",
            "Expected calibration error (15 bins)",
            Measure::Plain,
            calibration.error.clone(),
        ),
        Measurement::new("calibration/brier", "Brier score", Measure::Plain, calibration.brier.clone()),
    ];
    let rows: Vec<Measurement> = std::iter::once(accuracy).chain(classes).chain(calibrated).collect();
    Some(
        tag("section")
            .with("id", "performance")
            .add(tag("h2").text("Performance and calibration"))
            .add(notes(&performance.notes))
            .add(figures::grid(page, drawn))
            .add(measurements::table(&rows))
            .add(operating(performance)),
    )
}

fn notes(notes: &[String]) -> Option<Tag> {
    (!notes.is_empty()).then(|| classed("ul", "notes").all(notes.iter().map(|note| tag("li").text(note))))
}

/// The thresholds, one a column.
fn operating(performance: &Performance) -> Option<Tag> {
    let points = &performance.operating;
    if points.is_empty() {
        return None;
    }
    let head = tag("tr")
        .add(tag("th").text(""))
        .all(points.iter().map(|point| tag("th").with("scope", "col").text(origin(point.origin))));
    let share = |finding: &Finding| brief(Some(&Measurement::new("", "", Measure::Share, finding.clone())));
    let row = |name: &str, value: &dyn Fn(&OperatingPoint) -> String| {
        tag("tr")
            .add(tag("th").with("scope", "row").text(name))
            .all(points.iter().map(|point| tag("td").text(value(point))))
    };
    let rows = [
        row("threshold", &|point| format!("{:.3}", point.threshold)),
        row("sensitivity", &|point| share(&point.sensitivity)),
        row("specificity", &|point| share(&point.specificity)),
        row("positive predictive value", &|point| share(&point.positive_predictive_value)),
        row("negative predictive value", &|point| share(&point.negative_predictive_value)),
        row("accuracy", &|point| share(&point.accuracy)),
        row("true / false positives", &|point| {
            format!("{} / {}", count(point.true_positives), count(point.false_positives))
        }),
        row("true / false negatives", &|point| {
            format!("{} / {}", count(point.true_negatives), count(point.false_negatives))
        }),
    ];
    let table = classed("table", "plain").add(tag("thead").add(head)).add(tag("tbody").all(rows));
    Some(tag("div").add(tag("h3").text("Operating points")).add(classed("div", "scroll").add(table)))
}

/// Where a threshold comes from, in words.
pub(super) fn origin(origin: ThresholdOrigin) -> &'static str {
    match origin {
        ThresholdOrigin::Given => "given",
        ThresholdOrigin::HighestProbability => "highest probability",
        ThresholdOrigin::YoudenOnValidation => "Youden, on validation data",
        ThresholdOrigin::YoudenOnTest => "Youden, on these data: too good",
    }
}

/// Performance and focus in the parts of the set.
pub(super) fn subgroups(page: &Page<'_>) -> Option<Tag> {
    if page.report.subgroups.is_empty() {
        return None;
    }
    let drawn: Vec<_> = page.homeless().filter(|figure| figure.id.starts_with("subgroups/")).collect();
    let drawn = (!drawn.is_empty()).then(|| figures::grid(page, drawn));
    let section = tag("section").with("id", "subgroups").add(tag("h2").text("Subgroups")).add(drawn);
    Some(section.all(page.report.subgroups.iter().map(table)))
}

fn table(table: &SubgroupTable) -> Tag {
    let heads = ["", "images", "positive", "right", "AUC", "map on the disc"];
    let head = tag("tr").all(heads.into_iter().map(|head| tag("th").with("scope", "col").text(head)));
    let rows = table.rows.iter().map(|row| {
        let positives = row
            .positives
            .filter(|_| row.images > 0)
            .map_or("–".into(), |n| format!("{} ({})", count(n), percent(n as f64 / row.images as f64)));
        let start = tag("tr")
            .add(tag("th").with("scope", "row").text(&row.value))
            .add(tag("td").text(count(row.images)))
            .add(tag("td").text(positives));
        start.add(cell(row.accuracy.as_ref())).add(cell(row.auc.as_ref())).add(cell(row.target_share.as_ref()))
    });
    let omitted = (table.omitted > 0).then(|| {
        classed("p", "small").text(format!("{} are left out.", numbers::counted(table.omitted, "smaller group")))
    });
    let ties: Vec<&Measurement> =
        [table.with_label.as_ref(), table.with_correct.as_ref()].into_iter().flatten().collect();
    let ties = (!ties.is_empty()).then(|| measurements::table(ties));
    let grid = classed("table", "plain").add(tag("thead").add(head)).add(tag("tbody").all(rows));
    let heading = tag("h3").text(numbers::spoken(&table.column));
    classed("div", "subgroup")
        .add(heading)
        .add(notes(&table.notes))
        .add(classed("div", "scroll").add(grid))
        .add(omitted)
        .add(ties)
}
