//! A fleet at work, written straight into the platform's database: cars with their devices, and for each payment a bill
//! that waits for money.

use std::{path::Path, sync::Arc, time::Duration};

use fareway::{
    bill::model::Bill,
    fleet::{
        model::{Device, DeviceState, Vehicle},
        ports::FleetStore,
    },
    payment::{
        model::{Payment, PaymentState},
        ports::{Books, Change, TimerChange},
    },
    store::Store,
    workflow::KeySealer,
};
use fareway_shared::{
    envelope::judge::KnownBill,
    id::{BillId, DeviceId, FleetId, PaymentId, TripId, VehicleId},
    money::{Currency, Money},
    signature::PrivateKey,
    statement::{BillLine, BillStatement, FareSource, LineKind},
    time::{Clock, SystemClock, Timestamp},
};
use uuid::Uuid;

use super::{
    CARS, PAYMENTS,
    notices::{Keys, PARTNER, Told},
};

/// One car as the bench plays it.
#[derive(Clone)]
pub(super) struct Car {
    /// Its device.
    pub device: DeviceId,
    /// The device's key.
    pub key: [u8; 32],
    /// The car.
    pub vehicle: VehicleId,
    /// Its plate.
    pub plate: String,
    /// Its bills, and which payment each waits for.
    pub bills: Vec<(usize, KnownBill)>,
}

/// What was written.
pub(super) struct Plan {
    /// The fleet.
    pub fleet: FleetId,
    /// The platform's key.
    pub platform: PrivateKey,
    /// The cars.
    pub cars: Vec<Car>,
    /// The payments, in the order their notices come.
    pub payments: Vec<Told>,
}

const PLATFORM_KEY: [u8; 32] = [9; 32];

/// Writes settings, keys and rows.
pub(super) async fn seed(folder: &Path, keys: &Keys) -> Plan {
    let fleet = FleetId(Uuid::from_u128(1));
    write_settings(folder, keys, fleet);
    let platform = PrivateKey::from_bytes(&PLATFORM_KEY);
    let url = format!("sqlite:{}", folder.join("fareway.db").display());
    let store = Store::open(&url, Arc::new(KeySealer(platform.clone()))).await.unwrap();
    store.put_fleet(fleet, "Bench", Currency::CNY).await.unwrap();
    let now = SystemClock.now();
    let mut cars = Vec::with_capacity(CARS);
    for number in 0..CARS {
        cars.push(add_car(&store, fleet, number, now).await);
    }
    let mut payments = Vec::with_capacity(PAYMENTS);
    for number in 0..PAYMENTS {
        let car = cars.get_mut(number % CARS).unwrap();
        payments.push(add_payment(&store, fleet, car, number, now).await);
    }
    store.close().await;
    Plan { fleet, platform, cars, payments }
}

async fn add_car(store: &Store, fleet: FleetId, number: usize, now: Timestamp) -> Car {
    let vehicle = VehicleId(Uuid::now_v7());
    let plate = format!("苏E·{number:05}");
    store.add_vehicle(&Vehicle { fleet, id: vehicle, plate: plate.clone(), driver: None }).await.unwrap();
    let (hash, key) = (format!("bench {number}"), rand::random());
    store.put_enrolment(fleet, vehicle, &hash, now.after(Duration::from_secs(60))).await.unwrap();
    let device = Device {
        fleet,
        id: DeviceId(Uuid::now_v7()),
        vehicle,
        public_key: PrivateKey::from_bytes(&key).public(),
        code_key: rand::random(),
        state: DeviceState::Active,
        last_command: 0,
        enrolled_at: now,
    };
    store.enrol(&hash, &device, now).await.unwrap().expect("the code is fresh");
    Car { device: device.id, key, vehicle, plate, bills: Vec::new() }
}

async fn add_payment(store: &Store, fleet: FleetId, car: &mut Car, number: usize, now: Timestamp) -> Told {
    let total = Money::new(1_000 + i64::try_from(number).unwrap(), Currency::CNY);
    let statement = BillStatement {
        fleet,
        vehicle: car.vehicle,
        trip: TripId(Uuid::now_v7()),
        bill: BillId(Uuid::now_v7()),
        version: 1,
        frames_sha256: [1; 32],
        source: FareSource::Meter,
        lines: vec![BillLine { kind: LineKind::Fare, amount_minor: total.minor }],
        total,
        nonce: rand::random(),
        counter: 1,
        stated_at: now,
    };
    let bill = Bill::issue(&statement, car.device, now);
    let buyer = format!("2088{number:012}");
    let life = Duration::from_secs(3_600);
    let mut payment = Payment::open(PaymentId(Uuid::now_v7()), &bill, &buyer, rand::random(), life, now);
    payment.state = PaymentState::AwaitingBuyer;
    payment.trade_no = Some(format!("20261120{number:020}"));
    let told = Told {
        out_trade_no: payment.out_trade_no.to_string(),
        trade_no: payment.trade_no.clone().unwrap(),
        buyer,
        amount: total.decimal(),
    };
    car.bills.push((number, KnownBill { bill: bill.id, trip: bill.trip, version: 1, total, nonce: bill.nonce }));
    let timer = TimerChange::At { payment: payment.id, due_at: now.after(life), attempt: 0 };
    let change = Change {
        fleet: Some(fleet),
        payment: Some(payment),
        bill: Some(bill),
        timers: vec![timer],
        ..Change::default()
    };
    store.commit(change, now).await.unwrap();
    told
}

fn write_settings(folder: &Path, keys: &Keys, fleet: FleetId) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("ours.pem", &keys.ours);
    write("alipay.pem", &keys.alipay_public);
    write("platform.key", &PLATFORM_KEY.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.join("platform.key"), mode).unwrap();
    let text = format!(
        r#"
[server]
http = "127.0.0.1:0"
cars = "127.0.0.1:0"
[alipay]
app_id = "2021000000000001"
private_key = "ours.pem"
alipay_public_key = "alipay.pem"
[[fleet]]
id = "{fleet}"
name = "Bench"
currency = "CNY"
[fleet.alipay]
partner = "{PARTNER}"
gateway = "http://127.0.0.1:9/gateway.do"
sign_type = "RSA2"
private_key = "ours.pem"
alipay_public_key = "alipay.pem"
secondary_merchant_id = "BENCH"
secondary_merchant_name = "Bench"
store_id = "BENCH"
store_name = "Bench"
"#
    );
    write("fareway.toml", &text);
}
