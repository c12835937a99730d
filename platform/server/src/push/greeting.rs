//! The first words on a connection: challenge, enrolment or greeting, and whether the same device is already here. Called
//! by the listener once per connection; what it lets in becomes a session.

use std::sync::Arc;

use fareway_shared::protocol::car::{FromCar, LinkRefusal, ToCar};
use rand::{RngCore, rngs::OsRng};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    fleet::ports::{CarIdentity, Greeted},
    push::{
        hub::{Link, NotEntered, Seat},
        listener::House,
        order::Order,
        queue::{Ending, LinkQueue},
        session::Session,
        socket::{Incoming, Socket},
    },
};

/// How often the seat of one car may change hands while a newcomer waits for it.
const PROBES_MAX: usize = 3;

/// Greets a car and makes its session.
pub(super) async fn greet(socket: &mut Socket, house: &Arc<House>) -> Result<Newcomer, Ending> {
    let mut challenge = [0; 32];
    OsRng.fill_bytes(&mut challenge);
    write(socket, house, ToCar::Challenge { nonce: challenge }).await?;
    let mut enrolled = false;
    loop {
        let now = || house.clock.now();
        match first_message(socket, house).await? {
            FromCar::Enrol(request) if !enrolled => {
                enrolled = true;
                let grant = house.desk.enrol(&request, &challenge, now()).await.map_err(Ending::Refused)?;
                write(socket, house, ToCar::Enrolled { grant }).await?;
            }
            FromCar::Hello(hello) => {
                let before = house.hub.tally();
                let greeted = house.desk.greet(&hello, &challenge, now()).await.map_err(Ending::Refused)?;
                let link = Arc::new(Link { car: greeted.car, queue: LinkQueue::new(house.settings.queue_max) });
                let (seat, replaced) = take_seat(&link, house).await?;
                let after = house.hub.tally();
                if after.closed != before.closed {
                    // The house closed somebody's link meanwhile, perhaps this one's. The next greeting tells.
                    return Err(Ending::Refused(LinkRefusal::Busy));
                }
                return Ok(Newcomer { seat, greeted, refill: replaced || after.unheard != before.unheard });
            }
            FromCar::Enrol(_)
            | FromCar::Command(_)
            | FromCar::Report(_)
            | FromCar::Received { .. }
            | FromCar::AskBills { .. }
            | FromCar::Fixes { .. } => return Err(Ending::Refused(LinkRefusal::Protocol)),
        }
    }
}

/// A car that was greeted and has its seat, but was not yet answered.
#[derive(Debug)]
pub(super) struct Newcomer {
    seat: Seat,
    greeted: Greeted,
    refill: bool,
}

impl Newcomer {
    /// The session that answers the greeting and goes on from there.
    pub(super) fn into_session(self, socket: Socket, house: Arc<House>) -> Session {
        let mut order = Order::after(self.greeted.last_sequence);
        let resend = order.follow(self.greeted.resend);
        let welcome = ToCar::Welcome { welcome: self.greeted.welcome };
        let opening = std::iter::once(welcome).chain(self.greeted.left).chain(resend).collect();
        Session::new(socket, house, self.seat, order, opening, self.refill)
    }
}

async fn first_message(socket: &mut Socket, house: &House) -> Result<FromCar, Ending> {
    let deadline = Instant::now() + house.settings.times.greet_within;
    loop {
        match timeout_at(deadline, socket.next()).await {
            Ok(Incoming::Message(message)) => return Ok(message),
            Ok(Incoming::Alive | Incoming::Answer) => {}
            Ok(Incoming::Violation) => return Err(Ending::Refused(LinkRefusal::Protocol)),
            Ok(Incoming::Left) => return Err(Ending::Left),
            Err(_) => return Err(Ending::Silent),
        }
    }
}

async fn write(socket: &mut Socket, house: &House, message: ToCar) -> Result<(), Ending> {
    match timeout(house.settings.times.write_within, socket.write([message])).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Ending::Left),
        Err(_) => Err(Ending::SlowReader),
    }
}

/// Takes the car's seat in the hub, and tells whether a dead link had it. A live link of the same device means that its
/// key was copied: both go.
async fn take_seat(link: &Arc<Link>, house: &House) -> Result<(Seat, bool), Ending> {
    let mut old: Option<Arc<Link>> = None;
    for _ in 0..PROBES_MAX {
        match house.hub.enter(link, old.as_ref()) {
            Ok(seat) => {
                if let Some(old) = &old {
                    old.queue.end(Ending::Replaced);
                }
                return Ok((seat, old.is_some()));
            }
            Err(NotEntered::Shut) => return Err(Ending::Refused(LinkRefusal::Busy)),
            Err(NotEntered::Occupied(there)) if there.car.device != link.car.device => {
                // A replacement device; the desk tells the old one where it stands when it comes back.
                there.queue.end(Ending::Refused(LinkRefusal::Busy));
                old = Some(there);
            }
            Err(NotEntered::Occupied(there)) => {
                if lives(&there, house).await {
                    return Err(cloned(link.car, &there, house).await);
                }
                old = Some(there);
            }
        }
    }
    Err(Ending::Refused(LinkRefusal::Busy))
}

async fn lives(link: &Link, house: &House) -> bool {
    matches!(timeout(house.settings.times.probe_within, link.queue.probe()).await, Ok(Ok(())))
}

async fn cloned(car: CarIdentity, older: &Link, house: &House) -> Ending {
    tracing::warn!(vehicle.id = %car.vehicle, device.id = %car.device, "two live links use one device key");
    older.queue.end(Ending::Refused(LinkRefusal::Suspended));
    house.desk.cloned(car, house.clock.now()).await;
    Ending::Refused(LinkRefusal::Suspended)
}
