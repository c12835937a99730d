//! A car: the in-car app without its window, on the real link, with its own disk.

use std::{sync::Arc, time::Duration};

use fareway_driver_app::{
    app::{App, Handle, Input, Screen},
    disk::Disk,
    link::LinkSettings,
    state::{Action, LinkView, Page, Purpose},
};
use fareway_shared::{
    id::VehicleId,
    money::Money,
    protocol::car::EndedHow,
    time::{Clock, ManualClock, SystemClock, Timestamp},
};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};

use crate::{meter::Meter, patience::until};

/// One car.
#[derive(Debug)]
pub struct Car {
    /// Its number in the books.
    pub vehicle: VehicleId,
    /// Its plate.
    pub plate: String,
    /// Its meter.
    pub meter: Meter,
    unit: Unit,
    handle: Handle,
    running: JoinHandle<()>,
}

impl Car {
    /// Starts a blank unit; `enrol` makes it this car's.
    pub async fn start(vehicle: VehicleId, plate: &str, cars_url: &str) -> Self {
        let link = LinkSettings {
            url: cars_url.parse().unwrap(),
            tls: None,
            retry_first: Duration::from_millis(50),
            retry_max: Duration::from_millis(400),
            rest: Duration::from_secs(2),
        };
        let meter = Meter::start().await;
        let unit = Unit { link, disk: TempDir::new().unwrap(), clock: Arc::new(SystemClock) };
        let (handle, running) = unit.power_on(&meter);
        Self { vehicle, plate: plate.to_owned(), meter, unit, handle, running }
    }

    /// Enrols with a code from the console and waits for the link.
    pub async fn enrol(&self, code: &str) {
        self.act(Action::Enrol(code.to_owned())).await;
        self.until_linked().await;
    }

    /// Waits until the link is up and the meter is heard.
    pub async fn until_linked(&self) {
        self.until("its link is up", |screen| (screen.view.link == LinkView::Up).then_some(())).await;
    }

    /// The power goes and comes back; only the disk remembers.
    pub async fn reboot(&mut self) {
        self.running.abort();
        // The disk is free only once the old program is really gone.
        let _ = (&mut self.running).await;
        let (handle, running) = self.unit.power_on(&self.meter);
        self.handle = handle;
        self.running = running;
    }

    /// The power goes and comes back, and the unit's wall clock has lost the time: it stands at the beginning of 1970.
    pub async fn reboots_in_1970(&mut self) {
        self.unit.clock = Arc::new(ManualClock::at(Timestamp::from_seconds(0)));
        self.reboot().await;
    }

    /// A copy of its memory, as a thief or a careless workshop makes it.
    #[must_use]
    pub fn copies_its_disk(&self) -> TempDir {
        let copy = TempDir::new().unwrap();
        for file in ["identity.json", "ledger.json"] {
            std::fs::copy(self.unit.disk.path().join(file), copy.path().join(file)).unwrap();
        }
        copy
    }

    /// A second unit with a copy of its memory, running beside it.
    pub async fn copied(&self) -> Self {
        self.unit_on(self.copies_its_disk()).await
    }

    /// The unit is switched off, and one with another memory takes its place.
    pub async fn replaced_by(mut self, disk: TempDir) -> Self {
        self.running.abort();
        let _ = (&mut self.running).await;
        self.unit_on(disk).await
    }

    async fn unit_on(&self, disk: TempDir) -> Self {
        let meter = Meter::start().await;
        let unit = Unit { link: self.unit.link.clone(), disk, clock: Arc::clone(&self.unit.clock) };
        let (handle, running) = unit.power_on(&meter);
        Self { vehicle: self.vehicle, plate: self.plate.clone(), meter, unit, handle, running }
    }

    /// The driver (or the world) does something.
    pub async fn act(&self, action: Action) {
        self.handle.inputs.send(Input::new(action)).await.unwrap();
    }

    /// Every screen from now on.
    #[must_use]
    pub fn screens(&self) -> watch::Receiver<Arc<Screen>> {
        self.handle.screens.clone()
    }

    /// What the screen shows now.
    #[must_use]
    pub fn screen(&self) -> Arc<Screen> {
        self.handle.screens.borrow().clone()
    }

    /// Waits until the screen shows something, and hands it out.
    pub async fn until<T>(&self, what: &str, find: impl Fn(&Screen) -> Option<T>) -> T {
        let mut screens = self.handle.screens.clone();
        let found = tokio::time::timeout(Duration::from_secs(30), async {
            loop {
                if let Some(found) = find(&screens.borrow_and_update()) {
                    return found;
                }
                screens.changed().await.expect("the in-car app runs");
            }
        });
        let shown = self.handle.screens.clone();
        found.await.unwrap_or_else(|_| {
            panic!("{}: waited in vain until {what}; it shows {:?}", self.plate, shown.borrow().view)
        })
    }

    /// A hire with this amount on the meter at its end. Returns the link in the bill's QR code.
    pub async fn drives_a_hire(&self, trip_no: u32, amount: Money) -> String {
        self.meter.hired().await;
        self.until("it is hired", |screen| matches!(screen.view.page, Page::Hired(_)).then_some(())).await;
        self.meter.stops(trip_no, amount, false).await;
        self.shows_bill(amount).await
    }

    /// Waits for a bill of this total that the platform has opened. Returns the link in its QR code.
    pub async fn shows_bill(&self, total: Money) -> String {
        self.until("it shows the bill", |screen| match &screen.view.page {
            Page::Bill(bill) if bill.total == total && bill.progress.is_some() => Some(bill.link.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for the one green face. Returns the sequence of its envelope.
    pub async fn shows_paid(&self, total: Money) -> u64 {
        let sequence = self
            .until("it shows PAID", |screen| match &screen.view.page {
                Page::Paid(paid) if paid.total == total => Some(paid.sequence),
                _ => None,
            })
            .await;
        self.act(Action::Shown(sequence)).await;
        sequence
    }

    /// The driver keys the fare that stands on the meter's face.
    pub async fn keys_fare(&self, decimal: &str) {
        self.act(Action::OpenKeypad(Purpose::Fare)).await;
        for key in decimal.chars() {
            self.act(Action::KeyPress(key)).await;
        }
        self.act(Action::KeyConfirm).await;
    }

    /// The driver ends the bill on the screen without the wallet.
    pub async fn ends_bill(&self, how: EndedHow) {
        self.act(Action::EndBill(how)).await;
    }

    /// The three digits on the screen.
    pub async fn screen_code(&self) -> String {
        until("the screen shows its code", || async {
            match &self.screen().view.page {
                Page::Vacant(code) => Some(code.digits.clone()),
                Page::Hired(hire) => Some(hire.code.digits.clone()),
                _ => None,
            }
        })
        .await
    }
}

impl Drop for Car {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What of a unit outlives a reboot.
struct Unit {
    link: LinkSettings,
    disk: TempDir,
    clock: Arc<dyn Clock>,
}

impl Unit {
    fn power_on(&self, meter: &Meter) -> (Handle, JoinHandle<()>) {
        let (disk, clock) = (Disk::open(self.disk.path()).unwrap(), Arc::clone(&self.clock));
        let (app, sockets, handle) = App::build(disk, self.link.clone(), meter.address.to_string(), clock).unwrap();
        sockets.start();
        (handle, tokio::spawn(app.run()))
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unit").field("disk", &self.disk.path()).finish_non_exhaustive()
    }
}
