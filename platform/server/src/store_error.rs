//! The one error that every port of the store speaks, free of any database's words. The adapter keeps the cause.

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the same row first, or the database resolved a race against us: load again and retry.
    #[error("another change came first")]
    Conflict,
    /// The database cannot be reached, is locked, full or unreadable.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row does not read as what it should be.
    #[error("a stored value of {what} cannot be read: {value}")]
    Unreadable {
        /// Which column or entity.
        what: &'static str,
        /// What was found.
        value: String,
    },
}
