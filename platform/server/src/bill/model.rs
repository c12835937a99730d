//! The bill: states and commands. Immutable once settled; a change before that is a new version stated by the car.

use fareway_shared::{
    id::{BillId, DeviceId, FleetId, TripId, VehicleId},
    money::Money,
    protocol::car::EndedHow,
    statement::{BillLine, BillStatement, FareSource},
    time::Timestamp,
};

use super::error::BillError;

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillState {
    /// Open, to be paid.
    Issued,
    /// The driver wants to end it; a live order is being cancelled first.
    Ending(EndedHow),
    /// Covered through the wallet.
    Paid,
    /// Covered otherwise.
    PaidOtherwise,
    /// The passenger left. Money that still arrives settles it.
    LeftUnpaid,
}

impl BillState {
    const ALL: [Self; 6] = [
        Self::Issued,
        Self::Ending(EndedHow::PaidOtherwise),
        Self::Ending(EndedHow::LeftUnpaid),
        Self::Paid,
        Self::PaidOtherwise,
        Self::LeftUnpaid,
    ];

    /// The word in the database and on the console.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Ending(EndedHow::PaidOtherwise) => "ending_paid_otherwise",
            Self::Ending(EndedHow::LeftUnpaid) => "ending_left_unpaid",
            Self::Paid => "paid",
            Self::PaidOtherwise => "paid_otherwise",
            Self::LeftUnpaid => "left_unpaid",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One bill, at its present version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The fleet.
    pub fleet: FleetId,
    /// The bill.
    pub id: BillId,
    /// The car.
    pub vehicle: VehicleId,
    /// The device that stated it; its code key checks scanned codes.
    pub device: DeviceId,
    /// The hire.
    pub trip: TripId,
    /// The version in force.
    pub version: u32,
    /// Where it stands.
    pub state: BillState,
    /// Its lines.
    pub lines: Vec<BillLine>,
    /// Their sum.
    pub total: Money,
    /// Meter or keyed.
    pub source: FareSource,
    /// The car's nonce, which an envelope must name.
    pub nonce: [u8; 16],
    /// When the platform opened it.
    pub opened_at: Timestamp,
    /// When it was paid or ended.
    pub settled_at: Option<Timestamp>,
    /// When the car showed the verdict.
    pub shown_at: Option<Timestamp>,
    /// Optimistic lock: the row's revision as loaded.
    pub revision: i64,
}

/// What captured money did to its bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It covers the bill.
    Covers,
    /// The bill does not need it (settled otherwise, or by an earlier payment): it must go back.
    NotNeeded,
}

impl Bill {
    /// Opens a bill for exactly what the car stated.
    #[must_use]
    pub fn issue(statement: &BillStatement, device: DeviceId, now: Timestamp) -> Self {
        Self {
            fleet: statement.fleet,
            id: statement.bill,
            vehicle: statement.vehicle,
            device,
            trip: statement.trip,
            version: statement.version,
            state: BillState::Issued,
            lines: statement.lines.clone(),
            total: statement.total,
            source: statement.source,
            nonce: statement.nonce,
            opened_at: now,
            settled_at: None,
            shown_at: None,
            revision: 0,
        }
    }

    /// Puts a later version in force. The same version with the same content changes nothing.
    ///
    /// # Errors
    /// The bill is settled, or the version is not a later one.
    pub fn restate(&mut self, statement: &BillStatement, device: DeviceId) -> Result<bool, BillError> {
        if statement.version == self.version && statement.nonce == self.nonce && statement.total == self.total {
            return Ok(false);
        }
        if !self.is_open() {
            return Err(BillError::Settled { bill: self.id });
        }
        if statement.version <= self.version {
            return Err(BillError::StaleVersion { bill: self.id, present: self.version, offered: statement.version });
        }
        self.version = statement.version;
        self.device = device;
        self.lines.clone_from(&statement.lines);
        self.total = statement.total;
        self.source = statement.source;
        self.nonce = statement.nonce;
        Ok(true)
    }

    /// Whether it still waits for money.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, BillState::Issued | BillState::Ending(_))
    }

    /// Takes captured money. An open bill of this version is covered; so is one that was left unpaid (it settles what
    /// the passenger still owed). Anything else does not need it.
    pub fn take(&mut self, version: u32, amount: Money, at: Timestamp) -> Settlement {
        let wanted = self.is_open() || self.state == BillState::LeftUnpaid;
        if wanted && version == self.version && amount == self.total {
            self.state = BillState::Paid;
            self.settled_at = Some(at);
            Settlement::Covers
        } else {
            Settlement::NotNeeded
        }
    }

    /// The driver ends it without the wallet. While an order is live it only begins to end.
    ///
    /// # Errors
    /// It is paid already.
    pub fn end(&mut self, how: EndedHow, order_is_live: bool, at: Timestamp) -> Result<(), BillError> {
        match self.state {
            BillState::Paid => Err(BillError::Settled { bill: self.id }),
            BillState::PaidOtherwise | BillState::LeftUnpaid => Ok(()),
            BillState::Issued | BillState::Ending(_) if order_is_live => {
                self.state = BillState::Ending(how);
                Ok(())
            }
            BillState::Issued | BillState::Ending(_) => {
                self.state = match how {
                    EndedHow::PaidOtherwise => BillState::PaidOtherwise,
                    EndedHow::LeftUnpaid => BillState::LeftUnpaid,
                };
                self.settled_at = Some(at);
                Ok(())
            }
        }
    }

    /// The live order is gone: an ending bill ends now. Returns whether it changed.
    pub fn order_is_gone(&mut self, at: Timestamp) -> bool {
        match self.state {
            BillState::Ending(how) => self.end(how, false, at).is_ok(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use fareway_shared::{
        money::Currency,
        statement::{BillLine, LineKind},
    };

    use super::*;

    fn statement(version: u32, minor: i64) -> BillStatement {
        let id = uuid::Uuid::from_u128;
        BillStatement {
            fleet: FleetId(id(1)),
            vehicle: VehicleId(id(2)),
            trip: TripId(id(3)),
            bill: BillId(id(4)),
            version,
            frames_sha256: [0; 32],
            source: FareSource::Meter,
            lines: vec![BillLine { kind: LineKind::Fare, amount_minor: minor }],
            total: Money::new(minor, Currency::CNY),
            nonce: [u8::try_from(version).unwrap(); 16],
            counter: 1,
            stated_at: Timestamp(0),
        }
    }

    fn in_state(state: BillState) -> Bill {
        let mut bill = Bill::issue(&statement(1, 2340), DeviceId(uuid::Uuid::nil()), Timestamp(1));
        bill.state = state;
        bill
    }

    #[test]
    fn money_covers_an_open_bill_or_an_unpaid_one_and_nothing_else() {
        let full = Money::new(2340, Currency::CNY);
        for state in BillState::ALL {
            let mut bill = in_state(state);
            let wanted = !matches!(state, BillState::Paid | BillState::PaidOtherwise);
            let expected = if wanted { Settlement::Covers } else { Settlement::NotNeeded };
            assert_eq!(bill.take(1, full, Timestamp(2)), expected, "{state:?}");
            assert_eq!(in_state(state).take(2, full, Timestamp(2)), Settlement::NotNeeded, "{state:?}, old version");
            let short = Money::new(2339, Currency::CNY);
            assert_eq!(in_state(state).take(1, short, Timestamp(2)), Settlement::NotNeeded, "{state:?}, wrong amount");
        }
    }

    #[test]
    fn a_settled_bill_is_never_restated_and_an_old_version_never_returns() {
        let device = DeviceId(uuid::Uuid::nil());
        assert_eq!(in_state(BillState::Issued).restate(&statement(1, 2340), device), Ok(false));
        assert_eq!(in_state(BillState::Issued).restate(&statement(2, 2000), device), Ok(true));
        let mut second = in_state(BillState::Issued);
        second.restate(&statement(3, 1500), device).unwrap();
        assert!(matches!(second.restate(&statement(2, 2000), device), Err(BillError::StaleVersion { .. })));
        for state in [BillState::Paid, BillState::PaidOtherwise, BillState::LeftUnpaid] {
            assert!(matches!(in_state(state).restate(&statement(2, 2000), device), Err(BillError::Settled { .. })));
        }
    }

    #[test]
    fn a_bill_with_a_live_order_ends_only_once_the_order_is_gone() {
        let mut bill = in_state(BillState::Issued);
        bill.end(EndedHow::LeftUnpaid, true, Timestamp(2)).unwrap();
        assert_eq!(bill.state, BillState::Ending(EndedHow::LeftUnpaid));
        assert!(bill.order_is_gone(Timestamp(3)));
        assert_eq!(bill.state, BillState::LeftUnpaid);
        assert!(!in_state(BillState::Issued).order_is_gone(Timestamp(3)));
        assert!(in_state(BillState::Paid).end(EndedHow::PaidOtherwise, false, Timestamp(3)).is_err());
    }

    #[test]
    fn every_state_has_a_word_that_reads_back() {
        for state in BillState::ALL {
            assert_eq!(BillState::from_word(state.word()), Some(state));
        }
    }
}
