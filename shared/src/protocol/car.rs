//! Car ↔ platform, JSON text frames over one WebSocket.
//!
//! The platform speaks first, with a challenge. The car answers with a greeting (or an enrolment), and from then on
//! sends numbered commands, which it keeps on disk until they are acknowledged, and reports, which it forgets. The
//! platform sends envelopes, which it repeats until the car has persisted them, and hints, which it forgets.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Reader, Writer},
    enrolment::EnrolRequest,
    fix::RawFix,
    handshake::SignedHello,
    id::{BillId, DeviceId, OfferId, TripId},
    meter::{MeterState, RunningFare, TripRecord},
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
    time::Timestamp,
};

/// Largest text frame either side accepts, bytes.
pub const FRAME_BYTES_MAX: usize = 16 * 1024;
/// The car pings after this much silence, and the platform closes a link that was silent three times as long, seconds.
pub const HEARTBEAT_S: u64 = 20;

/// Everything a car sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromCar {
    /// First message of a device that has no identity yet.
    Enrol(EnrolRequest),
    /// First message of an enrolled device.
    Hello(SignedHello),
    /// A numbered command, signed.
    Command(SignedCommand),
    /// How things stand; the latest counts.
    Report(CarReport),
    /// The car has persisted every platform message up to this sequence.
    Received {
        /// Highest persisted sequence.
        sequence: u64,
    },
    /// What about these bills? Sent at 2, 4, 8 … s while an answer is missing.
    AskBills {
        /// At most 16 bills.
        bills: Vec<BillId>,
    },
    /// Where the car has been since the last such message, oldest first. Not kept: the next one says more.
    Fixes {
        /// At most [`crate::fix::FIXES_MAX`].
        fixes: Vec<RawFix>,
    },
}

/// Everything the platform sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToCar {
    /// First message on every connection.
    Challenge {
        /// 32 random bytes.
        #[serde(with = "hex::serde")]
        nonce: [u8; 32],
    },
    /// The answer to an enrolment: a sealed [`crate::enrolment::Enrolled`].
    Enrolled {
        /// The grant.
        grant: Signed,
    },
    /// The answer to a greeting: a sealed [`crate::handshake::Welcome`].
    Welcome {
        /// The answer.
        welcome: Signed,
    },
    /// Refused; the platform closes the link after this.
    Refused {
        /// Why.
        reason: LinkRefusal,
    },
    /// The outcome of a numbered command.
    CommandDone {
        /// Which.
        number: u64,
        /// What became of it.
        outcome: CommandOutcome,
    },
    /// A sealed [`crate::envelope::verdict::Verdict`]; repeated until `Received`.
    Envelope {
        /// Its sequence, also inside.
        sequence: u64,
        /// The verdict.
        envelope: Signed,
    },
    /// A bill that another unit of this car stated: a sealed [`crate::inheritance::Inheritance`]. Sent after every
    /// greeting until the bill is reissued or its confirmation shown.
    InheritBill {
        /// The bill.
        inheritance: Signed,
    },
    /// A sealed [`crate::succession::Succession`]; repeated until `Received`.
    NewPlatformKey {
        /// Its sequence, also inside.
        sequence: u64,
        /// The announcement, signed by the old key.
        announcement: Signed,
    },
    /// An offer or a reserved trip: a sealed [`crate::ride::DriverNotice`]; repeated until `Received`.
    Told {
        /// Its sequence, also inside.
        sequence: u64,
        /// The notice.
        notice: Signed,
    },
    /// Why positions were not believed, once for each reason while it lasts. A hint.
    FixRefused {
        /// A sentence for the driver, Chinese.
        zh: String,
        /// A sentence for the driver, English.
        en: String,
    },
    /// Where a bill stands. A hint for "waiting" and "checking"; never a verdict.
    BillProgress {
        /// Which bill.
        bill: BillId,
        /// Which version.
        version: u32,
        /// Where it stands.
        progress: BillProgress,
    },
}

/// Why a link was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkRefusal {
    /// The enrolment code is unknown, used or out of date.
    EnrolmentCode,
    /// The device is unknown or its signature does not fit.
    Identity,
    /// The device was revoked at the console.
    Revoked,
    /// Two links on one key, or a counter that went back: suspended until a dispatcher looks.
    Suspended,
    /// Another program version is needed.
    Protocol,
    /// Too many links, or the platform is going down; try again later.
    Busy,
}

/// Where a bill stands, as a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillProgress {
    /// The platform has opened the bill; nobody is paying yet.
    Open,
    /// A phone has opened the payment.
    Paying,
    /// Money may have moved; Alipay is being asked.
    Checking,
    /// Paid; if the envelope was lost, it is on its way again.
    Paid,
    /// The bill was ended without the wallet.
    Ended,
    /// The platform has never heard of it; state it again.
    Unknown,
}

/// A command with its number, signed by the device over exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCommand {
    /// Number and JSON of the command, in canonical bytes, with the signature.
    pub sealed: Signed,
}

const COMMAND: [u8; 4] = *b"FWCM";

impl SignedCommand {
    /// Numbers and signs a command.
    ///
    /// # Errors
    /// The command cannot be written as JSON.
    pub fn seal(
        device: DeviceId,
        number: u64,
        command: &CarCommand,
        key: &PrivateKey,
    ) -> Result<Self, serde_json::Error> {
        let json = serde_json::to_vec(command)?;
        let body = Writer::new(COMMAND, 1).fixed(&device.bytes()).u64(number).bytes(&json).finish();
        Ok(Self { sealed: key.seal(body) })
    }

    /// Checks the signature, then reads number and command.
    ///
    /// # Errors
    /// Another key or device, or malformed.
    pub fn open(&self, device: DeviceId, key: &PublicKey) -> Result<(u64, CarCommand), SignatureError> {
        let malformed = crate::canonical::CanonicalError::Malformed;
        let mut reader = Reader::open(self.sealed.verified_by(key)?, COMMAND, 1)?;
        if reader.array::<16>()? != device.bytes() {
            return Err(SignatureError::BadSignature);
        }
        let number = reader.u64()?;
        let command = serde_json::from_slice(reader.bytes()?).map_err(|_| malformed)?;
        reader.close()?;
        Ok((number, command))
    }
}

/// What a car asks for, durably and in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum CarCommand {
    /// The meter went to hired.
    StartTrip {
        /// The hire.
        trip: TripId,
        /// By the car's clock; `None` when the start was only implied.
        started_at: Option<Timestamp>,
    },
    /// The hire ended without a bill (the driver discarded it, or the meter showed nothing to pay).
    EndTrip {
        /// The hire.
        trip: TripId,
    },
    /// The meter stopped: open this bill. A higher version replaces the bill's earlier one.
    OpenBill {
        /// A sealed [`crate::statement::BillStatement`].
        statement: Signed,
        /// The meter's record behind it; absent when keyed.
        record: Option<TripRecord>,
    },
    /// A record that came late, or after the fare was keyed. It never opens a bill.
    LateRecord {
        /// The hire it belongs to, if the car can tell.
        trip: Option<TripId>,
        /// The record.
        record: TripRecord,
    },
    /// The driver ends a bill without the wallet; a live order is cancelled first.
    EndBill {
        /// Which bill.
        bill: BillId,
        /// Which version the driver saw.
        version: u32,
        /// How it ended.
        how: EndedHow,
    },
    /// A verdict was persisted and shown.
    VerdictShown {
        /// Which bill.
        bill: BillId,
        /// Which envelope.
        sequence: u64,
        /// When, by the car's clock.
        shown_at: Timestamp,
    },
    /// The driver takes an offered ride.
    AcceptOffer {
        /// Which.
        offer: OfferId,
    },
    /// The driver does not take it; it goes to the next car at once.
    DeclineOffer {
        /// Which.
        offer: OfferId,
    },
    /// A reserved trip moves on by the driver's hand. Boarding is told by the meter: [`Self::StartTrip`] with the trip's id.
    MoveTrip {
        /// Which.
        trip: TripId,
        /// How.
        step: TripStep,
    },
    /// The driver's duty changes.
    SetDuty {
        /// To this.
        duty: Duty,
    },
    /// Envelopes failed their checks since the last such command. Raises an alarm.
    EnvelopesRejected {
        /// How many.
        count: u32,
        /// The last reason, in words for the log.
        last_reason: String,
    },
}

/// What a driver says of a reserved trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum TripStep {
    /// On the way to the pick-up.
    Depart,
    /// At the pick-up.
    Arrive,
    /// The passenger is on board; with the passenger's number where the fleet wants it.
    Board {
        /// As the driver keyed it.
        pin: Option<String>,
    },
    /// The passenger did not come.
    NoShow,
    /// The driver cannot do it; it goes to another car.
    GiveUp,
}

/// Whether a driver takes rides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "duty", rename_all = "snake_case")]
pub enum Duty {
    /// Not at work.
    #[default]
    OffShift,
    /// Takes rides.
    OnShift,
    /// Rests.
    Paused,
    /// Finishes the trip under way, then is off shift.
    LastJob,
    /// Takes only rides that lead home.
    GoHome {
        /// Home, or wherever the shift ends.
        to: crate::place::LatLng,
    },
}

/// How a driver ended a bill without the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedHow {
    /// Cash, card, or anything else that is not the wallet.
    PaidOtherwise,
    /// The passenger left without paying.
    LeftUnpaid,
}

/// [`CommandOutcome::Refused`]'s word for a bill that is settled already: what the car stated before is in force.
pub const SETTLED: &str = "settled";

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CommandOutcome {
    /// Done, now or when it first arrived.
    Done,
    /// Refused for good; sending it again will not help.
    Refused {
        /// A stable word for programs.
        code: String,
        /// A sentence for the driver, Chinese.
        zh: String,
        /// A sentence for the driver, English.
        en: String,
    },
}

/// How things stand in the car. The latest one counts; nothing is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarReport {
    /// The meter's position.
    pub meter: MeterState,
    /// The meter's line has been silent for too long.
    pub stale: bool,
    /// The running fare, only if this meter gives one.
    pub fare: Option<RunningFare>,
    /// The hire under way, if any.
    pub trip: Option<TripId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_only_under_the_key_and_device_that_sealed_it() {
        let key = PrivateKey::from_bytes(&[1; 32]);
        let device = DeviceId(uuid::Uuid::from_u128(1));
        let command = CarCommand::EndTrip { trip: TripId(uuid::Uuid::from_u128(2)) };
        let sealed = SignedCommand::seal(device, 9, &command, &key).unwrap();
        assert_eq!(sealed.open(device, &key.public()), Ok((9, command)));
        assert!(sealed.open(DeviceId(uuid::Uuid::from_u128(3)), &key.public()).is_err());
        assert!(sealed.open(device, &PrivateKey::from_bytes(&[2; 32]).public()).is_err());
    }

    #[test]
    fn messages_keep_their_json_form() {
        let hint =
            ToCar::BillProgress { bill: BillId(uuid::Uuid::nil()), version: 1, progress: BillProgress::Checking };
        assert_eq!(
            serde_json::to_string(&hint).unwrap(),
            r#"{"type":"bill_progress","bill":"00000000-0000-0000-0000-000000000000","version":1,"progress":"checking"}"#
        );
        let report = FromCar::Report(CarReport {
            meter: MeterState::Hired { time_running: true },
            stale: false,
            fare: None,
            trip: None,
        });
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"type":"report","meter":{"position":"hired","time_running":true},"stale":false,"fare":null,"trip":null}"#
        );
    }
}
