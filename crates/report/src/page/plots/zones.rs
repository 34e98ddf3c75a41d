//! Shares of energy in the zones against chance.

use super::axes::{Scale, WIDTH, bar, hint, horizontal, label, legend, line, series, svg};
use crate::page::numbers::{counted, percent};
use crate::page::tag::{Tag, classed};
use crate::schema::ZoneSeries;
use heatlens_anatomy::Role;
use heatlens_anatomy::ZoneCard;

const HEAD: f64 = 20.0;
const GAP: f64 = 9.0;
/// Shares below this, with as little by chance, are no row worth its room.
const NOTHING: f64 = 5e-4;

/// A row a zone, in it a bar a group of maps with its interval, and a tick where chance lies.
pub(super) fn draw(groups: &[ZoneSeries], zones: &[ZoneCard]) -> Tag {
    let shown: Vec<usize> = (0..zones.len()).filter(|&z| groups.iter().any(|group| is_worth_a_row(group, z))).collect();
    let thickness = if groups.len() > 3 { 8.0 } else { 11.0 };
    let height = HEAD + thickness * groups.len() as f64 + GAP;
    let bottom = height * shown.len() as f64;
    let largest = groups.iter().flat_map(|group| {
        let highs =
            group.shares.iter().map(|share| share.interval().map_or(share.estimate().unwrap_or(0.0), |i| i.high));
        highs.chain(group.chance.iter().copied())
    });
    let scale = Scale::new([0.0, largest.fold(0.1, f64::max).min(1.0)], [2.0, WIDTH - 8.0]);
    let axis = horizontal(&scale, [0.0, bottom], "mean share of the map", percent);
    let mut plot = svg(bottom + 42.0, "Share of the map in each zone").all(axis);
    for (row, &z) in shown.iter().enumerate() {
        let y = height * row as f64;
        let zone = &zones[z];
        plot = plot.add(bar(role_class(zone.role), [2.0, y + 5.0, 9.0, 9.0]).add(hint(role_words(zone.role))));
        plot = plot.add(label("row", [17.0, y + 14.0], &zone.title));
        for (i, group) in groups.iter().enumerate() {
            plot = plot.all(share(group, i, z, &zone.title, &scale, [y + HEAD + thickness * i as f64, thickness]));
        }
    }
    let names: Vec<String> =
        groups.iter().map(|group| format!("{} ({})", group.name, counted(group.maps, "map"))).collect();
    let mut keys: Vec<(String, &str)> = names.iter().enumerate().map(|(i, name)| (series(i), name.as_str())).collect();
    keys.push(("key-chance".to_owned(), "chance: the same maps moved at random"));
    let roles = [Role::Target, Role::Plausible, Role::Elsewhere, Role::Edge, Role::Outside];
    let used = roles.into_iter().filter(|role| shown.iter().any(|&z| zones[z].role == *role));
    let role_keys = legend(used.map(|role| (role_class(role).to_owned(), role_words(role))));
    classed("div", "plots").add(legend(keys)).add(plot).add(role_keys)
}

fn is_worth_a_row(group: &ZoneSeries, zone: usize) -> bool {
    let share = group.shares.get(zone).and_then(|share| share.estimate()).unwrap_or(0.0);
    share > NOTHING || group.chance.get(zone).is_some_and(|&chance| chance > NOTHING)
}

fn share(
    group: &ZoneSeries,
    index: usize,
    zone: usize,
    title: &str,
    scale: &Scale,
    [y, thickness]: [f64; 2],
) -> Vec<Tag> {
    let Some(finding) = group.shares.get(zone) else { return Vec::new() };
    let Some(estimate) = finding.estimate() else {
        return vec![label("silent", [17.0, y + thickness - 2.0], format!("{}: too few", group.name))];
    };
    let middle = y + thickness / 2.0 - 0.5;
    let chance = group.chance.get(zone).copied();
    let enrichment =
        group.enrichment.get(zone).copied().flatten().map_or(String::new(), |e| format!(", {e:.2} times its area"));
    let by_chance = chance.map_or(String::new(), |c| format!(", {} by chance", percent(c)));
    let words = format!("{title}, {}: {}{by_chance}{enrichment}", group.name, percent(estimate));
    let zero = scale.at(0.0);
    let mut drawn = vec![bar(series(index), [zero, y, scale.at(estimate) - zero, thickness - 2.0]).add(hint(words))];
    drawn.extend(
        finding.interval().map(|i| line("whisker thin", [scale.at(i.low), middle], [scale.at(i.high), middle])),
    );
    drawn.extend(chance.map(|c| line("chance-tick", [scale.at(c), y - 1.0], [scale.at(c), y + thickness - 1.0])));
    drawn
}

fn role_class(role: Role) -> &'static str {
    match role {
        Role::Target => "role-target",
        Role::Plausible => "role-plausible",
        Role::Elsewhere => "role-elsewhere",
        Role::Edge => "role-edge",
        Role::Outside => "role-outside",
    }
}

fn role_words(role: Role) -> &'static str {
    match role {
        Role::Target => "the structure itself",
        Role::Plausible => "where disease shows too",
        Role::Elsewhere => "tissue without a known sign",
        Role::Edge => "edge of the field",
        Role::Outside => "outside the eye",
    }
}
