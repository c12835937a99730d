//! A car: the in-car app without its window, on the real link, with its own disk.

use std::{sync::Arc, time::Duration};

use fareway_driver_app::{
    app::{App, Handle, Input, Screen},
    disk::Disk,
    link::LinkSettings,
    state::{Action, LinkView, Page, Purpose},
};
use fareway_shared::{id::VehicleId, money::Money, protocol::car::EndedHow};
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
    link: LinkSettings,
    disk: TempDir,
    handle: Handle,
    running: JoinHandle<()>,
}

impl Car {
    /// Starts a blank unit; `enrol` makes it this car's.
    pub async fn start(vehicle: VehicleId, plate: &str, cars_url: &str) -> Self {
        let link = LinkSettings {
            url: cars_url.parse().unwrap(),
            retry_first: Duration::from_millis(50),
            retry_max: Duration::from_millis(400),
            rest: Duration::from_secs(2),
        };
        let (disk, meter) = (TempDir::new().unwrap(), Meter::start().await);
        let (handle, running) = power_on(&disk, &link, &meter);
        Self { vehicle, plate: plate.to_owned(), meter, link, disk, handle, running }
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
        let (handle, running) = power_on(&self.disk, &self.link, &self.meter);
        self.handle = handle;
        self.running = running;
    }

    /// A copy of its memory, as a thief or a careless workshop makes it.
    #[must_use]
    pub fn copies_its_disk(&self) -> TempDir {
        let copy = TempDir::new().unwrap();
        for file in ["identity.json", "ledger.json"] {
            std::fs::copy(self.disk.path().join(file), copy.path().join(file)).unwrap();
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
        let (link, meter) = (self.link.clone(), Meter::start().await);
        let (handle, running) = power_on(&disk, &link, &meter);
        Self { vehicle: self.vehicle, plate: self.plate.clone(), meter, link, disk, handle, running }
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

fn power_on(disk: &TempDir, link: &LinkSettings, meter: &Meter) -> (Handle, JoinHandle<()>) {
    let opened = Disk::open(disk.path()).unwrap();
    let (app, sockets, handle) = App::build(opened, link.clone(), meter.address.to_string()).unwrap();
    sockets.start();
    (handle, tokio::spawn(app.run()))
}
