//! One car's link from the answered greeting to its end: what waits is written at once, what comes is handed to the desk
//! strictly in order, one at a time, and a silent car is noticed. While the desk works on a message the link still
//! writes, answers pings and can be closed; a second message may wait, a third stays in the kernel.

use std::{future::Future, pin::Pin, sync::Arc};

use fareway_shared::{
    fix::FIXES_MAX,
    protocol::car::{FromCar, LinkRefusal, ToCar},
};
use tokio::time::{Instant, sleep_until, timeout};

use crate::push::{
    hub::{Link, Seat},
    listener::House,
    order::{Order, Place},
    queue::{Ending, Work},
    socket::{Broken, Incoming, Socket},
};

/// As the protocol says for [`FromCar::AskBills`].
const ASKED_BILLS_MAX: usize = 16;

/// What the desk answered.
enum Answer {
    /// To a command: the outcome, or the end of the link.
    Command(Result<ToCar, LinkRefusal>),
    /// To a question about bills, or about positions; the car asked, so repeats are written.
    Asked(Vec<ToCar>),
    /// What the store holds above what the car has persisted.
    Stored(Vec<ToCar>),
    /// Nothing to write.
    Noted,
}

/// What an idle link waits for.
enum Event {
    Work(Work),
    Answer(Answer),
    Incoming(Incoming),
    Silence,
}

/// Something the session does, boxed on its own so that the task of an idle link does not carry it.
type Act<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Call = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// One car's link.
pub(super) struct Session {
    socket: Socket,
    house: Arc<House>,
    seat: Seat,
    order: Order,
    opening: Vec<ToCar>,
    refill: bool,
    call: Option<Call>,
    held: Option<Box<FromCar>>,
    heard_at: Instant,
    pinged: bool,
}

impl Session {
    pub(super) fn new(
        socket: Socket,
        house: Arc<House>,
        seat: Seat,
        order: Order,
        opening: Vec<ToCar>,
        refill: bool,
    ) -> Self {
        let heard_at = Instant::now();
        Self { socket, house, seat, order, opening, refill, call: None, held: None, heard_at, pinged: false }
    }

    /// Serves the car until the link ends, and tells the house when it came up and went down.
    pub(super) async fn run(mut self: Box<Self>) {
        let opened = self.open().await;
        let ending = match opened {
            Ok(()) => self.serve().await,
            Err(ending) => ending,
        };
        self.end(ending).await;
    }

    async fn serve(&mut self) -> Ending {
        let mut silence = Box::pin(sleep_until(self.heard_at + self.house.settings.times.ping_after));
        loop {
            let event = tokio::select! {
                biased;
                work = self.seat.link().queue.work() => Event::Work(work),
                answer = answered(&mut self.call) => Event::Answer(answer),
                incoming = self.socket.next(), if self.held.is_none() => Event::Incoming(incoming),
                () = &mut silence => Event::Silence,
            };
            match self.act(event).await {
                Ok(None) => {}
                Ok(Some(again)) => silence.as_mut().reset(again),
                Err(ending) => return ending,
            }
        }
    }

    /// Tells the house, answers the greeting and sends what the car missed.
    fn open(&mut self) -> Act<'_, Result<(), Ending>> {
        Box::pin(async {
            self.house.desk.link_changed(self.seat.link().car, true, self.house.clock.now()).await;
            let opening = std::mem::take(&mut self.opening);
            self.write(opening).await?;
            if self.refill {
                self.refill = false;
                self.call = Some(self.ask_store());
            }
            Ok(())
        })
    }

    /// Does what an event asks for; `Some` is when to look for silence again.
    fn act(&mut self, event: Event) -> Act<'_, Result<Option<Instant>, Ending>> {
        Box::pin(async {
            let look_again = match event {
                Event::Work(work) => self.do_work(work).await.map(|()| None),
                Event::Answer(answer) => self.take_answer(answer).await.map(|()| None),
                Event::Incoming(incoming) => self.take(incoming).map(|()| None),
                Event::Silence => self.check_silence().await.map(Some),
            }?;
            if self.refill && self.call.is_none() {
                self.refill = false;
                self.call = Some(self.ask_store());
            }
            Ok(look_again)
        })
    }

    fn end(self: Box<Self>, ending: Ending) -> Act<'static, ()> {
        Box::pin(async move {
            let Self { socket, house, seat, call, .. } = *self;
            let car = seat.link().car;
            tracing::info!(vehicle.id = %car.vehicle, device.id = %car.device, ?ending, "car link ended");
            let was_current = seat.leave();
            let farewell = async {
                match ending {
                    Ending::Refused(reason) => socket.refuse(reason, house.settings.times.farewell_within).await,
                    Ending::Left | Ending::SlowReader | Ending::Silent | Ending::Replaced => drop(socket),
                }
            };
            let told = async {
                if let Some(call) = call {
                    // A command that has begun is finished, though nobody is left to hear the answer.
                    call.await;
                }
                if was_current {
                    house.desk.link_changed(car, false, house.clock.now()).await;
                    if house.hub.find(car.vehicle).is_some() {
                        // It came back while the desk was being told; the last word must be the true one.
                        house.desk.link_changed(car, true, house.clock.now()).await;
                    }
                }
            };
            tokio::join!(farewell, told);
        })
    }

    async fn do_work(&mut self, work: Work) -> Result<(), Ending> {
        match work {
            Work::End(ending) => Err(ending),
            Work::Probe => self.ping().await,
            Work::Messages(waiting) => {
                let mut ready = Vec::with_capacity(waiting.len());
                for message in waiting {
                    match self.order.place(&message) {
                        Place::Next => ready.push(message),
                        Place::Repeat => {}
                        Place::Gap => self.refill = true,
                    }
                }
                self.write(ready).await
            }
        }
    }

    /// A frame came in.
    fn take(&mut self, incoming: Incoming) -> Result<(), Ending> {
        self.heard_at = Instant::now();
        self.pinged = false;
        match incoming {
            Incoming::Alive => Ok(()),
            Incoming::Answer => {
                self.seat.link().queue.lives();
                Ok(())
            }
            Incoming::Left => Err(Ending::Left),
            Incoming::Violation => Err(Ending::Refused(LinkRefusal::Protocol)),
            Incoming::Message(message) if self.call.is_none() => self.hand_over(message),
            Incoming::Message(message) => {
                self.held = Some(Box::new(message));
                Ok(())
            }
        }
    }

    /// Starts the desk on a message.
    fn hand_over(&mut self, message: FromCar) -> Result<(), Ending> {
        let (house, car, now) = (Arc::clone(&self.house), self.seat.link().car, self.house.clock.now());
        self.call = Some(match message {
            FromCar::Command(command) => {
                Box::pin(async move { Answer::Command(house.desk.command(car, &command, now).await) })
            }
            FromCar::Report(report) => Box::pin(async move {
                house.desk.report(car, report, now).await;
                Answer::Noted
            }),
            FromCar::Received { sequence } => {
                self.order.persist(sequence);
                self.ask_store()
            }
            FromCar::AskBills { bills } if bills.len() <= ASKED_BILLS_MAX => {
                Box::pin(async move { Answer::Asked(house.desk.ask_bills(car, &bills, now).await) })
            }
            FromCar::Fixes { fixes } if fixes.len() <= FIXES_MAX => {
                Box::pin(async move { Answer::Asked(house.desk.fixes(car, &fixes, now).await) })
            }
            FromCar::Fixes { .. } | FromCar::AskBills { .. } | FromCar::Enrol(_) | FromCar::Hello(_) => {
                return Err(Ending::Refused(LinkRefusal::Protocol));
            }
        });
        Ok(())
    }

    fn ask_store(&self) -> Call {
        let (house, car, now) = (Arc::clone(&self.house), self.seat.link().car, self.house.clock.now());
        let persisted = self.order.persisted();
        Box::pin(async move { Answer::Stored(house.desk.received(car, persisted, now).await) })
    }

    /// The desk has answered: writes what it says and starts it on the message that waited.
    async fn take_answer(&mut self, answer: Answer) -> Result<(), Ending> {
        match answer {
            Answer::Command(outcome) => self.write([outcome.map_err(Ending::Refused)?]).await?,
            Answer::Stored(stored) => {
                let fresh = self.order.follow(stored);
                self.write(fresh).await?;
            }
            Answer::Asked(mut answers) => {
                answers.retain(|message| {
                    let gap = self.order.place(message) == Place::Gap;
                    self.refill |= gap;
                    !gap
                });
                self.write(answers).await?;
            }
            Answer::Noted => {}
        }
        match self.held.take() {
            Some(message) => self.hand_over(*message),
            None => Ok(()),
        }
    }

    /// When to look again; an end if the car was silent for too long.
    async fn check_silence(&mut self) -> Result<Instant, Ending> {
        let times = self.house.settings.times;
        let silent = self.heard_at.elapsed();
        if silent >= times.silent_max {
            return Err(Ending::Silent);
        }
        if silent < times.ping_after {
            return Ok(self.heard_at + times.ping_after);
        }
        if !self.pinged {
            self.pinged = true;
            self.ping().await?;
        }
        Ok((self.heard_at + times.silent_max).min(Instant::now() + times.ping_after))
    }

    async fn ping(&mut self) -> Result<(), Ending> {
        bounded(self.house.settings.times.write_within, self.seat.link(), self.socket.ping()).await
    }

    async fn write(&mut self, messages: impl IntoIterator<Item = ToCar>) -> Result<(), Ending> {
        bounded(self.house.settings.times.write_within, self.seat.link(), self.socket.write(messages)).await
    }
}

/// Waits for a write, but neither longer than allowed nor past the end of the link.
async fn bounded(
    within: std::time::Duration,
    link: &Link,
    writing: impl Future<Output = Result<(), Broken>>,
) -> Result<(), Ending> {
    tokio::select! {
        biased;
        done = timeout(within, writing) => match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Broken)) => Err(Ending::Left),
            Err(_) => Err(Ending::SlowReader),
        },
        ending = link.queue.ended() => Err(ending),
    }
}

/// Waits for the desk, for ever if it was asked nothing.
async fn answered(call: &mut Option<Call>) -> Answer {
    match call {
        Some(running) => {
            let answer = running.await;
            *call = None;
            answer
        }
        None => std::future::pending().await,
    }
}
