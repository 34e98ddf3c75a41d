//! The ROC curve with its operating points.

use super::axes::{Scale, WIDTH, hint, horizontal, label, line, svg, tick_label, vertical};
use crate::page::tag::{Short, Tag, classed, tag};
use crate::schema::Measurement;
use heatlens_statistics::RocPoint;

const LEFT: f64 = 48.0;
const BOTTOM: f64 = 370.0;

/// Draws the curve, the diagonal of chance, and a mark for each threshold.
pub(super) fn draw(points: &[RocPoint], auc: &Measurement, operating: &[(String, [f64; 2])]) -> Tag {
    let x = Scale::new([0.0, 1.0], [LEFT, WIDTH - 10.0]);
    let y = Scale::new([0.0, 1.0], [BOTTOM, 8.0]);
    let curve: String = points
        .iter()
        .enumerate()
        .map(|(i, point)| {
            let [x, y] = [x.at(point.false_positive_rate), y.at(point.true_positive_rate)];
            format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, Short(x), Short(y))
        })
        .collect();
    let mut plot = svg(BOTTOM + 42.0, "Receiver operating characteristic")
        .all(horizontal(&x, [8.0, BOTTOM], "1 − specificity (false positive rate)", tick_label))
        .all(vertical(&y, [LEFT, WIDTH - 10.0], "sensitivity (true positive rate)", tick_label))
        .add(line("chance", [x.at(0.0), y.at(0.0)], [x.at(1.0), y.at(1.0)]))
        .add(classed("path", "area").with("d", format!("{curve}L{} {}Z", Short(x.at(1.0)), Short(y.at(0.0)))))
        .add(classed("path", "curve").with("d", curve));
    for (i, (name, [fpr, tpr])) in operating.iter().enumerate() {
        let mark = classed("circle", format!("operating mark-{}", i % 2)).at([
            ("cx", x.at(*fpr)),
            ("cy", y.at(*tpr)),
            ("r", 6.0),
        ]);
        plot = plot.add(mark.add(hint(format!("{name}: sensitivity {tpr:.3}, specificity {:.3}", 1.0 - fpr))));
    }
    plot = plot.add(label("big end", [WIDTH - 24.0, BOTTOM - 40.0], format!("AUC {}", brief_estimate(auc))));
    if let (Some(low), Some(high), Some(interval)) = (auc.low(), auc.high(), auc.finding.interval()) {
        let words = format!("{:.0} % interval {low:.3} to {high:.3}", 100.0 * interval.level);
        plot = plot.add(label("tick end", [WIDTH - 24.0, BOTTOM - 20.0], words));
    }
    let names = operating.iter().enumerate().map(|(i, (name, [fpr, tpr]))| {
        let words = format!("{name}: sensitivity {tpr:.3}, specificity {:.3}", 1.0 - fpr);
        tag("li").add(classed("span", format!("swatch ring mark-{}", i % 2))).add(tag("span").text(words))
    });
    classed("div", "plots").add(plot).add(classed("ul", "legend").all(names))
}

fn brief_estimate(auc: &Measurement) -> String {
    auc.finding.estimate().map_or_else(|| "cannot be said".to_owned(), |value| format!("{value:.3}"))
}
