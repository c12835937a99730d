//! What a bill refuses.

use fareway_shared::id::BillId;

/// Why a command on a bill was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// A version that is not above the present one, with other content.
    #[error("bill {bill} is at version {present}; version {offered} came too late")]
    StaleVersion {
        /// Which bill.
        bill: BillId,
        /// The version in force.
        present: u32,
        /// The version offered.
        offered: u32,
    },
    /// The bill is settled; nothing can change it any more.
    #[error("bill {bill} is settled already")]
    Settled {
        /// Which bill.
        bill: BillId,
    },
}
