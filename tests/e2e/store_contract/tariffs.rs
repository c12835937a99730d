//! Published tariffs and given quotes: one version follows another, and what was given replays from what was published.

use std::{sync::Arc, time::Duration};

use fareway::{
    store::Store,
    store_error::StoreError,
    tariff::{
        error::TariffError,
        model::{Journey, Tariff, TariffVersion},
        ports::TariffStore,
        service::{Backdating, Publication, Published, TariffService},
    },
};
use fareway_harness::house::fleets;
use fareway_shared::{id::QuoteId, money::Currency, place::LatLng, time::Timestamp};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::fixtures::{NOW, Place, first};

const EXAMPLE: &str = include_str!("../../../platform/server/config/tariffs/suzhou.toml");

/// The example, to begin `days` of January 2028 after its first; NOW is in January 2027.
fn text(days: u32) -> String {
    EXAMPLE.replace("\nfrom = \"2027-01-01T00:00\"", &format!("\nfrom = \"2028-01-{:02}T00:00\"", days + 1))
}

fn publication(text: &str) -> Publication<'_> {
    Publication {
        fleet: first(),
        currency: Currency::CNY,
        time_zone: "Asia/Shanghai",
        text,
        backdating: Backdating::Refused,
    }
}

async fn publish(store: &Arc<Store>, text: &str) -> TariffVersion {
    match TariffService::new(store.clone()).publish(publication(text), NOW).await.unwrap() {
        Published::Made(version) => version,
        Published::AlreadyMade(version) => panic!("number {} was there", version.number),
    }
}

fn journey(pickup_at: Timestamp) -> Journey {
    Journey {
        pickup: LatLng::new(31.30, 120.60).unwrap(),
        dropoff: None,
        pickup_at,
        road_m: 12_345,
        road_s: 1_500,
        waiting_s: 90,
        class: "standard".to_owned(),
        tolls: vec!["airport expressway".to_owned()],
        extras: Vec::new(),
    }
}

pub(crate) async fn the_tariff_in_force_is_the_one_that_began_last(place: &Place) {
    let (store, _) = place.with_a_car().await;
    assert_eq!(store.last_tariff(first()).await.unwrap(), None);
    let (one, two) = (publish(&store, &text(0)).await, publish(&store, &text(10)).await);
    assert_eq!((one.number, two.number), (1, 2));
    let began = |version: &TariffVersion| version.tariff.effective_at();
    let in_force = async |at| store.tariff_in_force(first(), at).await.unwrap();
    assert_eq!(in_force(Timestamp(began(&one).0 - 1)).await, None);
    assert_eq!(in_force(began(&one)).await, Some(one.clone()));
    assert_eq!(in_force(Timestamp(began(&two).0 - 1)).await, Some(one.clone()));
    assert_eq!(in_force(began(&two)).await, Some(two.clone()));
    assert_eq!(in_force(Timestamp(i64::MAX)).await, Some(two.clone()));
    assert_eq!(store.last_tariff(first()).await.unwrap(), Some(two));
    assert_eq!(store.tariff(first(), one.tariff.id()).await.unwrap(), Some(one.clone()));
    let [_, other] = fleets();
    assert_eq!(store.tariff(other, one.tariff.id()).await.unwrap(), None);
    assert_eq!(store.tariff_in_force(other, Timestamp(i64::MAX)).await.unwrap(), None);
}

pub(crate) async fn a_tariff_is_published_once_and_never_over_another_unless_stated(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let service = TariffService::new(store.clone());
    let one = publish(&store, &text(10)).await;
    let again = service.publish(publication(&text(10)), NOW).await.unwrap();
    assert_eq!(again, Published::AlreadyMade(one.clone()));
    let same_day = format!("{}# other rates from the same day on\n", text(10));
    for (earlier, latest) in [(text(0), 1), (same_day, 1), (EXAMPLE.to_owned(), 3)] {
        let refused = service.publish(publication(&earlier), NOW).await.unwrap_err();
        let TariffError::Backdated { number, earliest, .. } = refused else { panic!("{refused:?}") };
        assert_eq!((number, earliest.as_str()), (latest, "2028-01-11T00:00"));
        let stated = Publication { backdating: Backdating::Stated, ..publication(&earlier) };
        assert!(matches!(service.publish(stated, NOW).await.unwrap(), Published::Made(_)));
    }
    let latest = store.tariff_in_force(first(), Timestamp(i64::MAX)).await.unwrap().unwrap();
    assert_eq!(latest.number, 3, "of two that begin at once the one published last is in force");
    let long_after = one.tariff.effective_at().after(Duration::from_secs(86_400 * 30));
    let refused = service.publish(publication(&text(20)), long_after).await.unwrap_err();
    assert!(matches!(refused, TariffError::Backdated { .. }), "it would begin before now");
}

pub(crate) async fn a_tariff_of_another_currency_or_zone_is_refused_and_nothing_is_written(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let service = TariffService::new(store.clone());
    let text = text(0);
    let other = Publication { currency: Currency::THB, ..publication(&text) };
    assert!(matches!(service.publish(other, NOW).await, Err(TariffError::WrongCurrency { .. })));
    let other = Publication { time_zone: "Asia/Bangkok", ..publication(&text) };
    assert!(matches!(service.publish(other, NOW).await, Err(TariffError::WrongTimeZone { .. })));
    let gap = text.replace("05:00-23:00", "06:00-23:00");
    assert!(matches!(service.publish(publication(&gap), NOW).await, Err(TariffError::File(_))));
    assert_eq!(store.last_tariff(first()).await.unwrap(), None);
}

pub(crate) async fn of_8_tariffs_published_at_once_each_has_its_own_number(place: &Place) {
    let (one, _) = place.with_a_car().await;
    let other = place.store().await;
    let mut publishing = JoinSet::new();
    for days in 0..8 {
        let service = TariffService::new(if days % 2 == 0 { one.clone() } else { other.clone() });
        publishing.spawn(async move { service.publish(publication(&text(days)), NOW).await });
    }
    let mut made = 0;
    let mut latest = 0;
    for answer in publishing.join_all().await {
        match answer {
            Ok(Published::Made(version)) => {
                made += 1;
                latest = latest.max(version.number);
            }
            // An earlier beginning came after a later one, or four others came first.
            Err(TariffError::Backdated { .. } | TariffError::Store(StoreError::Conflict)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(made >= 1);
    assert_eq!(latest, made, "numbers have no gap");
    let last = one.last_tariff(first()).await.unwrap().unwrap();
    assert_eq!(last.number, made);
    let in_force = one.tariff_in_force(first(), Timestamp(i64::MAX)).await.unwrap().unwrap();
    assert_eq!(in_force, last, "each began after those before it");
    let taken = one.add_tariff(&TariffVersion { tariff: Tariff::parse(EXAMPLE).unwrap(), ..last }).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "a number is given once");
}

pub(crate) async fn a_quote_that_was_given_replays_after_the_next_tariff_is_in_force(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let service = TariffService::new(store.clone());
    let early = service.quote(first(), &journey(NOW), NOW).await.unwrap_err();
    assert!(matches!(early, TariffError::NoneInForce));
    let one = publish(&store, &text(0)).await;
    // Noon of a Thursday, when both tariffs have begun.
    let pickup_at = one.tariff.effective_at().after(Duration::from_secs(12 * 86_400 + 12 * 3_600));
    let given = service.quote(first(), &journey(pickup_at), NOW).await.unwrap();
    let dearer = text(10).replace("\"12.00\"", "\"13.00\"");
    let two = publish(&store, &dearer).await;
    let kept = place.store().await.stored_quote(first(), given.id).await.unwrap().unwrap();
    assert_eq!(kept, given);
    assert!(kept.quote.replays(&one.tariff) && !kept.quote.replays(&two.tariff));
    assert_eq!(service.stored_quote(first(), given.id).await.unwrap(), Some(given.clone()));
    let next = service.quote(first(), &journey(pickup_at), NOW).await.unwrap();
    assert_eq!((next.quote.tariff, next.quote.total.minor), (two.tariff.id(), given.quote.total.minor + 100));
    let [_, other] = fleets();
    assert_eq!(store.stored_quote(other, given.id).await.unwrap(), None);
    assert_eq!(store.stored_quote(first(), QuoteId(Uuid::now_v7())).await.unwrap(), None);
    assert!(matches!(store.add_quote(&given).await, Err(StoreError::Conflict)), "a quote is given once");
}

pub(crate) async fn a_tariff_or_quote_changed_behind_our_back_is_found_out(place: &Place) {
    let (store, _) = place.with_a_car().await;
    let service = TariffService::new(store.clone());
    let version = publish(&store, &text(0)).await;
    let given = service.quote(first(), &journey(version.tariff.effective_at()), NOW).await.unwrap();
    place.meddle("UPDATE quote SET content = replace(content, '\"road_m\":12345', '\"road_m\":32345')").await;
    let bent = service.stored_quote(first(), given.id).await.unwrap_err();
    assert!(matches!(bent, TariffError::DoesNotReplay { .. }), "{bent}");
    place.meddle("UPDATE tariff SET content = replace(content, '\"12.00\"', '\"11.00\"')").await;
    let bent = store.last_tariff(first()).await.unwrap_err();
    assert!(matches!(bent, StoreError::Unreadable { what: "tariff.content", .. }), "{bent}");
}
