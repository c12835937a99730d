//! What the engine asks of a simulated meter, whichever protocol it speaks. Time is the span since the meter was started.

use std::time::Duration;

use super::taxi::Ride;

pub(super) trait Cab: Send {
    /// The driver signs in.
    fn sign_in(&mut self, now: Duration);

    /// The driver signs out.
    fn sign_out(&mut self, now: Duration);

    /// A passenger boards; `plan` fixes the ride's amount (steps) and length (seconds).
    fn hire(&mut self, now: Duration, plan: Option<(u32, u64)>);

    /// The passenger alights; `steps` overrides the amount.
    fn stop(&mut self, now: Duration, steps: Option<u32>) -> Option<Ride>;

    /// Whether a ride runs.
    fn is_hired(&self) -> bool;

    /// The frames that are due.
    fn frames(&mut self, now: Duration) -> Vec<Vec<u8>>;

    /// Another good frame, to stand behind a bad one.
    fn filler(&self, now: Duration) -> Vec<u8>;

    /// What a host sent, or nothing; `lose_answer` says whether an acknowledgement is to go unheard.
    fn hear(&mut self, bytes: &[u8], now: Duration, lose_answer: &mut dyn FnMut() -> bool);

    /// A terminal in the car answered a record.
    fn acknowledged(&mut self, command: u16, done: bool);

    /// The meter lost its power and is back at `ready`.
    fn reboot(&mut self, now: Duration, ready: Duration);

    /// Whether nothing is owed to the host any more.
    fn is_settled(&self) -> bool;
}
