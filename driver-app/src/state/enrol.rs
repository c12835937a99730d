//! Enrolment: the driver types the one-time code from the console, the device makes its key pair, and the grant counts
//! only if the platform key in it has the fingerprint that the code carried (confirmation.md §3, "Identity").

use fareway_shared::{
    enrolment::{EnrolRequest, Enrolled, EnrolmentCode, prove},
    protocol::car::LinkRefusal,
    signature::{PrivateKey, Signed},
};
use rand::RngCore;

use super::{Car, Effects, Identity, Ledger, Order, State, Unit};

/// Letters and digits of a whole code.
pub(crate) const CODE_LETTERS: usize = 32;

/// How enrolment stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Enrolling {
    opened: bool,
    typed: String,
    attempt: Option<Attempt>,
    problem: Option<Problem>,
}

#[derive(Clone, Debug)]
struct Attempt {
    code: EnrolmentCode,
    key: PrivateKey,
}

/// Why the last attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The code is not complete.
    Incomplete,
    /// The platform does not know the code, or it was used, or it is out of date.
    Refused,
    /// Whoever answered does not hold the key that the code names.
    OtherPlatform,
}

impl Enrolling {
    /// The driver of a damaged unit wants to type a code.
    pub(super) fn open(&mut self) {
        self.opened = true;
    }

    /// Whether the page to type a code is in use.
    pub(super) fn is_open(&self) -> bool {
        self.opened || self.attempt.is_some() || !self.typed.is_empty()
    }

    pub(super) fn key(&mut self, letter: char) {
        if self.typed.chars().count() < CODE_LETTERS && letter.is_ascii_alphanumeric() {
            self.typed.push(letter.to_ascii_uppercase());
            self.problem = None;
        }
    }

    pub(super) fn erase(&mut self) {
        self.typed.pop();
        self.problem = None;
    }

    pub(super) fn typed(&self) -> &str {
        &self.typed
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.attempt.is_some()
    }

    pub(super) fn problem(&self) -> Option<Problem> {
        self.problem
    }

    /// The proof for this connection's challenge, if there is a code to prove.
    pub(super) fn request(&self, challenge: &[u8; 32]) -> Option<EnrolRequest> {
        self.attempt.as_ref().map(|attempt| prove(&attempt.key, challenge, &attempt.code.secret))
    }

    /// The platform refused; a busy one is tried again.
    pub(super) fn refused(&mut self, reason: LinkRefusal, effects: &mut Effects) {
        if reason == LinkRefusal::Busy {
            return;
        }
        self.attempt = None;
        self.problem = Some(Problem::Refused);
        effects.orders.push(Order::RestLink);
    }
}

impl State {
    pub(super) fn enrol_with(&mut self, typed: &str, random: &mut dyn RngCore, effects: &mut Effects) {
        if matches!(self.unit, Unit::Ready(_)) {
            return;
        }
        self.enrol.typed = typed.chars().filter(char::is_ascii_alphanumeric).take(CODE_LETTERS).collect();
        self.enrol.typed.make_ascii_uppercase();
        match EnrolmentCode::parse(typed) {
            Ok(code) => {
                let mut secret = [0; 32];
                random.fill_bytes(&mut secret);
                self.enrol.attempt = Some(Attempt { code, key: PrivateKey::from_bytes(&secret) });
                self.enrol.problem = None;
                effects.orders.push(Order::OpenLink);
            }
            Err(_) => self.enrol.problem = Some(Problem::Incomplete),
        }
    }

    /// The grant arrived: from here on the car knows who it is, and greets on a fresh connection.
    pub(super) fn enrolled(&mut self, grant: &Signed, effects: &mut Effects) {
        let Some(Attempt { code, key }) = self.enrol.attempt.take() else { return };
        match Enrolled::open(grant, &code, &key.public()) {
            Ok(grant) => {
                let ledger = Ledger::new(grant.device, grant.last_sequence);
                let identity = Identity { key, grant, previous_platform_key: None };
                self.unit = Unit::Ready(Box::new(Car { identity, ledger }));
                self.enrol = Enrolling::default();
                self.link_lost();
                effects.orders.push(Order::DropLink);
            }
            Err(error) => {
                self.enrol.problem = Some(Problem::OtherPlatform);
                effects.warn(format!("The enrolment grant is not from the platform that the code names: {error}"));
                effects.orders.push(Order::RestLink);
            }
        }
    }
}
