//! The passenger's desk: from a scanned code to the receipt. It shows what the books say and decides nothing else.

use std::time::Duration;

use async_trait::async_trait;
use fareway_shared::{
    code::{bill_code_fits, claimed_bill, screen_code_fits},
    id::{BillId, FleetId, VehicleId},
    money::Money,
    statement::{BillLine, LineKind},
    time::Timestamp,
};
use tokio::sync::watch;

use super::House;
use crate::{
    alarm::{Alarm, AlarmKind},
    bill::model::{Bill, BillState},
    fleet::model::{DeviceState, Vehicle, plate_key},
    passenger::ports::{
        Claim, Exchange, Message, PageState, PassengerDesk, PayOutcome, ShownBill, ShownLine, ShownReceipt, Target,
        Unavailable, View,
    },
    payment::{
        capture::tail,
        error::PaymentError,
        model::{Payment, PaymentState},
        service::PayResult,
    },
    store_error::StoreError,
};

/// Wrong screen codes count this long.
const TRIES_SPAN: Duration = Duration::from_secs(600);
/// So many wrong codes a payer has per car, and a car has in all.
const TRIES_PAYER: u32 = 3;
const TRIES_VEHICLE: u32 = 10;
/// An exchange that is still under way after this died with its program and may be tried again.
const EXCHANGE_LOST: Duration = Duration::from_secs(30);

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a passenger's page could not be served");
        Self
    }
}

impl From<PaymentError> for Unavailable {
    fn from(error: PaymentError) -> Self {
        tracing::error!(%error, "a passenger's payment could not be served");
        Self
    }
}

fn message(zh: &str, en: &str) -> Message {
    Message { zh: zh.to_owned(), en: en.to_owned() }
}

fn shown_line(line: &BillLine, bill: &Bill) -> ShownLine {
    let kind = match line.kind {
        LineKind::Fare => "fare",
        LineKind::Toll => "toll",
        LineKind::Parking => "parking",
    };
    ShownLine { kind: kind.to_owned(), amount: Money::new(line.amount_minor, bill.total.currency).decimal() }
}

fn shown_bill(bill: &Bill) -> ShownBill {
    ShownBill {
        id: bill.id,
        version: bill.version,
        lines: bill.lines.iter().map(|line| shown_line(line, bill)).collect(),
        total: bill.total.decimal(),
        currency: bill.total.currency.to_string(),
        symbol: bill.total.currency.symbol().to_owned(),
        source: match bill.source {
            fareway_shared::statement::FareSource::Meter => "meter".to_owned(),
            fareway_shared::statement::FareSource::Keyed => "keyed".to_owned(),
        },
        opened_at_ms: bill.opened_at.millis(),
    }
}

/// What one payer sees of one bill.
fn view(bill: &Bill, payment: Option<&Payment>, payer: &str) -> View {
    let own = payment.filter(|payment| payment.buyer == payer);
    match bill.state {
        BillState::Paid if own.is_some() => View::Paid,
        BillState::Paid => View::PaidByAnother,
        BillState::PaidOtherwise => View::Ended,
        BillState::Ending(_) => View::Checking,
        BillState::Issued | BillState::LeftUnpaid => match (payment, own) {
            (Some(payment), None) if payment.state.is_live() => View::AnotherPhone,
            (Some(payment), Some(_)) => match payment.state {
                PaymentState::Unknown | PaymentState::Cancelling | PaymentState::NeedsPerson => View::Checking,
                PaymentState::Captured => View::Checking,
                PaymentState::Closed => View::NotPaid,
                PaymentState::Created | PaymentState::Submitted | PaymentState::AwaitingBuyer => View::Bill,
            },
            _ => View::Bill,
        },
    }
}

impl House {
    fn blank(&self, vehicle: &Vehicle, view: View, now: Timestamp) -> PageState {
        let terms = self.terms.get(&vehicle.fleet);
        let (fleet, zone) =
            terms.map_or_else(|| (String::new(), "UTC".to_owned()), |terms| (terms.name.clone(), terms.zone.clone()));
        PageState {
            view,
            plate: vehicle.plate.clone(),
            driver: vehicle.driver.as_ref().map(|driver| driver.name.clone()),
            fleet,
            zone,
            running_fare: None,
            bill: None,
            bills: Vec::new(),
            receipt: None,
            message: None,
            server_now_ms: now.millis(),
        }
    }

    async fn bill_page(
        &self,
        vehicle: &Vehicle,
        bill: BillId,
        version: u32,
        payer: &str,
        now: Timestamp,
    ) -> Result<PageState, Unavailable> {
        let found = self.books.bill(vehicle.fleet, bill).await?.filter(|found| found.vehicle == vehicle.id);
        let Some(found) = found else { return Ok(self.blank(vehicle, View::NoTrip, now)) };
        if found.version != version && found.is_open() {
            return Ok(self.blank(vehicle, View::Outdated, now));
        }
        let payment = self.books.latest_payment(vehicle.fleet, bill).await?;
        let mut page = self.blank(vehicle, view(&found, payment.as_ref(), payer), now);
        let private = matches!(page.view, View::PaidByAnother);
        page.bill = (!private).then(|| shown_bill(&found));
        if page.view == View::Paid {
            page.receipt = payment.map(|payment| ShownReceipt {
                paid_at_ms: payment.captured_at.unwrap_or(now).millis(),
                trade_no_tail: tail(payment.trade_no.as_deref().unwrap_or_default()),
                payer_tail: tail(&payment.buyer),
                scene_seed: hex::encode(payment.scene_seed),
                link: None,
            });
        } else if page.view == View::NotPaid {
            page.message = Some(message(
                "上次付款没有完成，没有扣款。如手机显示已扣款，会自动退回。可以再付一次。",
                "The last payment was not completed and nothing was taken; a charge that shows is returned by itself. You can pay again.",
            ));
        }
        Ok(page)
    }

    async fn vehicle_page(&self, vehicle: &Vehicle, payer: &str, now: Timestamp) -> Result<PageState, Unavailable> {
        let bills = self.passenger_store.open_bills(vehicle.fleet, vehicle.id).await?;
        if let [only] = bills.as_slice() {
            return self.bill_page(vehicle, only.id, only.version, payer, now).await;
        }
        if !bills.is_empty() {
            let mut page = self.blank(vehicle, View::ChooseBill, now);
            page.bills = bills.iter().map(shown_bill).collect();
            return Ok(page);
        }
        let running = self.passenger_store.running_trip(vehicle.fleet, vehicle.id).await?;
        let mut page = self.blank(vehicle, if running.is_some() { View::TripRunning } else { View::NoTrip }, now);
        if running.is_some() {
            page.running_fare = self.live.car(vehicle.id).running_fare();
        }
        Ok(page)
    }

    /// The bill that a target means now: its own, or the only open one of a proven car.
    async fn meant(&self, target: Target) -> Result<Option<(FleetId, BillId, u32)>, Unavailable> {
        Ok(match target {
            Target::Bill { fleet, bill, version, .. } => Some((fleet, bill, version)),
            Target::Vehicle { fleet, vehicle, proven: true } => {
                let bills = self.passenger_store.open_bills(fleet, vehicle).await?;
                match bills.as_slice() {
                    [only] => Some((fleet, only.id, only.version)),
                    _ => None,
                }
            }
            Target::Vehicle { proven: false, .. } => None,
        })
    }

    async fn outcome(
        &self,
        target: Target,
        payer: &str,
        result: PayResult,
        now: Timestamp,
    ) -> Result<PayOutcome, Unavailable> {
        let mut state = Box::new(PassengerDesk::state(self, target, payer, now).await?);
        match result {
            PayResult::Ready { trade_no } => return Ok(PayOutcome::Ready { trade_no }),
            PayResult::AnotherPhone => state.view = View::AnotherPhone,
            PayResult::Checking => state.view = View::Checking,
            PayResult::NotOpen => {}
            PayResult::Refused { zh, en } => {
                state.view = View::NotPaid;
                state.message = Some(Message { zh, en });
            }
        }
        Ok(PayOutcome::See { state })
    }
}

fn car_of(target: Target) -> VehicleId {
    match target {
        Target::Bill { vehicle, .. } | Target::Vehicle { vehicle, .. } => vehicle,
    }
}

#[async_trait]
impl PassengerDesk for House {
    async fn find_bill(&self, code: &str, _now: Timestamp) -> Result<Option<Target>, Unavailable> {
        let Some(claimed) = claimed_bill(code) else { return Ok(None) };
        for fleet in self.terms.keys().copied() {
            let Some(bill) = self.books.bill(fleet, claimed).await? else { continue };
            let device = self.fleet_store.device(bill.device).await?;
            let Some(device) = device.filter(|device| device.state != DeviceState::Revoked) else { return Ok(None) };
            // An older version's code, or one of a replaced device, fits nothing any more.
            let fits = bill_code_fits(code, &device.code_key, bill.id, bill.version, &bill.nonce);
            return Ok(fits.then_some(Target::Bill {
                fleet,
                vehicle: bill.vehicle,
                bill: bill.id,
                version: bill.version,
            }));
        }
        Ok(None)
    }

    async fn find_vehicle(&self, vehicle: VehicleId) -> Result<Option<Target>, Unavailable> {
        let found = self.fleet_store.vehicle(vehicle).await?;
        Ok(found.map(|found| Target::Vehicle { fleet: found.fleet, vehicle, proven: false }))
    }

    async fn find_plate(&self, plate: &str) -> Result<Option<Target>, Unavailable> {
        let found = self.fleet_store.vehicles_by_plate(&plate_key(plate)).await?;
        Ok(match found.as_slice() {
            [only] => Some(Target::Vehicle { fleet: only.fleet, vehicle: only.id, proven: false }),
            _ => None,
        })
    }

    fn authorise_url(&self, state: &str) -> String {
        self.sign_in.authorise_url(state)
    }

    async fn exchange(&self, state_nonce: &str, auth_code: &str, now: Timestamp) -> Result<Exchange, Unavailable> {
        match self.passenger_store.claim_authorisation(state_nonce, now).await? {
            Claim::Done(exchange) => Ok(exchange),
            Claim::Underway { since } if now.since(since) < EXCHANGE_LOST => Ok(Exchange::Unknown),
            // The program died between asking and storing: the code may be used up, so authorise afresh.
            Claim::Underway { .. } => Ok(Exchange::CodeRefused),
            Claim::First => {
                let exchange = self.sign_in.exchange(auth_code, now).await;
                self.passenger_store.finish_authorisation(state_nonce, &exchange).await?;
                Ok(exchange)
            }
        }
    }

    async fn state(&self, target: Target, payer: &str, now: Timestamp) -> Result<PageState, Unavailable> {
        let vehicle = self.fleet_store.vehicle(car_of(target)).await?.ok_or(Unavailable)?;
        match target {
            Target::Bill { bill, version, .. } => self.bill_page(&vehicle, bill, version, payer, now).await,
            Target::Vehicle { proven: true, .. } => self.vehicle_page(&vehicle, payer, now).await,
            Target::Vehicle { proven: false, .. } => {
                let mut page = self.blank(&vehicle, View::EnterCode, now);
                page.plate.clear();
                page.driver = None;
                Ok(page)
            }
        }
    }

    async fn try_screen_code(
        &self,
        target: Target,
        payer: &str,
        digits: &str,
        now: Timestamp,
    ) -> Result<Result<Target, Message>, Unavailable> {
        let Target::Vehicle { fleet, vehicle, .. } = target else { return Ok(Ok(target)) };
        let since = now.before(TRIES_SPAN);
        let (own, all) = self.passenger_store.screen_code_tries(fleet, vehicle, payer, since).await?;
        if own >= TRIES_PAYER || all >= TRIES_VEHICLE {
            return Ok(Err(message(
                "输错次数过多。请改扫车内屏幕上的账单二维码。",
                "Too many wrong codes. Scan the bill's own code on the car's screen instead.",
            )));
        }
        let device = self.fleet_store.device_of(fleet, vehicle).await?;
        if device.is_some_and(|device| screen_code_fits(digits, &device.code_key, now)) {
            return Ok(Ok(Target::Vehicle { fleet, vehicle, proven: true }));
        }
        self.passenger_store.add_screen_code_try(fleet, vehicle, payer, now).await?;
        if all.saturating_add(1) >= TRIES_VEHICLE {
            let alarm = Alarm {
                fleet,
                kind: AlarmKind::ScreenCodeLocked,
                subject: vehicle.to_string(),
                vehicle: Some(vehicle),
                detail: format!("{TRIES_VEHICLE} wrong codes in {} minutes", TRIES_SPAN.as_secs() / 60),
            };
            self.raise(alarm, now).await;
        }
        Ok(Err(message(
            "数字码不对。请看车内屏幕上的三位数字，每 30 秒更新一次。",
            "That is not the code. Look at the three digits on the car's screen; they change every 30 seconds.",
        )))
    }

    async fn choose_bill(&self, target: Target, bill: BillId, _now: Timestamp) -> Result<Option<Target>, Unavailable> {
        let Target::Vehicle { fleet, vehicle, proven: true } = target else { return Ok(None) };
        let open = self.passenger_store.open_bills(fleet, vehicle).await?;
        let chosen = open.into_iter().find(|open| open.id == bill);
        Ok(chosen.map(|chosen| Target::Bill { fleet, vehicle, bill: chosen.id, version: chosen.version }))
    }

    async fn pay(&self, target: Target, payer: &str, now: Timestamp) -> Result<PayOutcome, Unavailable> {
        let result = match self.meant(target).await? {
            Some((fleet, bill, version)) => self.payments.pay(fleet, bill, version, payer, now).await?,
            None => PayResult::NotOpen,
        };
        self.tell_car(target).await;
        self.outcome(target, payer, result, now).await
    }

    async fn take_over(&self, target: Target, payer: &str, now: Timestamp) -> Result<PayOutcome, Unavailable> {
        let result = match self.meant(target).await? {
            Some((fleet, bill, version)) => self.payments.take_over(fleet, bill, version, payer, now).await?,
            None => PayResult::NotOpen,
        };
        self.tell_car(target).await;
        self.outcome(target, payer, result, now).await
    }

    async fn wallet_returned(&self, target: Target, payer: &str, result_code: &str, now: Timestamp) {
        let Ok(Some((fleet, bill, _))) = self.meant(target).await else { return };
        let Ok(Some(payment)) = self.books.latest_payment(fleet, bill).await else { return };
        tracing::info!(order.number = %payment.out_trade_no, wallet.result = %result_code, "the wallet came back");
        if payment.buyer == payer && payment.state.is_live() {
            if let Err(error) = self.payments.ask(fleet, payment.id, now).await {
                tracing::warn!(%error, "a payment could not be asked about; its timer will");
            }
            self.tell_car(target).await;
        }
    }

    fn changes(&self, vehicle: VehicleId) -> watch::Receiver<u64> {
        self.live.watch_vehicle(vehicle)
    }
}

impl House {
    /// "Somebody is paying": a hint for the car's screen.
    async fn tell_car(&self, target: Target) {
        let Ok(Some((fleet, bill, _))) = self.meant(target).await else { return };
        let Ok(Some(bill)) = self.books.bill(fleet, bill).await else { return };
        if let Ok(hint) = self.progress(&bill).await {
            self.links.send(bill.vehicle, hint);
        }
    }
}
