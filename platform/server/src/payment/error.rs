//! What can go wrong while collecting.

use crate::store_error::StoreError;

/// Why a use case did not finish. An unclear answer of Alipay is never an error; it is a state.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// The database.
    #[error("the payment's records could not be read or written")]
    Store(#[from] StoreError),
    /// Other changes kept coming first.
    #[error("the payment is being changed by somebody else; try again")]
    Busy,
}
