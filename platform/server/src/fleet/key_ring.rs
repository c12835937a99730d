//! The keys that cars believe. The platform signs with the current one; a car that was away still believes an earlier one,
//! and is greeted with that until it has heard of the next (confirmation.md §3, "Identity").

use fareway_shared::signature::{PrivateKey, PublicKey};

/// The platform's keys, never empty.
#[derive(Clone, Debug)]
pub struct KeyRing {
    current: PrivateKey,
    /// Latest first.
    earlier: Vec<PrivateKey>,
}

impl KeyRing {
    /// A ring; earlier keys come latest first.
    #[must_use]
    pub fn new(current: PrivateKey, earlier: Vec<PrivateKey>) -> Self {
        Self { current, earlier }
    }

    /// What new envelopes, grants and codes are signed with.
    #[must_use]
    pub fn current(&self) -> &PrivateKey {
        &self.current
    }

    /// What was signed with before, latest first.
    pub fn earlier(&self) -> impl Iterator<Item = &PrivateKey> {
        self.earlier.iter()
    }

    /// The private half of a key that a car believes, if it is or was ours.
    #[must_use]
    pub fn private_half(&self, believed: &PublicKey) -> Option<&PrivateKey> {
        self.all().find(|key| key.public() == *believed)
    }

    /// The steps from a key that cars believe to the current one, each signed by the one before; `None` if it was never
    /// ours, no steps if it is the current one.
    #[must_use]
    pub fn steps_from(&self, believed: &PublicKey) -> Option<Vec<(PrivateKey, PublicKey)>> {
        let mut later: Vec<&PrivateKey> = Vec::new();
        for key in self.all() {
            if key.public() == *believed {
                let olds = std::iter::once(key).chain(later.iter().rev().copied());
                let news = later.iter().rev().map(|key| key.public());
                return Some(olds.cloned().zip(news).collect());
            }
            later.push(key);
        }
        None
    }

    fn all(&self) -> impl Iterator<Item = &PrivateKey> {
        std::iter::once(&self.current).chain(&self.earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_is_led_from_the_key_it_believes_to_the_current_one_step_by_step() {
        let key = |byte| PrivateKey::from_bytes(&[byte; 32]);
        let ring = KeyRing::new(key(3), vec![key(2), key(1)]);
        let publics = |steps: Vec<(PrivateKey, PublicKey)>| -> Vec<_> {
            steps.into_iter().map(|(old, new)| (old.public(), new)).collect()
        };
        let (one, two, three) = (key(1).public(), key(2).public(), key(3).public());
        assert_eq!(ring.steps_from(&one).map(publics), Some(vec![(one, two), (two, three)]));
        assert_eq!(ring.steps_from(&two).map(publics), Some(vec![(two, three)]));
        assert_eq!(ring.steps_from(&three).map(publics), Some(Vec::new()));
        assert_eq!(ring.steps_from(&key(4).public()).map(publics), None);
        assert!(ring.private_half(&one).is_some() && ring.private_half(&key(4).public()).is_none());
    }
}
