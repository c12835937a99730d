//! Live links to cars, on a listener of their own. This adapter checks frames, signatures of nothing, limits and
//! silence; what a message means is decided behind [`crate::fleet::ports::CarDesk`].
//!
//! Reading order: [`settings`] bounds everything; [`listener`] accepts; `greeting` finds out who it is and whether the
//! device is already here; `session` is one car's link from then on; [`hub`] is who is connected, as the house sees it.
//! Beneath lie `socket` (frames), `queue` (what waits for one car) and `order` (sequences only ever go up).

pub mod hub;
pub mod listener;
pub mod settings;

mod greeting;
mod order;
mod queue;
mod session;
mod socket;
