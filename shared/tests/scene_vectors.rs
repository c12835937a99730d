//! Holds the live scene to `scene-vectors.json`, which the passenger page's own port of the scene is held to as well.
//! After a deliberate change of the scene, run this test with `FAREWAY_WRITE_VECTORS=1` to write the file anew.

use std::path::PathBuf;

use fareway_shared::scene::{self, HEIGHT, Motion, WIDTH};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Seeds of every family of shades, and the two plain ones.
const SEEDS: [[u8; 16]; 6] = [
    [0x00; 16],
    [0xff; 16],
    [0x5a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00],
    [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef],
    [0x07; 16],
];

/// Before the epoch, at the turn of a second, inside and after the blend, and far ahead.
const INSTANTS_MS: [i64; 10] = [
    -1,
    0,
    1,
    249,
    250,
    1_800_000_000_000,
    1_800_000_000_123,
    1_800_000_000_999,
    1_800_000_001_000,
    253_402_300_799_877,
];

fn vectors() -> Value {
    let mut pictures = Vec::new();
    for seed in SEEDS {
        for at_ms in INSTANTS_MS {
            for (word, motion) in [("full", Motion::Full), ("reduced", Motion::Reduced)] {
                let mut pixels = vec![0; WIDTH * HEIGHT];
                scene::draw(&seed, at_ms, motion, &mut pixels);
                let sha256 = hex::encode(Sha256::digest(&pixels));
                pictures.push(json!({ "seed": hex::encode(seed), "at_ms": at_ms, "motion": word, "sha256": sha256 }));
            }
        }
    }
    let shades: Vec<Value> =
        SEEDS.iter().map(|seed| json!({ "seed": hex::encode(seed), "shades": scene::shades(seed) })).collect();
    json!({
        "about": "Pictures of shared/src/scene.rs: SHA-256 over the shade indices, row by row; shades dark to light.",
        "width": WIDTH,
        "height": HEIGHT,
        "pictures": pictures,
        "shades": shades,
    })
}

#[test]
fn the_scene_draws_what_its_vectors_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scene-vectors.json");
    let drawn = vectors();
    if std::env::var_os("FAREWAY_WRITE_VECTORS").is_some() {
        std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&drawn).unwrap())).unwrap();
    }
    let kept = std::fs::read_to_string(&path).expect("shared/tests/scene-vectors.json is part of the repository");
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, drawn, "the scene no longer draws the pictures that every port is held to");
}
