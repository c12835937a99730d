//! From streets to a network: lines are cut at junctions, places that only bend a line become its points, and what
//! cannot be reached or left is dropped. Called by [`super::build`].

#![expect(clippy::indexing_slicing, reason = "places in lists come from these lists themselves")]

use std::collections::BTreeSet;

use fareway_shared::place::LatLng;

use super::{
    MapError,
    network::{ARC_MS_MAX, Network, Point, WHOLE, place},
    osm::{Streets, Via},
    restrictions,
    turns::Turns,
};

/// No place, no link.
const NONE: u32 = u32::MAX;

/// A straight piece of a street between two places.
#[derive(Debug, Clone, Copy)]
struct Link {
    ends: [u32; 2],
    street: u32,
    kmh: [u8; 2],
    cm: u32,
}

/// A network, and which streets its segments begin and end with.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) network: Network,
    /// The street of each segment's first and last piece.
    pub(super) streets: Vec<[u32; 2]>,
    /// The junction of each place, if it is one.
    pub(super) junction: Vec<Option<u32>>,
}

/// What became of a map's streets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Ways that cars may use.
    pub ways: usize,
    /// Junctions kept.
    pub junctions: usize,
    /// Segments kept.
    pub segments: usize,
    /// Segments dropped because they cannot be reached or left.
    pub segments_dropped: usize,
    /// Turn restrictions that hold.
    pub turns: usize,
    /// Turn restrictions that name what is not there, or not clearly, and are left out.
    pub turns_left_out: usize,
}

/// The network of these streets.
pub(super) fn compile(streets: &Streets) -> Result<(Network, Summary), MapError> {
    let mut sites: Vec<[i32; 2]> = streets.places.iter().map(|found| found.map_or([0, 0], |place| place.at)).collect();
    let links = links(streets, &mut sites)?;
    let mut draft = chains(streets, &sites, &links)?;
    let (words, left_out) = restrictions::words(streets, &draft);
    for word in &words {
        draft.network.words.extend(word);
        draft.network.first_word.push(u32::try_from(draft.network.words.len()).unwrap_or(NONE));
    }
    draft.network.check()?;
    let segments = draft.network.ends.len();
    let network = largest_part(&draft.network)?;
    network.check()?;
    let summary = Summary {
        ways: streets.streets.len(),
        junctions: network.nodes.len(),
        segments: network.ends.len(),
        segments_dropped: segments - network.ends.len(),
        turns: streets.turns.len() - left_out,
        turns_left_out: streets.turns_unread + left_out,
    };
    Ok((network, summary))
}

/// The pieces of all streets. A place that nothing drives through becomes a place of its own for each piece.
fn links(streets: &Streets, sites: &mut Vec<[i32; 2]>) -> Result<Vec<Link>, MapError> {
    let mut links = Vec::new();
    for (street, way) in (0..).zip(&streets.streets) {
        for pair in way.line.windows(2) {
            let &[one, next] = pair else { continue };
            let (Some(tail), Some(head)) = (streets.places[place(one)], streets.places[place(next)]) else { continue };
            if one == next {
                continue;
            }
            let mut ends = [one, next];
            for (end, found) in ends.iter_mut().zip([tail, head]) {
                if found.blocked {
                    *end = u32::try_from(sites.len()).unwrap_or(NONE);
                    sites.push(found.at);
                }
            }
            let cm = crow_cm(tail.at, head.at);
            links.push(Link { ends, street, kmh: way.kmh, cm });
            if sites.len() > super::network::COUNT_MAX {
                return Err(MapError::TooLarge { what: "places", most: super::network::COUNT_MAX });
            }
        }
    }
    Ok(links)
}

/// The links at each place, as a list of beginnings and a list.
fn links_at(sites: usize, links: &[Link]) -> (Vec<u32>, Vec<u32>) {
    let mut first = vec![0_u32; sites + 1];
    links.iter().flat_map(|link| link.ends).for_each(|end| first[place(end) + 1] += 1);
    (0..sites).for_each(|at| first[at + 1] += first[at]);
    let (mut next, mut list) = (first.clone(), vec![0_u32; links.len() * 2]);
    for (at, link) in (0..).zip(links) {
        for end in link.ends {
            let slot = &mut next[place(end)];
            list[place(*slot)] = at;
            *slot += 1;
        }
    }
    (first, list)
}

/// The speeds of a link as one leaves `from` on it: away, and back.
fn seen_from(link: &Link, from: u32) -> [u8; 2] {
    let [along, against] = link.kmh;
    if link.ends[0] == from { [along, against] } else { [against, along] }
}

fn other_end(link: &Link, from: u32) -> u32 {
    if link.ends[0] == from { link.ends[1] } else { link.ends[0] }
}

/// Places where turn restrictions begin, pass or end; lines must be cut there for the restriction to have arcs.
fn named_in_turns(streets: &Streets) -> BTreeSet<u32> {
    let mut ways = BTreeSet::new();
    let mut named = BTreeSet::new();
    for turn in &streets.turns {
        match &turn.via {
            Via::Place(via) => {
                named.insert(*via);
            }
            Via::Ways(via) => ways.extend(via.iter().chain(&turn.from).chain(&turn.to).copied()),
        }
    }
    for street in streets.streets.iter().filter(|street| ways.contains(&street.id)) {
        named.extend(street.line.first());
        named.extend(street.line.last());
    }
    named
}

/// Segments from junction to junction.
fn chains(streets: &Streets, sites: &[[i32; 2]], links: &[Link]) -> Result<Draft, MapError> {
    let (first, list) = links_at(sites.len(), links);
    let at = |site: u32| &list[place(first[place(site)])..place(first[place(site) + 1])];
    let named = named_in_turns(streets);
    let passes = |site: u32| match *at(site) {
        [one, next] if one != next && !named.contains(&site) => {
            let (one, next) = (&links[place(one)], &links[place(next)]);
            let ([out, back], [on, from]) = (seen_from(one, site), seen_from(next, site));
            // What comes in by one goes on by the other, both ways; and the two do not lead to the same place.
            // A share of a segment's time is one and the same share both ways, so the speeds there and back keep their ratio.
            let in_ratio = u16::from(back) * u16::from(from) == u16::from(on) * u16::from(out);
            let through = (out > 0) == (from > 0) && (back > 0) == (on > 0);
            through && in_ratio && other_end(one, site) != other_end(next, site)
        }
        _ => false,
    };
    let mut draft = Draft { network: Network::new(), streets: Vec::new(), junction: vec![None; sites.len()] };
    for site in (0..).take(sites.len()) {
        if !at(site).is_empty() && !passes(site) {
            draft.junction[place(site)] = Some(u32::try_from(draft.network.nodes.len()).unwrap_or(NONE));
            draft.network.nodes.push(sites[place(site)]);
        }
    }
    let mut used = vec![false; links.len()];
    for start in (0..).take(sites.len()) {
        if draft.junction[place(start)].is_none() {
            continue;
        }
        for &link in at(start) {
            if used[place(link)] {
                continue;
            }
            let mut chain = vec![(link, start)];
            used[place(link)] = true;
            let mut end = other_end(&links[place(link)], start);
            while draft.junction[place(end)].is_none() {
                let Some(&next) = at(end).iter().find(|link| !used[place(**link)]) else { break };
                used[place(next)] = true;
                chain.push((next, end));
                end = other_end(&links[place(next)], end);
            }
            add_segment(&mut draft, sites, links, &chain, end)?;
        }
    }
    Ok(draft)
}

/// Adds the segment of a chain of links, each with the place that it is left from.
fn add_segment(
    draft: &mut Draft,
    sites: &[[i32; 2]],
    links: &[Link],
    chain: &[(u32, u32)],
    end: u32,
) -> Result<(), MapError> {
    let (Some(&(first, start)), Some(&(last, _))) = (chain.first(), chain.last()) else { return Ok(()) };
    let (Some(tail), Some(head)) = (draft.junction[place(start)], draft.junction[place(end)]) else { return Ok(()) };
    // Microseconds along and against; a direction that is closed on one link is closed on all.
    let (mut cm, mut us, mut open) = (0_u64, [0_u64; 2], [true; 2]);
    let mut so_far = Vec::with_capacity(chain.len() + 1);
    for &(link, from) in chain {
        so_far.push((sites[place(from)], cm, us));
        let link = &links[place(link)];
        cm += u64::from(link.cm);
        for ((us, open), kmh) in us.iter_mut().zip(&mut open).zip(seen_from(link, from)) {
            *open &= kmh > 0;
            *us += u64::from(link.cm) * 36_000 / u64::from(kmh.max(1));
        }
    }
    so_far.push((sites[place(end)], cm, us));
    let clock = usize::from(!open[0]);
    let whole = us[clock].max(1);
    let network = &mut draft.network;
    let count = so_far.len();
    for (at, (site, cm, us)) in so_far.into_iter().enumerate() {
        let share = if at + 1 == count { u64::from(WHOLE) } else { us[clock] * u64::from(WHOLE) / whole };
        network.points.push(Point {
            at: site,
            cm: u32::try_from(cm)
                .map_err(|_| MapError::TooLarge { what: "metres on one segment", most: 42_949_672 })?,
            share: if at == 0 { 0 } else { u32::try_from(share).unwrap_or(WHOLE) },
        });
    }
    network.first_point.push(u32::try_from(network.points.len()).unwrap_or(NONE));
    network.ends.push([tail, head]);
    for (us, open) in us.into_iter().zip(open) {
        let ms = u32::try_from((us + 500) / 1000).unwrap_or(ARC_MS_MAX).clamp(1, ARC_MS_MAX);
        network.ms.push(if open { ms } else { 0 });
    }
    draft.streets.push([links[place(first)].street, links[place(last)].street]);
    Ok(())
}

/// The part of a network where everything can be reached from everything, forbidden turns heeded.
fn largest_part(network: &Network) -> Result<Network, MapError> {
    let turns = Turns::new(network)?;
    let inside = turns.largest_part();
    let mut keeps = vec![false; network.ms.len()];
    for edge in &turns.edges {
        keeps[place(edge.arc)] |= inside[place(edge.tail)] && inside[place(edge.head)];
    }
    let mut part = Network::new();
    let (mut nodes, mut segments) = (vec![NONE; network.nodes.len()], vec![NONE; network.ends.len()]);
    for (segment, ends) in (0..).zip(&network.ends) {
        let arcs = [segment * 2, segment * 2 + 1].map(|arc| if keeps[place(arc)] { network.ms[place(arc)] } else { 0 });
        if arcs == [0, 0] {
            continue;
        }
        segments[place(segment)] = u32::try_from(part.ends.len()).unwrap_or(NONE);
        for node in ends {
            if nodes[place(*node)] == NONE {
                nodes[place(*node)] = u32::try_from(part.nodes.len()).unwrap_or(NONE);
                part.nodes.push(network.nodes[place(*node)]);
            }
        }
        part.ends.push(ends.map(|node| nodes[place(node)]));
        part.ms.extend(arcs);
        part.points.extend(network.line(segment));
        part.first_point.push(u32::try_from(part.points.len()).unwrap_or(NONE));
    }
    for word in network.forbidden().filter(|word| word.iter().all(|arc| keeps[place(*arc)])) {
        part.words.extend(word.iter().map(|arc| segments[place(arc >> 1)] * 2 + (arc & 1)));
        part.first_word.push(u32::try_from(part.words.len()).unwrap_or(NONE));
    }
    if part.ends.is_empty() { Err(MapError::NoRoads) } else { Ok(part) }
}

fn crow_cm(one: [i32; 2], next: [i32; 2]) -> u32 {
    let of = |at: [i32; 2]| LatLng::new(f64::from(at[0]) / 1e7, f64::from(at[1]) / 1e7);
    let (Ok(one), Ok(next)) = (of(one), of(next)) else { return 0 };
    let cm = (one.crow_m(next) * 100.0).round();
    #[expect(clippy::as_conversions, reason = "half the earth's girth in centimetres fits, and the cast saturates")]
    let cm = cm as u32;
    cm
}
