//! What tags mean to a taxi: whether it may drive there, which way, and how fast. Called by `osm`. The keys and values
//! are those of OpenStreetMap's wiki (Key:access, Key:oneway, Key:maxspeed, Relation:restriction); the speeds are ours.

use super::block::Tags;
use crate::roads::MapError;

/// What a car drives where nothing better is known, km/h, by class of road.
const CLASSES: &[(&[u8], u8)] = &[
    (b"motorway", 105),
    (b"motorway_link", 50),
    (b"trunk", 75),
    (b"trunk_link", 45),
    (b"primary", 42),
    (b"primary_link", 32),
    (b"secondary", 38),
    (b"secondary_link", 30),
    (b"tertiary", 34),
    (b"tertiary_link", 28),
    (b"unclassified", 30),
    (b"residential", 24),
    (b"living_street", 10),
    (b"service", 14),
    (b"road", 24),
];
/// Roads that belong to buses, and to taxis where a tag says so.
const BUS_ROADS: &[&[u8]] = &[b"busway", b"bus_guideway", b"pedestrian"];
const BUS_ROAD_KMH: u8 = 15;
/// Of the permitted speed, what is driven between the stops of a city, in hundredths.
const DRIVEN_PERCENT: u64 = 80;
/// The most specific first: what the first of them says, holds.
const ACCESS: [&str; 6] = ["taxi", "psv", "motorcar", "motor_vehicle", "vehicle", "access"];
const OPEN: [&[u8]; 6] = [b"yes", b"designated", b"permissive", b"destination", b"customers", b"official"];
/// What stands in the road and stays there.
const BARRIERS: &[&[u8]] = &[
    b"bollard",
    b"block",
    b"jersey_barrier",
    b"cycle_barrier",
    b"motorcycle_barrier",
    b"bus_trap",
    b"sump_buster",
    b"log",
    b"debris",
    b"fence",
    b"wall",
    b"hedge",
    b"kissing_gate",
    b"stile",
    b"turnstile",
    b"full-height_turnstile",
];

/// How a road is driven, along its line and against it, in km/h; 0 is not at all.
pub(super) type Speeds = [u8; 2];

/// How a taxi drives this way, or `None` where it may not.
pub(super) fn speeds(tags: &Tags<'_>) -> Result<Option<Speeds>, MapError> {
    let class = tags.get("highway")?;
    if class.is_empty() || tags.get("area")? == b"yes" || tags.get("impassable")? == b"yes" {
        return Ok(None);
    }
    let known = CLASSES.iter().find(|(name, _)| *name == class).map(|(_, kmh)| *kmh);
    let kmh = match (known, access(tags)?) {
        (Some(kmh), None | Some(true)) => kmh,
        (None, _) if BUS_ROADS.contains(&class) && taxis_named(tags)? => BUS_ROAD_KMH,
        _ => return Ok(None),
    };
    let at_most = |key: &str| -> Result<Option<u8>, MapError> { Ok(maxspeed(tags.get(key)?).map(driven)) };
    let both = at_most("maxspeed")?;
    let of = |named: Option<u8>| match named.or(both) {
        // A car park is not driven at the speed that its town permits.
        Some(limit) if class == b"service" || class == b"living_street" => limit.min(kmh),
        Some(limit) => limit,
        None => kmh,
    };
    let (forward, backward) = (of(at_most("maxspeed:forward")?), of(at_most("maxspeed:backward")?));
    Ok(Some(match direction(tags, class)? {
        Direction::Both => [forward, backward],
        Direction::Along => [forward, 0],
        Direction::Against => [0, backward],
    }))
}

/// Whether something stands at this node that a car does not pass.
pub(super) fn is_blocked(tags: &Tags<'_>) -> Result<bool, MapError> {
    if tags.is_empty() {
        return Ok(false);
    }
    let barrier = tags.get("barrier")?;
    let access = access(tags)?;
    Ok(match access {
        Some(open) => !open && !barrier.is_empty(),
        None => BARRIERS.contains(&barrier),
    })
}

/// What the tags say about cars, if anything.
fn access(tags: &Tags<'_>) -> Result<Option<bool>, MapError> {
    for key in ACCESS {
        let value = tags.get(key)?;
        if !value.is_empty() {
            return Ok(Some(OPEN.contains(&value)));
        }
    }
    Ok(None)
}

fn taxis_named(tags: &Tags<'_>) -> Result<bool, MapError> {
    Ok(OPEN.contains(&tags.get("taxi")?) || (tags.get("taxi")?.is_empty() && OPEN.contains(&tags.get("psv")?)))
}

/// Which way a road is driven.
enum Direction {
    Both,
    Along,
    Against,
}

fn direction(tags: &Tags<'_>, class: &[u8]) -> Result<Direction, MapError> {
    for key in ["oneway:taxi", "oneway:psv", "oneway:motor_vehicle", "oneway"] {
        match tags.get(key)? {
            b"yes" | b"1" | b"true" => return Ok(Direction::Along),
            b"-1" | b"reverse" => return Ok(Direction::Against),
            b"no" | b"0" | b"false" => return Ok(Direction::Both),
            _ => {}
        }
    }
    let round = matches!(tags.get("junction")?, b"roundabout" | b"circular");
    Ok(if round || class == b"motorway" { Direction::Along } else { Direction::Both })
}

/// A permitted speed in km/h from its tag: `50`, `30 mph`, `DE:urban`, `walk`.
fn maxspeed(value: &[u8]) -> Option<u64> {
    let value = std::str::from_utf8(value).ok()?.trim();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at(digits);
    if let Ok(number) = number.parse::<u64>() {
        let kmh = if unit.trim() == "mph" { number.checked_mul(1609)?.checked_add(500)? / 1000 } else { number };
        return (1..=200).contains(&kmh).then_some(kmh);
    }
    match value.rsplit_once(':').map_or(value, |(_, zone)| zone) {
        "walk" | "living_street" => Some(7),
        "urban" => Some(50),
        "rural" => Some(90),
        "none" | "motorway" => Some(130),
        zone => zone.strip_prefix("zone").and_then(|kmh| kmh.parse().ok()).filter(|kmh| (5..=130).contains(kmh)),
    }
}

fn driven(limit_kmh: u64) -> u8 {
    u8::try_from((limit_kmh * DRIVEN_PERCENT / 100).max(5)).unwrap_or(u8::MAX)
}

/// What a turn restriction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// This turn may not be made.
    No,
    /// Only this turn may be made.
    Only,
}

/// What a relation says about turns of a taxi, if it says anything at all times.
pub(super) fn rule(tags: &Tags<'_>) -> Result<Option<Rule>, MapError> {
    if tags.get("type")? != b"restriction" {
        return Ok(None);
    }
    let excepted = tags.get("except")?;
    if excepted.split(|byte| *byte == b';').any(|who| matches!(who.trim_ascii(), b"taxi" | b"psv" | b"motorcar")) {
        return Ok(None);
    }
    for key in
        ["restriction:taxi", "restriction:psv", "restriction:motorcar", "restriction:motor_vehicle", "restriction"]
    {
        let value = tags.get(key)?;
        if value.starts_with(b"no_") {
            return Ok(Some(Rule::No));
        }
        if value.starts_with(b"only_") {
            return Ok(Some(Rule::Only));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permitted_speeds_are_read_in_every_spelling() {
        let read = |text: &str| maxspeed(text.as_bytes());
        assert_eq!(
            [read("50"), read("30 mph"), read("DE:urban"), read("walk")],
            [Some(50), Some(48), Some(50), Some(7)]
        );
        assert_eq!([read("DE:zone30"), read("none"), read("fast"), read("0")], [Some(30), Some(130), None, None]);
        assert_eq!(read("99999999999999999999999 mph"), None);
    }
}
