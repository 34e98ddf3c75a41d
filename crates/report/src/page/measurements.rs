//! Measurements as rows: what, where on its scale, how much, of how many, and p only where there is
//! one.

use super::numbers::{count, effect, estimate, p_value, units, written};
use super::plots::interval_bar;
use super::tag::{Tag, classed, tag};
use crate::schema::Measurement;

/// One row a measurement.
pub(super) fn table<'a>(measurements: impl IntoIterator<Item = &'a Measurement>) -> Tag {
    let heads = ["Measured", "", "Estimate and interval", "Chance", "n", "p"];
    let head = tag("thead").add(tag("tr").all(heads.into_iter().map(|head| tag("th").with("scope", "col").text(head))));
    let rows = measurements.into_iter().map(row);
    classed("table", "measurements").add(head).add(tag("tbody").all(rows))
}

fn row(measurement: &Measurement) -> Tag {
    let finding = &measurement.finding;
    let what = classed("th", "what").with("scope", "row").prose(&measurement.what);
    let (bar, number) = match estimate(measurement) {
        Ok((value, interval)) => {
            let cell = classed("td", "number")
                .add(tag("b").text(value))
                .add(interval.map(|words| classed("span", "interval-words").text(words)));
            (classed("td", "bar").add(interval_bar(measurement)), cell.with("title", effect(finding.effect())))
        }
        Err(why) => (classed("td", "bar"), classed("td", "silent").text(why)),
    };
    let chance =
        measurement.chance.filter(|_| finding.estimate().is_some()).map(|chance| written(measurement.measure, chance));
    let n = if finding.units().is_empty() { count(0) } else { units(finding) };
    let p = finding.p().map(|p| p_value(&p));
    let p_cell = match p {
        Some((value, how)) => named("p", tag("b").text(value)).add(classed("span", "small how").text(how)),
        None => named("p", classed("span", "small").text("–")),
    };
    let chance = named("chance", tag("span").text(chance.unwrap_or_else(|| "–".into())));
    tag("tr").add(what).add(bar).add(number).add(chance).add(named("n", tag("span").text(n))).add(p_cell)
}

/// A cell that says what it is where the table's head is out of sight.
fn named(name: &'static str, inner: Tag) -> Tag {
    classed("td", "named").with("data-name", name).add(inner)
}
