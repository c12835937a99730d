//! Signing in and out, and making dispatchers. Called by the routes and by the command line.

use std::{net::IpAddr, sync::Arc, time::Duration};

use fareway_shared::{
    id::{DispatcherId, FleetId},
    time::Timestamp,
};
use rand::{RngCore, rngs::OsRng};
use tokio::sync::watch;

use crate::identity::{
    error::IdentityError,
    model::{Dispatcher, DispatcherName, Password, Session, SessionToken},
    password::Passwords,
    ports::IdentityStore,
    tries::{Subject, Tries, TryLimits},
};

/// How long a session lasts and how often a guess is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentitySettings {
    /// From sign-in to the end of the session.
    pub session_lasts: Duration,
    /// Wrong tries.
    pub tries: TryLimits,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        Self { session_lasts: Duration::from_secs(12 * 3600), tries: TryLimits::default() }
    }
}

/// The use cases of this slice.
pub struct IdentityService {
    store: Arc<dyn IdentityStore>,
    passwords: Passwords,
    tries: Tries,
    session_lasts: Duration,
    sign_outs: watch::Sender<u64>,
}

impl std::fmt::Debug for IdentityService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityService")
    }
}

impl IdentityService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn IdentityStore>, settings: IdentitySettings) -> Self {
        Self {
            store,
            passwords: Passwords::default(),
            tries: Tries::new(settings.tries),
            session_lasts: settings.session_lasts,
            sign_outs: watch::Sender::new(0),
        }
    }

    /// Makes a dispatcher of a fleet.
    ///
    /// # Errors
    /// The name is taken or not a name, or the password is too short.
    pub async fn create_dispatcher(
        &self,
        fleet: FleetId,
        name: &str,
        password: String,
    ) -> Result<DispatcherId, IdentityError> {
        let name = DispatcherName::parse(name)?;
        let password_hash = self.passwords.hash(Password::chosen(password)?).await?;
        let id = DispatcherId(uuid::Uuid::now_v7());
        let added = self.store.add_dispatcher(&Dispatcher { fleet, id, name, password_hash }).await?;
        if added { Ok(id) } else { Err(IdentityError::NameTaken) }
    }

    /// Signs in from an address: the token for the cookie, and the session that it opens.
    ///
    /// # Errors
    /// Wrong, or locked; one and the same for an unknown name and a wrong password.
    pub async fn sign_in(
        &self,
        name: &str,
        password: Password,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(SessionToken, Session), IdentityError> {
        let name = DispatcherName::parse(name).map_err(|_| IdentityError::WrongCredentials)?;
        let subjects = [Subject::address(address), Subject::Name(name.clone())];
        for subject in &subjects {
            self.tries.begin(subject, now).map_err(|wait| IdentityError::Locked { wait })?;
        }
        if password.is_endless() {
            return Err(IdentityError::WrongCredentials);
        }
        let found = self.store.find_dispatcher(&name).await?;
        let stored = found.as_ref().map(|dispatcher| dispatcher.password_hash.clone());
        let right = self.passwords.fits(password, stored).await?;
        let Some(dispatcher) = found.filter(|_| right) else {
            tracing::warn!(dispatcher.name = name.as_str(), %address, "a sign-in at the console was refused");
            return Err(IdentityError::WrongCredentials);
        };
        subjects.iter().for_each(|subject| self.tries.succeeded(subject));
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        let token = SessionToken::from_random(bytes);
        let session = Session {
            token: token.hash(),
            fleet: dispatcher.fleet,
            dispatcher: dispatcher.id,
            name: dispatcher.name,
            expires_at: now.after(self.session_lasts),
        };
        self.store.save_session(&session, now).await?;
        Ok((token, session))
    }

    /// Who is behind a token.
    ///
    /// # Errors
    /// Nobody, or not any more.
    pub async fn session(&self, token: &SessionToken, now: Timestamp) -> Result<Session, IdentityError> {
        let found = self.store.find_session(&token.hash()).await?;
        found.filter(|session| session.stands(now)).ok_or(IdentityError::SignedOut)
    }

    /// Whether a session that was found earlier still stands.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn stands(&self, session: &Session, now: Timestamp) -> Result<bool, IdentityError> {
        Ok(session.stands(now) && self.store.find_session(&session.token).await?.is_some())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_out(&self, session: &Session) -> Result<(), IdentityError> {
        self.store.delete_session(&session.token).await?;
        self.sign_outs.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    /// Fires whenever somebody has signed out here; whoever holds a session open looks again.
    #[must_use]
    pub fn sign_outs(&self) -> watch::Receiver<u64> {
        self.sign_outs.subscribe()
    }

    /// How long a session lasts.
    #[must_use]
    pub fn session_lasts(&self) -> Duration {
        self.session_lasts
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{collections::HashMap, sync::Mutex};

    use async_trait::async_trait;

    use super::*;
    use crate::{identity::model::TokenHash, store_error::StoreError};

    /// Dispatchers and sessions in memory, for the tests of this slice and of the console.
    #[derive(Default)]
    pub(crate) struct MemoryIdentities {
        dispatchers: Mutex<HashMap<String, Dispatcher>>,
        sessions: Mutex<HashMap<TokenHash, Session>>,
    }

    #[async_trait]
    impl IdentityStore for MemoryIdentities {
        async fn add_dispatcher(&self, dispatcher: &Dispatcher) -> Result<bool, StoreError> {
            let mut dispatchers = self.dispatchers.lock().unwrap();
            let free = !dispatchers.contains_key(dispatcher.name.as_str());
            if free {
                dispatchers.insert(dispatcher.name.as_str().to_owned(), dispatcher.clone());
            }
            Ok(free)
        }

        async fn find_dispatcher(&self, name: &DispatcherName) -> Result<Option<Dispatcher>, StoreError> {
            Ok(self.dispatchers.lock().unwrap().get(name.as_str()).cloned())
        }

        async fn save_session(&self, session: &Session, _: Timestamp) -> Result<(), StoreError> {
            self.sessions.lock().unwrap().insert(session.token, session.clone());
            Ok(())
        }

        async fn find_session(&self, token: &TokenHash) -> Result<Option<Session>, StoreError> {
            Ok(self.sessions.lock().unwrap().get(token).cloned())
        }

        async fn delete_session(&self, token: &TokenHash) -> Result<(), StoreError> {
            self.sessions.lock().unwrap().remove(token);
            Ok(())
        }
    }

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const FLEET: FleetId = FleetId(uuid::Uuid::from_u128(1));
    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    async fn service() -> IdentityService {
        let tries = TryLimits { per_name: 2, per_address: 4, lock: Duration::from_secs(60) };
        let settings = IdentitySettings { tries, ..IdentitySettings::default() };
        let service = IdentityService::new(Arc::new(MemoryIdentities::default()), settings);
        service.create_dispatcher(FLEET, "Wang", "correct horse".into()).await.unwrap();
        service
    }

    async fn try_in(service: &IdentityService, name: &str, password: &str, now: Timestamp) -> Result<Session, String> {
        let signed_in = service.sign_in(name, Password::typed(password.into()), ADDRESS, now).await;
        signed_in.map(|(_, session)| session).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_session_stands_for_twelve_hours_or_until_sign_out() {
        let service = service().await;
        let (token, session) =
            service.sign_in("wang", Password::typed("correct horse".into()), ADDRESS, NOW).await.unwrap();
        assert_eq!(session.fleet, FLEET);
        let later = |hours: u64| NOW.after(Duration::from_secs(hours * 3600));
        assert_eq!(service.session(&token, later(11)).await.unwrap(), session);
        assert!(matches!(service.session(&token, later(12)).await, Err(IdentityError::SignedOut)));
        let mut told = service.sign_outs();
        service.sign_out(&session).await.unwrap();
        assert!(told.has_changed().unwrap());
        told.mark_unchanged();
        assert!(matches!(service.session(&token, later(1)).await, Err(IdentityError::SignedOut)));
        assert!(!service.stands(&session, later(1)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_name_and_a_wrong_password_sound_the_same() {
        let service = service().await;
        let wrong = try_in(&service, "wang", "wrong", NOW).await.unwrap_err();
        let unknown = try_in(&service, "nobody", "wrong", NOW).await.unwrap_err();
        let malformed = try_in(&service, "", &"x".repeat(5_000), NOW).await.unwrap_err();
        assert_eq!((wrong.as_str(), unknown.as_str()), (malformed.as_str(), malformed.as_str()));
    }

    #[tokio::test]
    async fn guessing_locks_the_name_for_a_while_even_for_the_right_password() {
        let service = service().await;
        for _ in 0..2 {
            try_in(&service, "wang", "wrong", NOW).await.unwrap_err();
        }
        assert!(try_in(&service, "wang", "correct horse", NOW).await.unwrap_err().contains("60 s"));
        assert!(try_in(&service, "wang", "correct horse", NOW.after(Duration::from_secs(60))).await.is_ok());
    }

    #[tokio::test]
    async fn guessing_many_names_locks_the_address() {
        let service = service().await;
        for name in ["a", "b", "c", "d"] {
            try_in(&service, name, "wrong", NOW).await.unwrap_err();
        }
        assert!(try_in(&service, "wang", "correct horse", NOW).await.unwrap_err().contains("too many"));
    }

    #[tokio::test]
    async fn a_name_belongs_to_one_dispatcher_of_the_installation() {
        let service = service().await;
        let again = service.create_dispatcher(FleetId(uuid::Uuid::from_u128(2)), "WANG", "another secret".into()).await;
        assert!(matches!(again, Err(IdentityError::NameTaken)));
        let short = service.create_dispatcher(FLEET, "li", "short".into()).await;
        assert!(matches!(short, Err(IdentityError::BadPassword)));
    }
}
