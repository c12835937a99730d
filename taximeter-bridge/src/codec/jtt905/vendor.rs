//! Vendor extensions that carry a live amount (taximeter.md §2), each from a single source. They are decoded so that a
//! recording can be read; the meter's state never rests on them, because decimals and state bits are unconfirmed.

use serde::Serialize;

use crate::codec::fields::Fields;

/// A vendor's vacant face.
pub const VACANT_DISPLAY: u16 = 0x9900;
/// A vendor's hired face.
pub const HIRED_DISPLAY: u16 = 0x9901;
/// A vendor's shared-ride heartbeat.
pub const SHARED_RIDE: u16 = 0x1FE9;
/// Bytes of one passenger in a shared-ride heartbeat.
const PASSENGER_BYTES: usize = 30;
/// Metres in one step of its distances, 0.01 km.
const STEP_M: u32 = 10;

/// 9900 and 9901, undivided: where the decimal point stands is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "raw fields of an unconfirmed layout; their names are all that is known")]
pub struct Display {
    pub price_raw: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k_raw: Option<String>,
    pub mileage_raw: String,
    pub time_raw: String,
    pub clock_raw: String,
    pub money_raw: String,
    pub state_raw: String,
}

impl Display {
    pub(super) fn read(fields: &mut Fields<'_>, command: u16) -> Self {
        let hired = command == HIRED_DISPLAY;
        Self {
            price_raw: fields.hex(if hired { 1 } else { 2 }),
            k_raw: hired.then(|| fields.hex(1)),
            mileage_raw: fields.hex(4),
            time_raw: fields.hex(3),
            clock_raw: fields.hex(2),
            money_raw: fields.hex(4),
            state_raw: fields.hex(4),
        }
    }
}

/// 1FE9.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SharedRide {
    /// How many passengers the meter says there are.
    pub count: u8,
    /// One entry for each whole record that came.
    pub passengers: Vec<Passenger>,
}

/// One passenger of a shared ride.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Passenger {
    /// The meter's number of the passenger.
    pub index: u8,
    /// Price per kilometre.
    pub unit_fen: Option<u32>,
    /// Distance so far.
    pub distance_m: Option<u32>,
    /// Amount so far.
    pub pay_fen: Option<u32>,
}

impl SharedRide {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        fields.bytes(8);
        let count = fields.byte();
        let mut passengers = Vec::new();
        for _ in 0..count {
            let record = fields.bytes(PASSENGER_BYTES);
            if record.len() < PASSENGER_BYTES {
                break;
            }
            passengers.push(Passenger::read(fields, record));
        }
        Self { count, passengers }
    }
}

impl Passenger {
    fn read(report: &mut Fields<'_>, record: &[u8]) -> Self {
        let mut fields = Fields::new(record);
        let index = fields.byte();
        fields.bytes(14);
        let unit_fen = fields.number("unit_fen", 2, 1);
        let distance_m = fields.number("distance_m", 4, STEP_M);
        fields.bytes(3);
        let pay_fen = fields.number("pay_fen", 4, 1);
        report.also_unknown(fields.into_unknown());
        Self { index, unit_fen, distance_m, pay_fen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_larger_than_the_data_yields_only_whole_records() {
        let ride = SharedRide::read(&mut Fields::new(&[&[0; 8][..], &[200], &[0; 31]].concat()));
        assert_eq!((ride.count, ride.passengers.len()), (200, 1));
    }
}
