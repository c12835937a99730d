//! A seeded storm of envelopes against the judge: none that differs in any way from the genuine one is believed.
//! `FAREWAY_ENVELOPES=10000000` runs the full count of confirmation.md §4; every test run does a smaller one.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "test code")]

use fareway_shared::{
    envelope::{
        judge::{Judgement, Knowledge, KnownBill, Rejection, judge},
        verdict::{Cover, Finding, NotPaid, Subject, Verdict},
    },
    id::{BillId, FleetId, TripId, VehicleId},
    money::{Currency, Money},
    signature::{PrivateKey, Signed},
    time::Timestamp,
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn id(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn genuine() -> Verdict {
    Verdict {
        subject: Subject {
            fleet: FleetId(id(1)),
            vehicle: VehicleId(id(2)),
            plate: "苏E·X1234".into(),
            trip: TripId(id(3)),
            bill: BillId(id(4)),
            version: 2,
            nonce: [5; 16],
            sequence: 11,
            server_time: NOW,
            valid_until: Timestamp::from_seconds(1_800_000_060),
        },
        finding: Finding::Covered(Cover {
            currency: Currency::CNY,
            by_wallet_minor: 2340,
            otherwise_minor: 0,
            tip_minor: 0,
            trade_no_tail: "0001".into(),
            payer_tail: "7652".into(),
            paid_at: NOW,
            scene_seed: [6; 16],
        }),
    }
}

fn platform() -> PrivateKey {
    PrivateKey::from_bytes(&[1; 32])
}

fn bills() -> [KnownBill; 2] {
    let bill = KnownBill {
        bill: BillId(id(4)),
        trip: TripId(id(3)),
        version: 2,
        total: Money::new(2340, Currency::CNY),
        nonce: [5; 16],
    };
    [bill, KnownBill { bill: BillId(id(40)), trip: TripId(id(30)), nonce: [9; 16], ..bill }]
}

fn knowledge(bills: &[KnownBill]) -> Knowledge<'_> {
    Knowledge {
        platform_key: platform().public(),
        fleet: FleetId(id(1)),
        vehicle: VehicleId(id(2)),
        plate: "苏E·X1234",
        bills,
        last_sequence: 10,
        last_accepted: None,
        trusted_now: Some(NOW),
        tip_cap_minor: 5000,
    }
}

/// Bends a genuine verdict in one way that must be noticed, and signs it as named.
fn forge(random: &mut SmallRng) -> Signed {
    let key = platform();
    let mut verdict = genuine();
    let Finding::Covered(cover) = &mut verdict.finding else { unreachable!("the genuine verdict is covered") };
    match random.gen_range(0..17) {
        0 => {
            let mut sealed = verdict.seal(&key);
            let bit = random.gen_range(0..(sealed.body.len() + 64) * 8);
            match sealed.body.get_mut(bit / 8) {
                Some(byte) => *byte ^= 1 << (bit % 8),
                None => sealed.signature[bit / 8 - sealed.body.len()] ^= 1 << (bit % 8),
            }
            return sealed;
        }
        1 => {
            let mut sealed = verdict.seal(&key);
            let keep = random.gen_range(0..sealed.body.len());
            sealed.body.truncate(keep);
            return key.seal(sealed.body);
        }
        2 => {
            let mut sealed = verdict.seal(&key);
            sealed.body.push(random.r#gen());
            return key.seal(sealed.body);
        }
        3 => return verdict.seal(&PrivateKey::from_bytes(&random.r#gen())),
        4 => {
            let mut sealed = verdict.seal(&key);
            let kinds = [b"FWVX", b"FWBS", b"FWHW", b"FWCM", b"FWKS", b"FWEG"];
            sealed.body[..4].copy_from_slice(*kinds.choose(random).expect("kinds"));
            return key.seal(sealed.body);
        }
        5 => {
            let mut sealed = verdict.seal(&key);
            sealed.body[4] = random.gen_range(2..=255);
            return key.seal(sealed.body);
        }
        6 => verdict.subject.fleet = FleetId(uuid::Uuid::from_u128(random.gen_range(2..u128::MAX))),
        7 => verdict.subject.vehicle = VehicleId(uuid::Uuid::from_u128(random.gen_range(3..u128::MAX))),
        8 => verdict.subject.bill = BillId(id(random.gen_range(41..u128::MAX))),
        9 => (verdict.subject.trip, verdict.subject.bill) = (TripId(id(30)), BillId(id(40))),
        10 => verdict.subject.trip = TripId(id(30)),
        11 => verdict.subject.version = if random.r#gen() { 1 } else { random.gen_range(3..u32::MAX) },
        12 => verdict.subject.nonce = random.r#gen(),
        13 => verdict.subject.sequence = random.gen_range(0..=10),
        14 => verdict.subject.valid_until = Timestamp(NOW.0 - random.gen_range(1..i64::MAX / 2)),
        15 => cover.currency = Currency::THB,
        _ => match random.gen_range(0..4) {
            0 => cover.by_wallet_minor = random.gen_range(2341..i64::MAX),
            1 => cover.otherwise_minor = random.gen_range(1..i64::MAX - 2340),
            2 => cover.by_wallet_minor = -random.gen_range(0..i64::MAX),
            _ => cover.tip_minor = if random.r#gen() { -1 } else { random.gen_range(5001..i64::MAX) },
        },
    }
    verdict.seal(&key)
}

#[test]
fn no_forged_envelope_is_believed_and_every_genuine_one_is() {
    let count: u64 = std::env::var("FAREWAY_ENVELOPES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    let bills = bills();
    let known = knowledge(&bills);
    let mut random = SmallRng::seed_from_u64(20_261_120);
    let mut rejected = std::collections::HashMap::<Rejection, u64>::new();
    for number in 0..count {
        match judge(&forge(&mut random), &known) {
            Err(reason) => *rejected.entry(reason).or_default() += 1,
            Ok(judgement) => panic!("forged envelope {number} was believed: {judgement:?}"),
        }
    }
    println!("{count} forged envelopes, 0 believed: {rejected:?}");
    assert!(rejected.len() >= 10, "the storm did not reach every check: {rejected:?}");
    for sequence in 11..211 {
        let mut verdict = genuine();
        verdict.subject.sequence = sequence;
        assert!(matches!(judge(&verdict.seal(&platform()), &known), Ok(Judgement::Paid { .. })));
    }
}

#[test]
fn part_cover_is_never_paid() {
    let bills = bills();
    let mut verdict = genuine();
    let Finding::Covered(cover) = &mut verdict.finding else { unreachable!("covered") };
    cover.by_wallet_minor = 2339;
    let judgement = judge(&verdict.seal(&platform()), &knowledge(&bills)).unwrap();
    assert!(matches!(judgement, Judgement::PartPaid { due, .. } if due.minor == 1));
}

#[test]
fn a_negative_verdict_needs_a_signature_as_well() {
    let bills = bills();
    let verdict = Verdict { finding: Finding::NotPaid { reason: NotPaid::Closed }, ..genuine() };
    let known = knowledge(&bills);
    assert!(matches!(judge(&verdict.seal(&platform()), &known), Ok(Judgement::NotPaid { .. })));
    assert_eq!(judge(&verdict.seal(&PrivateKey::from_bytes(&[8; 32])), &known), Err(Rejection::Signature));
}

#[test]
fn an_exact_repeat_is_known_and_a_lookalike_with_the_same_sequence_is_not() {
    let bills = bills();
    let sealed = genuine().seal(&platform());
    let after = Knowledge { last_sequence: 11, last_accepted: Some(&sealed), ..knowledge(&bills) };
    assert_eq!(judge(&sealed, &after), Ok(Judgement::Repeat));
    let settled = Knowledge { bills: &[], ..after.clone() };
    assert_eq!(judge(&sealed, &settled), Ok(Judgement::Repeat));
    let mut other = genuine();
    other.subject.server_time = Timestamp(NOW.0 + 1);
    assert_eq!(judge(&other.seal(&platform()), &after), Err(Rejection::OldSequence));
}

#[test]
fn without_a_trusted_clock_nonce_and_sequence_decide_alone() {
    let bills = bills();
    let mut verdict = genuine();
    verdict.subject.valid_until = Timestamp(1);
    let sealed = verdict.seal(&platform());
    let blind = Knowledge { trusted_now: None, ..knowledge(&bills) };
    assert!(matches!(judge(&sealed, &blind), Ok(Judgement::Paid { .. })));
    assert_eq!(judge(&sealed, &knowledge(&bills)), Err(Rejection::Expired));
}
