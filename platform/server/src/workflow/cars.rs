//! The car's desk: enrolment, greeting, commands in order, envelopes again, questions about bills.

use std::time::Duration;

use async_trait::async_trait;
use fareway_shared::{
    enrolment::{EnrolRequest, Enrolled},
    fix::RawFix,
    handshake::{Hello, SignedHello, Welcome},
    id::{BillId, DeviceId},
    inheritance::Inheritance,
    meter::TripRecord,
    protocol::car::{BillProgress, CarReport, LinkRefusal, SignedCommand, ToCar},
    signature::{PrivateKey, Signed},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

use super::House;
use crate::{
    alarm::{Alarm, AlarmKind},
    bill::model::{Bill, BillState},
    fleet::{
        model::{Device, DeviceState},
        ports::{CarDesk, CarIdentity, Enrolment, Greeted, RESEND_MAX},
    },
    payment::{
        capture::{VERDICT_LIFE, covered},
        model::PaymentState,
        ports::Change,
    },
    store_error::StoreError,
};

/// The store's hash of an enrolment secret.
pub(super) fn secret_hash(secret: &[u8; 10]) -> String {
    hex::encode(Sha256::digest(secret))
}

/// A database that cannot answer makes the car try again later; it loses nothing.
fn busy(error: StoreError) -> LinkRefusal {
    tracing::error!(%error, "a car could not be served");
    LinkRefusal::Busy
}

/// How many bills of an earlier unit a car is told of at once; it is told of the rest when it greets again.
const LEFT_MAX: u32 = 16;
/// A paid bill that was never shown is of interest to a new unit for so long.
const UNSHOWN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

impl House {
    async fn active_device(&self, device: DeviceId) -> Result<Device, LinkRefusal> {
        let device = self.fleet_store.device(device).await.map_err(busy)?.ok_or(LinkRefusal::Identity)?;
        match device.state {
            DeviceState::Active => Ok(device),
            DeviceState::Suspended => Err(LinkRefusal::Suspended),
            DeviceState::Revoked => Err(LinkRefusal::Revoked),
        }
    }

    async fn suspend(&self, car: CarIdentity, why: &str, now: Timestamp) {
        let state = DeviceState::Suspended;
        if let Err(error) = self.fleet_store.set_device_state(car.fleet, car.device, state, why).await {
            tracing::error!(%error, device.id = %car.device, "a device could not be suspended");
        }
        self.links.close(car.vehicle, LinkRefusal::Suspended);
        let alarm = Alarm {
            fleet: car.fleet,
            kind: AlarmKind::DeviceCloned,
            subject: car.device.to_string(),
            vehicle: Some(car.vehicle),
            detail: why.to_owned(),
        };
        self.raise(alarm, now).await;
    }

    /// What an earlier unit of the car stated and this one has not: open bills to reissue, and paid ones that were never
    /// shown.
    async fn bills_left_to(
        &self,
        car: CarIdentity,
        key: &PrivateKey,
        now: Timestamp,
    ) -> Result<Vec<ToCar>, StoreError> {
        let paid_after = now.before(UNSHOWN_LIFE);
        let left = self.books.left_bills(car.fleet, car.vehicle, car.device, paid_after, LEFT_MAX).await?;
        let seal = |(bill, record): (Bill, Option<TripRecord>)| {
            let left = Inheritance {
                trip: bill.trip,
                bill: bill.id,
                version: bill.version,
                source: bill.source,
                lines: bill.lines,
                total: bill.total,
                nonce: bill.nonce,
                record,
                open: bill.state == BillState::Issued,
            };
            left.seal(car.device, key)
        };
        let sealed = left.into_iter().map(seal).collect::<Result<Vec<_>, _>>();
        let sealed = sealed.map_err(|error| StoreError::Unreadable { what: "bill", value: error.to_string() })?;
        Ok(sealed.into_iter().map(|inheritance| ToCar::InheritBill { inheritance }).collect())
    }

    /// Where a bill stands, and its envelope if the car should have one.
    async fn about_bill(&self, car: CarIdentity, bill: BillId, now: Timestamp) -> Result<Vec<ToCar>, StoreError> {
        let Some(found) = self.books.bill(car.fleet, bill).await?.filter(|found| found.vehicle == car.vehicle) else {
            return Ok(vec![ToCar::BillProgress { bill, version: 0, progress: BillProgress::Unknown }]);
        };
        let mut answer = Vec::new();
        if found.state == BillState::Paid {
            answer.extend(self.envelope_again(car, &found, now).await?);
        }
        answer.push(self.progress(&found).await?);
        Ok(answer)
    }

    /// The stored envelope while it is fresh and not yet received; otherwise a new one with a new sequence.
    async fn envelope_again(&self, car: CarIdentity, bill: &Bill, now: Timestamp) -> Result<Option<ToCar>, StoreError> {
        let stored = self.fleet_store.message_about(car.fleet, car.vehicle, bill.id).await?;
        let half = VERDICT_LIFE.checked_div(2).unwrap_or(VERDICT_LIFE);
        if let Some(stored) = stored.filter(|stored| !stored.received && now.since(stored.created_at) < half) {
            return Ok(Some(stored.message));
        }
        let payment = self.books.latest_payment(car.fleet, bill.id).await?;
        let vehicle = self.fleet_store.vehicle(car.vehicle).await?;
        if let Some((payment, vehicle)) = payment.zip(vehicle) {
            let verdict = covered(&payment, bill, &vehicle.plate, now);
            let change = Change { fleet: Some(car.fleet), verdict: Some(verdict), ..Change::default() };
            self.commit(change, now).await?;
        }
        Ok(None)
    }

    /// The hint for "waiting" and "checking".
    pub(super) async fn progress(&self, bill: &Bill) -> Result<ToCar, StoreError> {
        let progress = match bill.state {
            BillState::Paid => BillProgress::Paid,
            BillState::PaidOtherwise | BillState::LeftUnpaid => BillProgress::Ended,
            BillState::Ending(_) => BillProgress::Checking,
            BillState::Issued => {
                let payment = self.books.latest_payment(bill.fleet, bill.id).await?;
                match payment.map(|payment| payment.state) {
                    Some(PaymentState::Submitted | PaymentState::AwaitingBuyer) => BillProgress::Paying,
                    Some(PaymentState::Unknown | PaymentState::Cancelling | PaymentState::NeedsPerson) => {
                        BillProgress::Checking
                    }
                    _ => BillProgress::Open,
                }
            }
        };
        Ok(ToCar::BillProgress { bill: bill.id, version: bill.version, progress })
    }
}

#[async_trait]
impl CarDesk for House {
    async fn enrol(&self, request: &EnrolRequest, challenge: &[u8; 32], now: Timestamp) -> Result<Signed, LinkRefusal> {
        request.check(challenge).map_err(|_| LinkRefusal::Identity)?;
        let code_key: [u8; 32] = rand::random();
        let device = Device {
            // Fleet and vehicle are the code's; the store fills them in.
            fleet: fareway_shared::id::FleetId(uuid::Uuid::nil()),
            vehicle: fareway_shared::id::VehicleId(uuid::Uuid::nil()),
            id: DeviceId(self.fresh.id(now)),
            public_key: request.device_key,
            code_key,
            state: DeviceState::Active,
            last_command: 0,
            enrolled_at: now,
        };
        let enrolled = self.fleet_store.enrol(&secret_hash(&request.secret), &device, now).await.map_err(busy)?;
        let Enrolment { vehicle, last_sequence } = enrolled.ok_or(LinkRefusal::EnrolmentCode)?;
        let terms = self.terms.get(&vehicle.fleet).ok_or(LinkRefusal::Busy)?;
        // The car's earlier device, if any, was revoked by this enrolment.
        self.links.close(vehicle.id, LinkRefusal::Revoked);
        self.live.touch_fleet(vehicle.fleet);
        tracing::info!(vehicle.plate = %vehicle.plate, device.id = %device.id, "a device was enrolled");
        let grant = Enrolled {
            platform_key: self.keys.current().public(),
            device_key: request.device_key,
            device: device.id,
            fleet: vehicle.fleet,
            vehicle: vehicle.id,
            plate: vehicle.plate,
            currency: terms.currency,
            code_key,
            public_url: self.public_url.clone(),
            cap_minor: terms.cap_minor,
            last_sequence,
        };
        Ok(grant.seal(self.keys.current()))
    }

    async fn greet(&self, hello: &SignedHello, challenge: &[u8; 32], now: Timestamp) -> Result<Greeted, LinkRefusal> {
        let device = self.active_device(hello.device).await?;
        let opened = Hello::open(hello, &device.public_key, challenge).map_err(|_| LinkRefusal::Identity)?;
        let car = CarIdentity { fleet: device.fleet, vehicle: device.vehicle, device: device.id };
        if opened.last_command < device.last_command {
            self.suspend(car, "its command counter went back", now).await;
            return Err(LinkRefusal::Suspended);
        }
        let Some(key) = self.keys.private_half(&opened.platform_key) else {
            tracing::error!(vehicle.id = %car.vehicle, "a car believes a platform key that is not on the ring: enrol it again");
            return Err(LinkRefusal::Identity);
        };
        let after = opened.last_sequence;
        let resend = self.fleet_store.messages_after(car.fleet, car.vehicle, after, RESEND_MAX).await.map_err(busy)?;
        let left = self.bills_left_to(car, key, now).await.map_err(busy)?;
        let welcome =
            Welcome { device: device.id, nonce: opened.nonce, server_time: now, last_command: device.last_command };
        Ok(Greeted { car, last_sequence: after, welcome: welcome.seal(key), left, resend })
    }

    async fn command(&self, car: CarIdentity, command: &SignedCommand, now: Timestamp) -> Result<ToCar, LinkRefusal> {
        for _ in 0..super::CONFLICTS_MAX {
            let device = self.active_device(car.device).await?;
            let (number, opened) = command.open(device.id, &device.public_key).map_err(|_| LinkRefusal::Identity)?;
            let body_sha256 = Sha256::digest(&command.sealed.body).into();
            if number <= device.last_command {
                let applied = self.fleet_store.applied(car.fleet, device.id, number).await.map_err(busy)?;
                let Some(applied) = applied.filter(|applied| applied.body_sha256 == body_sha256) else {
                    self.suspend(car, "one command number came with two contents", now).await;
                    return Err(LinkRefusal::Suspended);
                };
                return Ok(ToCar::CommandDone { number, outcome: applied.outcome });
            }
            if number != device.last_command.saturating_add(1) {
                return Err(LinkRefusal::Protocol);
            }
            match self.apply(car, &device, number, body_sha256, &opened, now).await {
                Ok(outcome) => return Ok(ToCar::CommandDone { number, outcome }),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(busy(error)),
            }
        }
        Err(LinkRefusal::Busy)
    }

    async fn received(&self, car: CarIdentity, sequence: u64, _now: Timestamp) -> Vec<ToCar> {
        if let Err(error) = self.fleet_store.received(car.fleet, car.vehicle, sequence).await {
            tracing::warn!(%error, vehicle.id = %car.vehicle, "an acknowledgement could not be stored; the car repeats it");
        }
        self.fleet_store.messages_after(car.fleet, car.vehicle, sequence, RESEND_MAX).await.unwrap_or_default()
    }

    async fn ask_bills(&self, car: CarIdentity, bills: &[BillId], now: Timestamp) -> Vec<ToCar> {
        let mut answers = Vec::new();
        for bill in bills.iter().take(16) {
            match self.about_bill(car, *bill, now).await {
                Ok(answer) => answers.extend(answer),
                Err(error) => tracing::warn!(%error, bill.id = %bill, "a car's question about a bill has to wait"),
            }
        }
        answers
    }

    async fn report(&self, car: CarIdentity, report: CarReport, now: Timestamp) {
        if self.live.report(car.vehicle, report, now) {
            self.live.touch_vehicle(car.vehicle);
            self.live.touch_fleet(car.fleet);
        }
    }

    async fn fixes(&self, car: CarIdentity, fixes: &[RawFix], now: Timestamp) -> Vec<ToCar> {
        let fault = self.live.fixes(car.vehicle, fixes, now);
        let told = fault.map(|fault| {
            tracing::warn!(vehicle.id = %car.vehicle, ?fault, "a position is not believed");
            let (zh, en) = fault.sentences();
            ToCar::FixRefused { zh: zh.to_owned(), en: en.to_owned() }
        });
        told.into_iter().collect()
    }

    async fn link_changed(&self, car: CarIdentity, up: bool, now: Timestamp) {
        self.live.link(car.vehicle, up, now);
        self.live.touch_vehicle(car.vehicle);
        self.live.touch_fleet(car.fleet);
    }

    async fn cloned(&self, car: CarIdentity, now: Timestamp) {
        self.suspend(car, "two live links used its key", now).await;
    }
}
