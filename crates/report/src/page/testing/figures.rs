//! Made-up figures, one of every kind.

use super::{CASES, Scores, ZONES, settings, share};
use crate::schema::*;
use heatlens_statistics::{Finding, Units, auc, calibration, mean, roc};

fn cells(side: usize, x: f64, y: f64, width: f64, height: f32) -> Vec<Option<f32>> {
    (0..side * side)
        .map(|i| {
            let (dx, dy) = ((i % side) as f64 + 0.5 - x * side as f64, (i / side) as f64 + 0.5 - y * side as f64);
            let corner = i % side + i / side < side / 6;
            (!corner).then(|| 0.2 + height * (-(dx * dx + dy * dy) / (width * side as f64).powi(2)).exp() as f32)
        })
        .collect()
}

pub(super) fn figures(scores: &Scores) -> Vec<Figure> {
    let units = Units::each(CASES);
    let set = settings();
    let figure = |id: &str, title: &str, data| {
        let caption = "What is seen here, and how it is to be read, in a sentence or two.";
        Figure { id: id.into(), title: title.into(), caption: caption.into(), data }
    };
    let disc = Frame { side: 24, field: Field::Disc { reach: 4.0, sided: true } };
    let outcomes = [
        ("true positives", 0.5, 0.5),
        ("false positives", 0.4, 0.62),
        ("true negatives", 0.52, 0.45),
        ("false negatives", 0.3, 0.6),
    ];
    let maps = outcomes.map(|(name, x, y)| MeanMap {
        name: name.into(),
        class: None,
        outcome: None,
        maps: 75,
        cells: cells(24, x, y, 0.16, 5.0),
    });
    let difference: Vec<Option<f32>> =
        maps[0].cells.iter().zip(&maps[2].cells).map(|(a, b)| Some((*a)? - (*b)?)).collect();
    let series = ["glaucoma", "normal"].map(|name| ZoneSeries {
        name: format!("predicted {name}"),
        class: Some(name.into()),
        group: None,
        maps: 150,
        shares: ZONES
            .iter()
            .enumerate()
            .map(|(i, zone)| {
                mean(
                    &scores
                        .focus
                        .iter()
                        .map(|f| zone.3 * (0.6 + 2.0 * f) * if i < 2 { 1.6 } else { 0.9 })
                        .collect::<Vec<_>>(),
                    &units,
                    &set,
                )
            })
            .collect(),
        chance: ZONES.iter().map(|zone| zone.3).collect(),
        area: ZONES.iter().map(|zone| zone.3).collect(),
        enrichment: ZONES.iter().map(|_| Some(1.2)).collect(),
    });
    let points = (0..CASES).map(|i| ScatterPoint {
        x: scores.probabilities[i].max(1.0 - scores.probabilities[i]),
        y: scores.focus[i],
        group: usize::from(!scores.positive[i]),
        case: i,
    });
    let bar = |region: &str, title: &str, way: &str, class: &str, hits| CauseBar {
        region: region.into(),
        title: title.into(),
        role: None,
        way: way.into(),
        class: class.into(),
        images: 60,
        area: 0.08,
        flips: share(hits, 60),
        control_flips: Some(0.05),
        drop: Some(0.4),
        control_drop: Some(0.1),
    };
    let bars = [
        ("disc", "the disc", 31),
        ("corner lower left", "the lower left corner of the picture", 4),
        ("field_edge", "the edge of the field", 2),
    ];
    let bars = ["glaucoma", "normal"].iter().flat_map(|class| {
        bars.iter().flat_map(move |(region, title, hits)| {
            [
                bar(region, title, "inpainted", class, hits + 3),
                bar(region, title, "both inpainted and blurred", class, *hits),
            ]
        })
    });
    let rows = [("whole photograph", 0.9), ("disc alone", 0.8), ("all but the disc", 0.5)].map(|(name, weight)| {
        let mixed: Vec<f64> = scores
            .probabilities
            .iter()
            .zip(&scores.focus)
            .map(|(p, f)| weight * p + (1.0 - weight) * f * 3.0)
            .collect();
        ForestRow { name: name.into(), cases: CASES, finding: auc(&mixed, &scores.positive, &units, &set) }
    });
    let clusters = [("A", 0.5, 0.5), ("B", 0.25, 0.7), ("C", 0.8, 0.2)].map(|(name, x, y)| Cluster {
        name: name.into(),
        maps: 100,
        sentence: "Its maps look at the disc and a little above; it is rich in false positives.".into(),
        cells: cells(24, x, y, 0.14, 6.0),
        exemplars: vec![0, 7, 14, 21, 28],
        outcomes: vec![("true_positive".into(), 40), ("false_positive".into(), 12), ("true_negative".into(), 48)],
    });
    let map_points = (0..CASES).map(|i| {
        let a = i as f64 * 0.7;
        MapPoint {
            x: 0.5 * [0.9, -1.0, 0.2][i % 3] + 0.3 * scores.focus[i] * a.cos(),
            y: 0.5 * [0.6, 0.1, -1.0][i % 3] + 0.4 * scores.focus[i] * a.sin(),
            cluster: i % 3,
            case: i,
        }
    });
    let calibrated = calibration(&scores.probabilities, &scores.positive, &units, &set);
    let measured = |what: &str, measure, finding: Finding| Measurement::new("m", what, measure, finding);
    let boxes = outcomes.map(|(name, x, _)| Box5 {
        name: name.into(),
        cases: 75,
        quantiles: [0.05, 0.11 + x / 5.0, 0.2 + x / 5.0, 0.3 + x / 5.0, 0.6],
    });
    vec![
        figure("zones/glaucoma", "Energy in the zones", FigureData::ZoneBars { series: series.into() }),
        figure(
            "maps/outcomes/disc",
            "Mean heatmaps by outcome",
            FigureData::MeanMaps { frame: disc, maps: maps.into(), largest: 5.2 },
        ),
        figure(
            "difference/disc",
            "Difference of the classes",
            FigureData::MapDifference {
                frame: disc,
                first: "glaucoma".into(),
                second: "normal".into(),
                units: [120, 180],
                significant: difference.iter().map(|d| d.is_some_and(|d| d.abs() > 0.9)).collect(),
                cells: difference,
                overall_p: Some(0.0004),
            },
        ),
        figure(
            "confidence/focus",
            "Confidence against focus",
            FigureData::Scatter {
                x: "confidence".into(),
                y: "share of the map on the disc".into(),
                groups: vec!["predicted glaucoma".into(), "predicted normal".into()],
                points: points.collect(),
                of: 2 * CASES,
                chance_y: Some(0.19),
            },
        ),
        figure("causes", "What removing regions does", FigureData::CauseBars { bars: bars.collect() }),
        figure(
            "remainders",
            "AUC with the disc alone and without it",
            FigureData::Forest { axis: "AUC".into(), rows: rows.into(), reference: Some(0.5) },
        ),
        figure(
            "clusters/disc",
            "Maps that look alike",
            FigureData::ClusterMap { frame: disc, clusters: clusters.into(), points: map_points.collect() },
        ),
        figure(
            "focus/outcomes",
            "Focus by outcome",
            FigureData::Boxes {
                axis: "share of the map on the disc".into(),
                boxes: boxes.into(),
                reference: Some(0.19),
            },
        ),
        figure(
            "roc",
            "Receiver operating characteristic",
            FigureData::Roc {
                points: roc(&scores.probabilities, &scores.positive).unwrap(),
                auc: measured("AUC", Measure::Plain, auc(&scores.probabilities, &scores.positive, &units, &set)),
                operating: vec![("highest probability".into(), [0.12, 0.8]), ("Youden".into(), [0.2, 0.91])],
            },
        ),
        figure(
            "reliability",
            "Reliability",
            FigureData::Reliability {
                bins: calibrated.bins.clone(),
                event: "glaucoma".into(),
                error: measured("e", Measure::Plain, calibrated.error),
                brier: measured("b", Measure::Plain, calibrated.brier),
            },
        ),
        figure("confusion", "Labels against predictions", FigureData::Confusion(confusion())),
    ]
}

pub(super) fn confusion() -> Confusion {
    Confusion { classes: vec!["glaucoma".into(), "normal".into()], counts: vec![vec![102, 18], vec![9, 171]] }
}
