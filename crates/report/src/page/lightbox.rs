//! A picture that opens large when it is clicked: the photograph, the map of every class, disc and cup,
//! and the values of the case. It is a `<details>`: no script, and closing it leaves one where one was.

use super::cases::{decision, described, zone_title};
use super::context::Page;
use super::numbers::{percent, prose, spoken};
use super::pictures::{CasePicture, jpeg_uri};
use super::tag::{Short, Tag, classed, tag};
use crate::schema::CaseCard;

/// A picture with what opens from it; the picture alone where the photograph could not be drawn.
pub(super) fn opens(page: &Page<'_>, card: &CaseCard, picture: Tag) -> Tag {
    let Some(CasePicture::Seen { overlay, others, size, .. }) = page.pictures.get(&card.case) else { return picture };
    let mut views = vec![view(card, *size, &["plain".into()], "Photograph")];
    if overlay.is_some() {
        let class = card.class.as_deref().unwrap_or("the predicted class");
        views.push(view(card, *size, &["plain".into(), "heat".into()], &format!("Heatmap for {class}")));
    }
    for (i, (class, _)) in others.iter().enumerate() {
        views.push(view(card, *size, &[format!("other-{i}")], &format!("Heatmap for {class}")));
    }
    let large = classed("div", "large")
        .add(tag("h3").add(tag("span").text(decision(card))).add(classed("span", "small names").text(&card.image)))
        .add(classed("div", "views").all(views))
        .add(classed("p", "small").text(
            "Each heatmap has its own scale: full colour is its maximum. White line: the disc; dashed: the cup, as high \
             as it was measured, drawn round the disc's centre.",
        ))
        .add(values(page, card));
    classed("details", "opens")
        .add(tag("summary").with("aria-label", format!("{}: open large", described(card))).add(picture))
        .add(large)
}

/// The overlays of classes that a card is not about, which only large pictures show.
pub(super) fn definitions(case: usize, picture: &CasePicture) -> Vec<Tag> {
    let CasePicture::Seen { others, size: [width, height], .. } = picture else { return Vec::new() };
    let image = |(i, (_, file)): (usize, &(String, Vec<u8>))| {
        tag("image")
            .at([("width", *width as f64), ("height", *height as f64)])
            .with("preserveAspectRatio", "none")
            .with("id", format!("other-{i}-{case}"))
            .with("href", jpeg_uri(file))
    };
    others.iter().enumerate().map(image).collect()
}

/// The map of a class other than the card's, small; none where it was not drawn.
pub(super) fn of_class(card: &CaseCard, picture: &CasePicture, class: &str) -> Option<Tag> {
    let CasePicture::Seen { others, size, .. } = picture else { return None };
    let i = others.iter().position(|(name, _)| name == class)?;
    Some(layered(card, *size, &[format!("other-{i}")], &format!("Heatmap for {class}")))
}

/// One of the large pictures with its words.
fn view(card: &CaseCard, size: [usize; 2], layers: &[String], words: &str) -> Tag {
    tag("figure").add(layered(card, size, layers, words)).add(tag("figcaption").text(words))
}

/// Layers that are defined once, and the outlines.
fn layered(card: &CaseCard, [width, height]: [usize; 2], layers: &[String], words: &str) -> Tag {
    let used = layers.iter().map(|layer| tag("use").with("href", format!("#{layer}-{}", card.case)));
    tag("svg")
        .with("class", "photograph")
        .with("viewBox", format!("0 0 {width} {height}"))
        .with("role", "img")
        .with("aria-label", format!("{words} of {}", card.image))
        .all(used)
        .all(outlines(card, width.max(height) as f64))
}

/// Disc and cup as ellipses: their heights and widths are what is known of them.
fn outlines(card: &CaseCard, longer: f64) -> Vec<Tag> {
    let Some([x, y, diameter]) = card.disc else { return Vec::new() };
    let figure = |name: &str| card.figures.get(name).copied();
    let [rx, ry] = ["disc_horizontal", "disc_vertical"].map(|name| figure(name).unwrap_or(diameter) / 2.0);
    let ellipse = |class: &'static str, share: f64| {
        let ellipse = classed("ellipse", class).at([("cx", x), ("cy", y), ("rx", rx * share), ("ry", ry * share)]);
        ellipse.with("stroke-width", Short(longer / 200.0))
    };
    let mut outlines = vec![ellipse("disc", 1.0)];
    outlines.extend(figure("vertical_cup_to_disc").map(|ratio| {
        ellipse("disc", ratio).with("stroke-dasharray", format!("{} {}", Short(longer / 60.0), Short(longer / 90.0)))
    }));
    outlines
}

/// What is known of the case, in pairs.
fn values(page: &Page<'_>, card: &CaseCard) -> Tag {
    let mut pairs: Vec<(String, String)> = vec![
        ("Label".into(), card.label.clone().unwrap_or_else(|| "not known".into())),
        ("Prediction".into(), format!("{} {}", card.predicted, percent(card.confidence))),
        ("Outcome".into(), spoken(&card.outcome)),
    ];
    let of = card.class.as_ref().map_or_else(String::new, |class| format!(" of the map for {class}"));
    if let Some(share) = card.target_share {
        let range = card.target_share_range.map_or_else(String::new, |[low, high]| {
            format!(" ({} to {} with the disc moved a little)", percent(low), percent(high))
        });
        pairs.push((format!("On the disc{of}"), format!("{}{range}", percent(share))));
    }
    if let Some(times) = card.enrichment {
        pairs.push(("Against the disc's area".into(), format!("{times:.1} times as much")));
    }
    if let Some(zone) = &card.main_zone {
        pairs.push((format!("Densest{of}"), zone_title(page.report, zone)));
    }
    if let Some(ratio) = card.figures.get("vertical_cup_to_disc") {
        pairs.push(("Cup to disc, vertical".into(), format!("{ratio:.2}")));
    }
    if let Some(confidence) = card.figures.get("mask_confidence") {
        pairs.push(("Confidence of the disc's outline".into(), format!("{confidence:.2}")));
    }
    pairs.extend(card.side.as_ref().map(|side| ("Eye".to_owned(), side.clone())));
    if !card.doubts.is_empty() {
        pairs.push(("Doubtful".into(), card.doubts.clone()));
    }
    pairs.extend(card.remarks.iter().map(|remark| ("Remark".to_owned(), prose(remark).to_string())));
    let pair = |(name, value): (String, String)| tag("div").add(tag("dt").text(name)).add(tag("dd").text(value));
    tag("dl").all(pairs.into_iter().map(pair))
}

#[cfg(test)]
mod tests {
    use heatlens_imaging::Picture;

    use super::super::html;
    use super::super::testing::{pictures, report};
    use super::*;

    #[test]
    fn a_picture_opens_with_every_class_and_the_values_of_the_case() {
        let report = report();
        let mut pictures = pictures(&report, &[Picture::filled(40, 30, [120, 60, 30])]);
        let card = report.cases[0].clone();
        let Some(CasePicture::Seen { others, .. }) = pictures.get_mut(&card.case) else { panic!("no picture") };
        others.push(("the <other> class".into(), vec![1, 2, 3]));
        assert!(of_class(&card, &pictures[&card.case], "the <other> class").is_some());
        assert!(of_class(&card, &pictures[&card.case], "none").is_none());
        let page = html(&report, &pictures);
        assert!(
            page.contains("<details class=\"opens\"><summary") && page.contains("Heatmap for the &lt;other&gt; class")
        );
        let [definition, use_of] =
            [format!("id=\"other-0-{}\"", card.case), format!("<use href=\"#other-0-{}\">", card.case)];
        assert_eq!(page.matches(&definition).count(), 1);
        assert!(page.contains(&use_of) && page.contains("<dt>Outcome</dt>"));
    }

    #[test]
    fn disc_and_cup_have_the_size_that_was_measured() {
        let mut card = report().cases[0].clone();
        card.disc = Some([50.0, 40.0, 20.0]);
        card.figures = [("disc_vertical", 22.0), ("disc_horizontal", 18.0), ("vertical_cup_to_disc", 0.5)]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        let drawn: Vec<String> = outlines(&card, 200.0).iter().map(Tag::to_string).collect();
        assert!(drawn[0].contains("rx=\"9\" ry=\"11\"") && drawn[1].contains("rx=\"4.5\" ry=\"5.5\""), "{drawn:?}");
        card.disc = None;
        assert!(outlines(&card, 200.0).is_empty());
    }
}
