//! Verdicts: an envelope is judged, then written, then shown. One that fails any check changes nothing on the screen
//! (confirmation.md §3, "Envelope"); it is counted, and the platform is told.

use std::time::Duration;

use fareway_shared::{
    envelope::{
        judge::{Judgement, Knowledge, Rejection, judge},
        verdict::{Finding, Verdict},
    },
    protocol::car::{CarCommand, FromCar},
    signature::Signed,
    succession::Succession,
};
use sha2::{Digest, Sha256};

use super::{
    Effects, Moment, Opened, Purpose, State, Unit,
    ledger::{Bill, Face, Settled, Strip},
};

/// At most one command about rejected envelopes in this time, however many come.
const REJECTION_REPORT_EVERY: Duration = Duration::from_secs(10);
/// Verdicts that may wait for the screen to say that it drew them.
const UNSHOWN_MAX: usize = 32;

/// Envelopes that failed their checks and were not reported yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Rejected {
    count: u32,
    last: Option<Rejection>,
    not_before: Duration,
}

impl Rejected {
    pub(super) fn due_at(&self) -> Option<Duration> {
        self.last.map(|_| self.not_before)
    }
}

impl State {
    pub(super) fn envelope(&mut self, envelope: &Signed, now: Moment, effects: &mut Effects) {
        let Unit::Ready(car) = &self.unit else { return };
        let ledger = &car.ledger;
        let digest = digest(envelope);
        if ledger.accepted.contains(&digest) {
            return effects.send(FromCar::Received { sequence: ledger.last_sequence });
        }
        let bills: Vec<_> = ledger.bills.iter().flat_map(Bill::known).collect();
        let grant = &car.identity.grant;
        let judged = judge(
            envelope,
            &Knowledge {
                platform_key: grant.platform_key,
                fleet: grant.fleet,
                vehicle: grant.vehicle,
                plate: &grant.plate,
                bills: &bills,
                last_sequence: ledger.last_sequence,
                last_accepted: ledger.last_accepted.as_ref(),
                trusted_now: self.trusted.map(|anchor| anchor.at(now)),
                tip_cap_minor: grant.cap_minor,
            },
        );
        match judged {
            Ok(Judgement::Repeat) => effects.send(FromCar::Received { sequence: ledger.last_sequence }),
            Ok(Judgement::Paid { verdict, .. } | Judgement::PartPaid { verdict, .. }) => {
                self.accept(verdict, envelope, digest, effects);
            }
            Ok(Judgement::NotPaid { verdict, .. }) => self.accept(verdict, envelope, digest, effects),
            Err(reason) => self.reject(reason, now, effects),
        }
    }

    fn accept(&mut self, verdict: Verdict, envelope: &Signed, digest: String, effects: &mut Effects) {
        let on_screen = self.bill_on_screen() == Some(verdict.subject.bill);
        let Unit::Ready(car) = &mut self.unit else { return };
        let ledger = &mut car.ledger;
        let sequence = verdict.subject.sequence;
        ledger.last_sequence = sequence;
        ledger.last_accepted = Some(envelope.clone());
        ledger.remember_accepted(digest);
        effects.send(FromCar::Received { sequence });
        let Some(bill) = ledger.bill_mut(verdict.subject.bill) else { return };
        let was_paid = bill.settled == Some(Settled::Paid);
        let of_earlier = bill.statement.version != verdict.subject.version;
        if of_earlier && !(matches!(verdict.finding, Finding::Covered(_)) && bill.go_back_to(verdict.subject.version)) {
            // An attempt at the version before came to nothing; the present one is still to be opened.
            return;
        }
        let total = bill.statement.total;
        let takes_the_screen = match &verdict.finding {
            // A settled bill's verdict, signed again because the first answer was lost: nothing new to show.
            _ if was_paid => return,
            Finding::Covered(cover) => {
                bill.covered_minor = cover.by_wallet_minor.saturating_add(cover.otherwise_minor);
                bill.not_paid = None;
                if bill.covered_minor == total.minor {
                    (bill.settled, bill.ending) = (Some(Settled::Paid), None);
                }
                bill.settled == Some(Settled::Paid)
            }
            Finding::NotPaid { reason } => {
                bill.not_paid = Some(*reason);
                bill.settled.is_none()
            }
        };
        ledger.unshown.push_back((verdict.subject.bill, sequence));
        while ledger.unshown.len() > UNSHOWN_MAX {
            ledger.unshown.pop_front();
        }
        self.progress.retain(|(known, _)| *known != verdict.subject.bill);
        if on_screen && takes_the_screen {
            ledger.face = Some(Face { verdict, total, dismissed: false });
            self.redrawn = false;
            self.opened = Opened::Nothing;
        } else if !on_screen && matches!(verdict.finding, Finding::Covered(_)) {
            ledger.add_strip(Strip { verdict, total });
        }
    }

    /// The bill that the driver sees at this moment. The list and the fare keypad cover it; the keypad for one of its
    /// extras does not.
    pub(super) fn bill_on_screen(&self) -> Option<fareway_shared::id::BillId> {
        let Unit::Ready(car) = &self.unit else { return None };
        let covered = !matches!(self.opened, Opened::Nothing | Opened::Keypad { purpose: Purpose::Extra(_), .. });
        car.ledger.focus.filter(|_| !covered)
    }

    pub(super) fn reject(&mut self, reason: Rejection, now: Moment, effects: &mut Effects) {
        self.rejected.count = self.rejected.count.saturating_add(1);
        self.rejected.last = Some(reason);
        effects.warn(format!("An envelope was not believed: {reason}"));
        if reason == Rejection::Expired {
            // The platform signs a new one when it is asked (confirmation.md §3).
            self.poll_soon(now);
        }
    }

    /// Tells the platform of rejected envelopes, at a bounded pace.
    pub(super) fn report_rejections(&mut self, now: Moment) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(last) = self.rejected.last.filter(|_| self.rejected.not_before <= now.tick) else { return };
        let count = self.rejected.count;
        car.ledger.issue(CarCommand::EnvelopesRejected { count, last_reason: last.to_string() });
        let not_before = now.tick.saturating_add(REJECTION_REPORT_EVERY);
        self.rejected = Rejected { not_before, ..Rejected::default() };
    }

    /// A new platform key counts only if the pinned one signed it. The identity is written before the ledger, so after a
    /// power cut between the two the announcement comes again and is known by the key before.
    pub(super) fn new_platform_key(
        &mut self,
        sequence: u64,
        announcement: &Signed,
        now: Moment,
        effects: &mut Effects,
    ) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let (identity, ledger) = (&mut car.identity, &mut car.ledger);
        if sequence <= ledger.last_sequence {
            return effects.send(FromCar::Received { sequence: ledger.last_sequence });
        }
        let pinned = identity.grant.platform_key;
        let fits =
            |succession: &Succession| succession.vehicle == identity.grant.vehicle && succession.sequence == sequence;
        let repeated = identity.previous_platform_key.is_some_and(|previous| {
            Succession::open(announcement, &previous).is_ok_and(|known| fits(&known) && known.key == pinned)
        });
        match Succession::open(announcement, &pinned) {
            _ if repeated => {}
            Ok(succession) if fits(&succession) => {
                identity.previous_platform_key = Some(pinned);
                identity.grant.platform_key = succession.key;
            }
            Ok(_) => return self.reject(Rejection::OtherCar, now, effects),
            Err(error) => {
                effects.warn(format!("A new platform key was announced, but not by the platform: {error}"));
                return self.reject(Rejection::Signature, now, effects);
            }
        }
        ledger.last_sequence = sequence;
        effects.send(FromCar::Received { sequence });
    }

    /// The screen has drawn a verdict: the platform is told, once.
    pub(super) fn shown(&mut self, sequence: u64, now: Moment) {
        let shown_at = self.trusted.map_or(now.wall, |anchor| anchor.at(now));
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(place) = car.ledger.unshown.iter().position(|(_, unshown)| *unshown == sequence) else { return };
        if let Some((bill, sequence)) = car.ledger.unshown.remove(place) {
            car.ledger.issue(CarCommand::VerdictShown { bill, sequence, shown_at });
        }
    }
}

fn digest(envelope: &Signed) -> String {
    hex::encode(Sha256::new().chain_update(&envelope.body).chain_update(envelope.signature).finalize())
}
