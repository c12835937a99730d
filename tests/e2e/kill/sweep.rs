//! Killed at instants spread over the whole ride, wherever they fall.

use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::ride::Street;

const SEED: u64 = 20_261_120;
const INSTANTS: u32 = 16;

#[tokio::test]
async fn sixteen_instants_of_the_ride_are_survived() {
    survives(SEED).await;
}

#[tokio::test]
async fn sixteen_other_instants_of_the_ride_are_survived() {
    survives(SEED + 1).await;
}

async fn survives(seed: u64) {
    let street = Street::of(crate::house().await).await;
    street.rides_while(std::future::ready(())).await;
    let began = Instant::now();
    street.rides_while(std::future::ready(())).await;
    let whole = began.elapsed();
    let mut random = SmallRng::seed_from_u64(seed);
    for step in 0..INSTANTS {
        let at = whole.mul_f64((f64::from(step) + random.gen_range(0.0..1.0)) / f64::from(INSTANTS));
        println!("seed {seed}: killed {at:?} into a ride of {whole:?}");
        let killed = async {
            the_instant(at).await;
            street.house.program().is_killed_and_started().await;
        };
        street.rides_while(killed).await;
    }
}

/// The one place where time itself is the condition: a kill knows no steps.
async fn the_instant(at: Duration) {
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + at, Duration::from_secs(1));
    ticks.tick().await;
}
