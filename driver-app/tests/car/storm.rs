//! A seeded storm of forged envelopes through the whole state: none changes the screen. Then the genuine one, which does.

use fareway_shared::{
    envelope::verdict::{Finding, Verdict},
    id::{BillId, FleetId, TripId, VehicleId},
    money::Currency,
    signature::{PrivateKey, Signed},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};

use crate::bench::Bench;

/// Bends a genuine verdict in one way that must be noticed.
fn forge(random: &mut SmallRng, genuine: &Verdict, platform: &PrivateKey) -> Signed {
    let mut verdict = genuine.clone();
    let mut sealed = genuine.seal(platform);
    let id = |random: &mut SmallRng| uuid::Uuid::from_u128(random.gen_range(1000..u128::MAX));
    let Finding::Covered(cover) = &mut verdict.finding else { panic!("the genuine verdict is covered") };
    match random.gen_range(0..14) {
        0 => {
            let bit = random.gen_range(0..(sealed.body.len() + 64) * 8);
            let length = sealed.body.len();
            match sealed.body.get_mut(bit / 8) {
                Some(byte) => *byte ^= 1 << (bit % 8),
                None => sealed.signature[bit / 8 - length] ^= 1 << (bit % 8),
            }
            return sealed;
        }
        1 => {
            sealed.body.truncate(random.gen_range(0..sealed.body.len()));
            return platform.seal(sealed.body);
        }
        2 => {
            sealed.body.push(random.r#gen());
            return platform.seal(sealed.body);
        }
        3 => return verdict.seal(&PrivateKey::from_bytes(&random.r#gen())),
        4 => {
            let kinds = [b"FWVX", b"FWBS", b"FWHW", b"FWCM", b"FWKS", b"FWEG"];
            sealed.body[..4].copy_from_slice(*kinds.choose(random).expect("kinds"));
            return platform.seal(sealed.body);
        }
        5 => verdict.subject.fleet = FleetId(id(random)),
        6 => verdict.subject.vehicle = VehicleId(id(random)),
        7 => verdict.subject.bill = BillId(id(random)),
        8 => verdict.subject.trip = TripId(id(random)),
        9 => verdict.subject.version = random.gen_range(2..u32::MAX),
        10 => verdict.subject.nonce = random.r#gen(),
        11 => verdict.subject.sequence = 0,
        12 => cover.currency = Currency::THB,
        _ => match random.gen_range(0..3) {
            0 => cover.by_wallet_minor = random.gen_range(2341..i64::MAX),
            1 => cover.by_wallet_minor = -random.gen_range(0..i64::MAX),
            _ => cover.tip_minor = random.gen_range(5001..i64::MAX),
        },
    }
    verdict.seal(platform)
}

#[test]
fn no_forged_envelope_changes_the_screen_and_the_genuine_one_does() {
    let count: u64 = std::env::var("FAREWAY_ENVELOPES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let mut bench = Bench::linked();
    bench.hire(40, 990);
    let bill = bench.hire(41, 2340);
    bench.acknowledge_all();
    let genuine = bench.covered(&bill, 2340);
    let platform = bench.platform.clone();
    let mut random = SmallRng::seed_from_u64(20_261_120);
    let before = bench.view();
    for number in 0..count {
        let forged = forge(&mut random, &genuine, &platform);
        bench.envelope(forged);
        assert_eq!(bench.view(), before, "forged envelope {number} changed the screen");
        bench.sent.clear();
    }
    bench.envelope(genuine.seal(&platform));
    assert_eq!(bench.page_name(), "paid");
    println!("{count} forged envelopes, 0 changed the screen");
}
