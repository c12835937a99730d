//! What signing in needs from the store.

use async_trait::async_trait;
use fareway_shared::time::Timestamp;

use crate::{
    identity::model::{Dispatcher, DispatcherName, Session, TokenHash},
    store_error::StoreError,
};

/// Dispatchers and sessions on disk.
#[async_trait]
pub trait IdentityStore: Send + Sync {
    /// Adds a dispatcher; `false` if the installation has one with this name already.
    async fn add_dispatcher(&self, dispatcher: &Dispatcher) -> Result<bool, StoreError>;

    /// The dispatcher with this name, in any fleet.
    async fn find_dispatcher(&self, name: &DispatcherName) -> Result<Option<Dispatcher>, StoreError>;

    /// Saves a session. Those that ended before `now` may be deleted on the way.
    async fn save_session(&self, session: &Session, now: Timestamp) -> Result<(), StoreError>;

    /// The session with this token, ended or not.
    async fn find_session(&self, token: &TokenHash) -> Result<Option<Session>, StoreError>;

    /// Deletes a session; an unknown one is no error.
    async fn delete_session(&self, token: &TokenHash) -> Result<(), StoreError>;
}
