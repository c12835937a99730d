//! Readers beside a writer that never rests: every answer must be one moment's. The writer's moves keep rules that hold
//! at every moment, and readers look for an answer that breaks one. Threads wait for counts, never for time.

#![expect(clippy::unwrap_used, clippy::as_conversions, reason = "tests")]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use fareway_matching::index::{Availability, Filter, Profile, Reader, VehicleIndex, VehicleNo};
use fareway_shared::place::LatLng;

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

/// Lets `write` go on, step by step, until each of two readers has looked `looks` times.
fn beside(
    index: &mut VehicleIndex,
    looks: u32,
    mut write: impl FnMut(&mut VehicleIndex, u32) + Send,
    look: impl Fn(&mut Reader) + Sync,
) {
    const READERS: u32 = 2;
    let (ready, stop) = (AtomicU32::new(0), AtomicBool::new(false));
    let readers: Vec<Reader> = (0..READERS).map(|_| index.reader().clone()).collect();
    thread::scope(|scope| {
        let reading: Vec<_> = readers
            .into_iter()
            .map(|mut reader| {
                let (ready, look) = (&ready, &look);
                scope.spawn(move || {
                    ready.fetch_add(1, Ordering::Relaxed);
                    (0..looks).for_each(|_| look(&mut reader));
                })
            })
            .collect();
        let stop = &stop;
        let writer = scope.spawn(move || {
            let mut step = 0;
            while !stop.load(Ordering::Relaxed) {
                write(index, step);
                step += 1;
            }
            step
        });
        let outcomes: Vec<_> = reading.into_iter().map(thread::ScopedJoinHandle::join).collect();
        stop.store(true, Ordering::Relaxed);
        assert!(writer.join().unwrap() > 0, "the writer never wrote");
        assert!(outcomes.iter().all(Result::is_ok), "a reader saw what never was");
    });
}

#[test]
fn a_car_that_hops_between_cells_is_always_at_exactly_one_of_them() {
    let mut index = VehicleIndex::new(2_000).unwrap();
    let profile = Profile::new(0, 4).unwrap();
    // A still crowd, so that the hops go between small cells.
    for no in 1..2_000 {
        let (row, column) = (f64::from(no / 45), f64::from(no % 45));
        index.insert(VehicleNo(no), at(37.7 + row * 1e-4, -122.4 + column * 1e-4), profile).unwrap();
    }
    let hops = [at(37.700_05, -122.399_95), at(37.704_05, -122.395_55), at(37.702_05, -122.397_95)];
    index.insert(VehicleNo(0), hops[0], profile).unwrap();
    beside(
        &mut index,
        400,
        |index, step| index.move_to(VehicleNo(0), hops[step as usize % 3]).unwrap(),
        |reader| {
            let all = reader.within(at(37.702, -122.398), 1_000.0, &Filter::ANY).unwrap();
            let hopper: Vec<_> = all.iter().filter(|one| one.no() == VehicleNo(0)).collect();
            assert_eq!((all.len(), hopper.len()), (2_000, 1));
            assert!(hops.contains(&hopper[0].place()));
            let nearest = reader.nearest(hops[0], 1_999, &Filter::ANY).unwrap();
            assert_eq!(nearest.len(), 1_999);
        },
    );
}

#[test]
fn whoever_sees_a_later_move_also_sees_every_earlier_one() {
    // Car 0 goes east by a step, then car 1 does, then car 0 again: they are never more than a step apart, and car 1 is
    // never ahead. Steps of 50 m take them through many cells, which split and join around them.
    let mut index = VehicleIndex::new(400).unwrap();
    let profile = Profile::new(0, 4).unwrap();
    let stop = |step: u32| at(10.0, 20.0 + f64::from(step % 2_000) * 5e-4);
    index.insert(VehicleNo(0), stop(0), profile).unwrap();
    index.insert(VehicleNo(1), stop(0), profile).unwrap();
    for no in 2..400 {
        index.insert(VehicleNo(no), at(10.000_1, 20.0 + f64::from(no) * 2.5e-3), profile).unwrap();
    }
    beside(
        &mut index,
        1_000,
        |index, step| {
            let turn = step / 2 + 1;
            // At the end of the street they begin again at its beginning.
            index.move_to(VehicleNo(step % 2), stop(turn)).unwrap();
        },
        |reader| {
            let all = reader.within(at(10.0, 20.5), 200_000.0, &Filter::ANY).unwrap();
            let step = |no: u32| {
                let car = all.iter().find(|one| one.no() == VehicleNo(no)).unwrap();
                ((car.place().lng() - 20.0) / 5e-4).round() as i64
            };
            let ahead = (step(0) - step(1)).rem_euclid(2_000);
            assert!(ahead == 0 || ahead == 1, "car 1 was seen {ahead} steps behind");
            assert_eq!(all.len(), 400);
        },
    );
}

#[test]
fn place_and_profile_are_never_of_two_different_moments() {
    // A car's seats say where it is. It is removed and put back, so that both change at once.
    let mut index = VehicleIndex::new(300).unwrap();
    let home = |no: u32, seats: u8| at(50.0 + f64::from(no) * 1e-5, 8.0 + f64::from(seats) * 1e-3);
    for no in 0..300 {
        index.insert(VehicleNo(no), home(no, 0), Profile::new(0, 0).unwrap()).unwrap();
    }
    beside(
        &mut index,
        1_000,
        |index, step| {
            let (no, seats) = (step * 7 % 300, (step / 300 % 16) as u8);
            index.remove(VehicleNo(no)).unwrap();
            index.insert(VehicleNo(no), home(no, seats), Profile::new(seats, seats).unwrap()).unwrap();
        },
        |reader| {
            let all = reader.nearest(at(50.0, 8.0), 300, &Filter::ANY).unwrap();
            assert!(all.len() == 299 || all.len() == 300, "{} cars", all.len());
            for one in all {
                assert_eq!(one.profile().seats(), one.profile().class());
                assert_eq!(one.place(), home(one.no().0, one.profile().seats()));
            }
        },
    );
}

#[test]
fn a_crowd_on_one_spot_that_comes_and_goes_is_counted_right() {
    // 200 cars on one spot hang behind one another; one more joins and leaves them without end.
    let mut index = VehicleIndex::new(201).unwrap();
    let (spot, aside) = (at(0.0, 0.0), at(0.0, 0.01));
    for no in 0..201 {
        index.insert(VehicleNo(no), spot, Profile::new(0, 4).unwrap()).unwrap();
    }
    let busy = Profile::new(0, 4).unwrap().with_availability(Availability::Engaged);
    index.set_profile(VehicleNo(200), busy).unwrap();
    beside(
        &mut index,
        1_500,
        |index, step| {
            // In turn another car goes aside, and the one before comes back first.
            index.move_to(VehicleNo((step / 2 * 13) % 201), if step % 2 == 0 { aside } else { spot }).unwrap();
        },
        |reader| {
            let here = reader.within(spot, 1.0, &Filter::ANY).unwrap().len();
            assert!(here == 200 || here == 201, "{here} cars on the spot");
            assert_eq!(reader.within(spot, 5_000.0, &Filter::ANY).unwrap().len(), 201);
            assert_eq!(reader.within(spot, 5_000.0, &Filter::VACANT).unwrap().len(), 200);
        },
    );
}
