//! A trap catches a message on its way, holds it, and says so: a test then does its worst at exactly that step of the ride.
//! Armed on a [`crate::gate`] or a [`crate::wire`]; sprung once.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Which way the message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Towards whoever listens: it is caught before they have heard it.
    There,
    /// Back: they have heard it, and their answer is caught.
    Back,
}

/// Traps that wait, shared by every connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traps(Arc<Mutex<Vec<Sprung>>>);

/// A trap on the catching side.
#[derive(Debug)]
pub(crate) struct Sprung {
    marker: String,
    way: Way,
    caught: oneshot::Sender<()>,
    held: oneshot::Receiver<Cut>,
}

/// A trap on the test's side. Dropping it lets the caught message go on.
#[derive(Debug)]
pub struct Trap {
    marker: String,
    caught: oneshot::Receiver<()>,
    cut: oneshot::Sender<Cut>,
}

/// The connection ends here, and the message with it.
#[derive(Debug)]
pub(crate) struct Cut;

impl Traps {
    /// Waits for the first message that contains `marker`.
    pub(crate) fn arm(&self, marker: &str, way: Way) -> Trap {
        let (caught, is_caught) = oneshot::channel();
        let (cut, held) = oneshot::channel();
        let sprung = Sprung { marker: marker.to_owned(), way, caught, held };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sprung);
        Trap { marker: marker.to_owned(), caught: is_caught, cut }
    }

    /// The trap that these bytes run into, if any.
    pub(crate) fn spring(&self, seen: &[u8], way: Way) -> Option<Sprung> {
        let mut traps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = String::from_utf8_lossy(seen);
        let place = traps.iter().position(|trap| trap.way == way && seen.contains(&trap.marker))?;
        Some(traps.remove(place))
    }
}

impl Sprung {
    /// Says that it has caught something, and holds it until the test lets it go on, or cuts the connection.
    pub(crate) async fn hold(self) -> Result<(), Cut> {
        // A test that is gone holds nothing.
        let _ = self.caught.send(());
        self.held.await.map_or(Ok(()), Err)
    }
}

impl Trap {
    /// Waits until something is caught.
    ///
    /// # Panics
    /// Nothing came within the tests' patience.
    pub async fn springs(&mut self) {
        let waited = tokio::time::timeout(crate::patience::LIMIT, &mut self.caught).await;
        waited.unwrap_or_else(|_| panic!("waited in vain for {} to come by", self.marker)).unwrap();
    }

    /// What was caught is lost, and its connection with it.
    pub fn cut(self) {
        // A connection that is gone by itself has lost it already.
        let _ = self.cut.send(Cut);
    }
}
