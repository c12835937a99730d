//! Tariffs, journeys and quotes: pure, integer in everything that is money.
//!
//! Reading order: [`tariff`] and [`week`] are the rates, [`text`] is how they are written, [`file`] reads and checks them,
//! [`zone`] is where they differ; [`journey`] is what is asked; [`circumstances`] is what clocks and map say to it; [`fare`]
//! and [`mod@quote`] work it out; [`mod@gap`] compares it with the meter afterwards; [`version`] is what is kept of it all.
//! [`mod@local_time`] stands for itself.

mod circumstances;
mod fare;
mod file;
mod gap;
mod journey;
mod local_time;
mod quote;
mod tariff;
mod text;
mod version;
mod week;
mod zone;

#[cfg(test)]
mod tests;

pub use circumstances::{Circumstances, ClockSpan};
pub use gap::{Driven, Gap, Reason, Share, gap};
pub use journey::{Journey, WantedExtra};
pub use local_time::{IfRepeated, LocalTimeError, local_text, local_time};
pub use quote::{LineKind, Quote, QuoteKind, QuoteLine, quote};
pub use tariff::{Counts, Direction, Extra, Tariff, Toll};
pub use version::{StoredQuote, TariffVersion};
pub use zone::{Shape, Zone};
