//! Files that are not what they should be: cut off, foreign, of another version, changed by chance. Each is an error or a
//! sound map, never a panic.

use super::{
    chance::{Chance, city, network, snap},
    extract::{Extract, Packing, blob},
};
use crate::roads::{MapError, Roads};

fn a_city() -> Roads {
    city(network(6, 40, 120, 60))
}

#[test]
fn a_city_comes_back_from_its_file_as_it_was() {
    let roads = a_city();
    let file = roads.save();
    let back = Roads::open(&file).unwrap();
    assert_eq!(back.save(), file);
    assert_eq!(back.arc_ms(), roads.arc_ms());
    let mut chance = Chance(4);
    for _ in 0..200 {
        let (from, to) = (snap(&roads, &mut chance), snap(&roads, &mut chance));
        assert_eq!(roads.route(&from, &to), back.route(&from, &to));
    }
}

#[test]
fn a_file_that_was_cut_off_anywhere_is_refused() {
    let file = city(network(3, 12, 30, 5)).save();
    for end in 0..file.len() {
        assert!(matches!(Roads::open(&file[..end]), Err(MapError::NotAMap { .. })), "cut off at {end}");
    }
}

#[test]
fn foreign_and_later_files_are_told_apart() {
    let mut file = a_city().save();
    assert!(matches!(Roads::open(b"%PDF-1.7 and so on, for a while"), Err(MapError::NotAMap { .. })));
    assert!(matches!(Roads::open(&[]), Err(MapError::NotAMap { .. })));
    file.push(0);
    assert!(matches!(Roads::open(&file), Err(MapError::NotAMap { .. })));
    file[8] = 9;
    let error = Roads::open(&file).unwrap_err();
    assert_eq!(error.to_string(), "this map file is of version 9, and version 1 is needed; build it again");
}

#[test]
fn every_flipped_bit_is_found_by_the_checksum() {
    let file = city(network(3, 12, 30, 5)).save();
    for at in 0..file.len() {
        let mut wrong = file.clone();
        wrong[at] ^= 1 << (at % 8);
        assert!(Roads::open(&wrong).is_err(), "byte {at}");
    }
}

/// Changes some bytes, and now and then the length.
fn mutated(file: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut wrong = file.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(wrong.len());
        match chance.below(5) {
            0 => wrong[at] = 0xff,
            1 => wrong[at] = 0,
            2 => wrong[at] = chance.next() as u8,
            3 => wrong[at] = wrong[at].wrapping_add(1),
            _ => {
                let word = (chance.next() as u32) >> chance.below(32);
                let end = (at / 4 * 4 + 4).min(wrong.len());
                wrong[end.saturating_sub(4)..end].copy_from_slice(&word.to_le_bytes()[..end.min(4)]);
            }
        }
    }
    if chance.one_in(10) {
        wrong.truncate(chance.below(wrong.len()));
    }
    wrong
}

#[test]
fn a_map_file_changed_by_chance_under_a_right_checksum_is_an_error_or_a_sound_map() {
    let mut chance = Chance(11);
    let mut opened = 0;
    for (seed, words) in [(3, 0), (5, 30)] {
        let file = city(network(seed, 15, 36, words)).save();
        for _ in 0..3000 {
            let body = mutated(&file[20..], &mut chance);
            let Ok(roads) = Roads::open(&crate::roads::file::framed(&body)) else { continue };
            opened += 1;
            // Whatever it says now, it can be asked.
            let place = fareway_shared::place::LatLng::new(49.3, 8.6).unwrap();
            let _ = roads.snap(place, 1e6);
            for _ in 0..5 {
                let (from, to) = (snap(&roads, &mut chance), snap(&roads, &mut chance));
                assert_eq!(roads.route(&from, &to).map(|route| route.ms), roads.time_ms(&from, &to));
            }
        }
    }
    assert!(opened > 300, "only {opened} changed files were sound: nothing is proved");
}

fn a_map() -> Vec<u8> {
    let mut map = Extract::default();
    for id in 0..30 {
        let tags: &[(&str, &str)] = if id == 7 { &[("barrier", "bollard")] } else { &[] };
        map.node(id, 49.0 + 0.001 * (id / 6) as f64, 8.0 + 0.001 * (id % 6) as f64, tags);
    }
    for id in 0..24 {
        map.way(100 + id, &[id, id + 6], &[("highway", "residential"), ("maxspeed", "30")]);
        if id % 6 != 5 {
            map.way(200 + id, &[id, id + 1], &[("highway", "primary"), ("oneway", "no")]);
        }
    }
    map.relation(
        &[("type", "restriction"), ("restriction", "no_left_turn")],
        &[("from", 1, 200), ("via", 0, 1), ("to", 1, 101)],
    );
    map.file(true, Packing::Raw)
}

#[test]
fn an_extract_changed_by_chance_is_an_error_or_a_sound_map() {
    let (map, mut chance) = (a_map(), Chance(12));
    assert!(Roads::build(&map).is_ok());
    let mut built = 0;
    for _ in 0..3000 {
        if let Ok((roads, _)) = Roads::build(&mutated(&map, &mut chance)) {
            built += 1;
            let (from, to) = (snap(&roads, &mut chance), snap(&roads, &mut chance));
            let _ = roads.route(&from, &to);
        }
    }
    assert!(built > 300, "only {built} changed extracts were sound: nothing is proved");
}

#[test]
fn an_extract_that_is_cut_off_or_is_none_is_refused_with_a_sentence() {
    let map = a_map();
    for end in (0..map.len()).step_by(7) {
        // A file may end between two blocks; then it is a map without what would follow.
        let cut = Roads::build(&map[..end]);
        assert!(matches!(cut, Err(MapError::NotOsm { .. } | MapError::NoRoads)), "cut off at {end}");
    }
    let foreign = Roads::build(b"<osm version=\"0.6\">").unwrap_err();
    assert!(foreign.to_string().starts_with("this is not a readable .osm.pbf file: "));
    assert!(matches!(Roads::build(&[0; 64]), Err(MapError::NotOsm { .. })));
}

#[test]
fn a_small_file_cannot_ask_for_much_memory() {
    // A block of 64 MiB of zeros packs into 64 KiB; the format allows no block beyond 32 MiB.
    let mut file = blob("OSMHeader", b"\x22\x0eOsmSchema-V0.6", Packing::Raw);
    file.extend(blob("OSMData", &vec![0; 64 << 20], Packing::Zlib));
    let error = Roads::build(&file).unwrap_err();
    assert_eq!(error, MapError::NotOsm { what: "a block is larger than the format allows" });
    // A table of two million empty texts.
    let mut file = blob("OSMHeader", b"\x22\x0eOsmSchema-V0.6", Packing::Raw);
    let texts: Vec<u8> = [0x0a, 0x00].repeat(2 << 20);
    let mut block = vec![0x0a];
    let mut length = texts.len();
    while length >= 0x80 {
        block.push(length as u8 | 0x80);
        length >>= 7;
    }
    block.push(length as u8);
    block.extend(texts);
    file.extend(blob("OSMData", &block, Packing::Zlib));
    assert!(matches!(Roads::build(&file), Err(MapError::TooLarge { .. })));
}

#[test]
fn what_a_file_needs_and_we_do_not_know_is_said() {
    let file = blob("OSMHeader", b"\x22\x15HistoricalInformation", Packing::Raw);
    let error = Roads::build(&file).unwrap_err();
    assert_eq!(error, MapError::NotOsm { what: "it needs a feature that is not understood here" });
}
