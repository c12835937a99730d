//! Passengers' authorisations and tries, dispatchers' names and sessions.

use std::{sync::Arc, time::Duration};

use fareway::{
    identity::{
        model::Password,
        service::{IdentityService, IdentitySettings},
    },
    passenger::ports::{Claim, Exchange, PassengerStore},
};
use tokio::task::JoinSet;

use crate::fixtures::{NOW, Place, first};

pub(crate) async fn of_16_callbacks_one_exchanges_the_code(place: &Place) {
    let (one, _) = place.with_a_car().await;
    let other = place.store().await;
    let mut claims = JoinSet::new();
    for number in 0..16 {
        let store = Arc::clone(if number % 2 == 0 { &one } else { &other });
        claims.spawn(async move { store.claim_authorisation("nonce", NOW).await.unwrap() });
    }
    let claims = claims.join_all().await;
    let first = claims.iter().filter(|claim| matches!(claim, Claim::First)).count();
    assert_eq!(first, 1, "{claims:?}");
    let user = Exchange::User("2088102150477652".to_owned());
    one.finish_authorisation("nonce", &user).await.unwrap();
    let reloaded = other.claim_authorisation("nonce", NOW).await.unwrap();
    assert!(matches!(reloaded, Claim::Done(Exchange::User(_))), "{reloaded:?}");
    // An exchange without a clear answer may be tried again; one that was answered is never forgotten.
    one.finish_authorisation("nonce", &Exchange::Unknown).await.unwrap();
    assert!(matches!(one.claim_authorisation("nonce", NOW).await.unwrap(), Claim::Done(_)));
}

pub(crate) async fn wrong_codes_count_per_payer_and_per_car(place: &Place) {
    let (store, vehicle) = place.with_a_car().await;
    for (payer, seconds) in [("a", 0), ("a", 60), ("b", 61), ("a", 120)] {
        let at = NOW.after(Duration::from_secs(seconds));
        store.add_screen_code_try(first(), vehicle, payer, at).await.unwrap();
    }
    let since = NOW.after(Duration::from_secs(59));
    assert_eq!(store.screen_code_tries(first(), vehicle, "a", since).await.unwrap(), (2, 3));
    assert_eq!(store.screen_code_tries(first(), vehicle, "c", since).await.unwrap(), (0, 3));
}

pub(crate) async fn a_session_ends_when_it_is_deleted_and_a_name_is_taken_once(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let identity = IdentityService::new(store, IdentitySettings::default());
    identity.create_dispatcher(first(), "mei", "a long password".to_owned()).await.unwrap();
    let again = identity.create_dispatcher(first(), "MEI", "another password".to_owned()).await;
    assert!(again.is_err(), "the name was given twice");
    let address = std::net::IpAddr::from([127, 0, 0, 1]);
    let password = Password::typed("a long password".to_owned());
    let (token, session) = identity.sign_in("mei", password, address, NOW).await.unwrap();
    assert_eq!(identity.session(&token, NOW).await.unwrap().fleet, first());
    identity.sign_out(&session).await.unwrap();
    assert!(identity.session(&token, NOW).await.is_err());
}
