//! How often a guess is allowed: wrong tries are counted per name and per address, and too many lock it for a while. Kept
//! in memory, bounded, and by the clock that the caller passes in. A name is counted whether or not it exists, so a lock
//! tells nobody which names do.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fareway_shared::time::Timestamp;

use crate::identity::model::DispatcherName;

/// How many subjects are remembered; more, and the oldest is forgotten.
const SUBJECTS_MAX: usize = 10_000;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Tries with one name, from anywhere.
    Name(DispatcherName),
    /// Tries from one address, with any name.
    Address(IpAddr),
}

impl Subject {
    /// An address; of IPv6 the network, since one person has a whole one.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(_) => address.to_canonical(),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        })
    }
}

/// How many tries, and how long a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryLimits {
    /// Wrong tries with one name before it is locked.
    pub per_name: u32,
    /// Wrong tries from one address before it is locked.
    pub per_address: u32,
    /// How long a lock lasts, and after which span without tries the count begins again.
    pub lock: Duration,
}

impl Default for TryLimits {
    fn default() -> Self {
        Self { per_name: 8, per_address: 30, lock: Duration::from_secs(300) }
    }
}

#[derive(Clone, Copy, Debug)]
struct Count {
    tries: u32,
    last_at: Timestamp,
}

/// The counts.
#[derive(Debug)]
pub struct Tries {
    limits: TryLimits,
    counts: Mutex<HashMap<Subject, Count>>,
}

impl Tries {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(limits: TryLimits) -> Self {
        Self { limits, counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Subject, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self, subject: &Subject) -> u32 {
        match subject {
            Subject::Name(_) => self.limits.per_name,
            Subject::Address(_) => self.limits.per_address,
        }
    }

    /// Counts a try before it is made, so that many at once cannot slip through together.
    ///
    /// # Errors
    /// How long to wait; a refused try is not counted and does not lengthen the lock.
    pub fn begin(&self, subject: &Subject, now: Timestamp) -> Result<(), Duration> {
        let limit = self.limit(subject);
        let mut counts = self.counts();
        let fresh = |count: &Count| now.since(count.last_at) < self.limits.lock;
        let tries = counts.get(subject).filter(|count| fresh(count)).map_or(0, |count| count.tries);
        if tries >= limit {
            let locked_at = counts.get(subject).map_or(now, |count| count.last_at);
            return Err(self.limits.lock.saturating_sub(now.since(locked_at)));
        }
        if counts.len() >= SUBJECTS_MAX && !counts.contains_key(subject) {
            counts.retain(|_, count| fresh(count));
            let oldest = counts.iter().min_by_key(|(_, count)| count.last_at).map(|(subject, _)| subject.clone());
            if let Some(oldest) = oldest.filter(|_| counts.len() >= SUBJECTS_MAX) {
                counts.remove(&oldest);
            }
        }
        counts.insert(subject.clone(), Count { tries: tries.saturating_add(1), last_at: now });
        Ok(())
    }

    /// The try was right: a name begins anew, an address gets this one back.
    pub fn succeeded(&self, subject: &Subject) {
        let mut counts = self.counts();
        match subject {
            Subject::Name(_) => {
                counts.remove(subject);
            }
            Subject::Address(_) => {
                if let Some(count) = counts.get_mut(subject) {
                    count.tries = count.tries.saturating_sub(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: TryLimits = TryLimits { per_name: 3, per_address: 5, lock: Duration::from_secs(60) };

    fn name() -> Subject {
        Subject::Name(DispatcherName::parse("wang").unwrap())
    }

    #[test]
    fn too_many_wrong_tries_lock_for_a_while_and_trying_on_does_not_lengthen_it() {
        let tries = Tries::new(LIMITS);
        for second in 0..3 {
            assert_eq!(tries.begin(&name(), Timestamp::from_seconds(second)), Ok(()));
        }
        assert_eq!(tries.begin(&name(), Timestamp::from_seconds(12)), Err(Duration::from_secs(50)));
        assert_eq!(tries.begin(&name(), Timestamp::from_seconds(52)), Err(Duration::from_secs(10)));
        assert_eq!(tries.begin(&name(), Timestamp::from_seconds(62)), Ok(()));
    }

    #[test]
    fn a_right_try_clears_the_name_but_not_what_its_address_did_before() {
        let tries = Tries::new(LIMITS);
        let address = Subject::address(IpAddr::from([10, 0, 0, 1]));
        let now = Timestamp::EPOCH;
        for _ in 0..2 {
            tries.begin(&name(), now).unwrap();
        }
        tries.succeeded(&name());
        for _ in 0..3 {
            tries.begin(&name(), now).unwrap();
        }
        for _ in 0..5 {
            tries.begin(&address, now).unwrap();
        }
        tries.succeeded(&address);
        assert!(tries.begin(&address, now).is_ok());
        assert!(tries.begin(&address, now).is_err());
    }

    #[test]
    fn one_person_with_a_whole_network_is_one_address() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:1".parse().unwrap();
        let far: IpAddr = "2001:db8:1::1".parse().unwrap();
        assert_eq!(Subject::address(one), Subject::address(other));
        assert_ne!(Subject::address(one), Subject::address(far));
    }

    #[test]
    fn memory_stays_bounded_under_a_flood_of_names() {
        let tries = Tries::new(LIMITS);
        for number in 0..(SUBJECTS_MAX + 100) {
            let name = Subject::Name(DispatcherName::parse(&format!("n{number}")).unwrap());
            tries.begin(&name, Timestamp::from_seconds(i64::try_from(number / 1_000).unwrap())).unwrap();
        }
        assert_eq!(tries.counts().len(), SUBJECTS_MAX);
    }
}
