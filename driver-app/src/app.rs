//! Channels joined: actions in, [`State::step`], what must be written is written, and only then anything is sent or shown.
//! Knows no widget; the screen (or a test) reads [`Screen`]s from a watch channel.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fareway_shared::{
    protocol::meter::ToBridge,
    time::{Clock, Timestamp},
};
use rand::rngs::OsRng;
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    disk::{Disk, DiskError},
    link::{self, LinkOrder, LinkSettings},
    meter,
    state::{Action, Effects, Moment, Order, State, View},
};

const INPUTS_MAX: usize = 256;
const ORDERS_MAX: usize = 128;
/// How long a step waits after the disk refused before anything is tried again.
const DISK_RETRY: Duration = Duration::from_secs(2);

/// An action with the instant at which its frame arrived, for measurements.
#[derive(Debug)]
pub struct Input {
    /// What happened.
    pub action: Action,
    /// When its frame was read from the socket, by the machine's clock.
    pub arrived_at: Option<Timestamp>,
}

impl Input {
    /// An action that did not come over the link.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self { action, arrived_at: None }
    }
}

/// What the screen is to show.
#[derive(Clone, Debug)]
pub struct Screen {
    /// The page and everything on it.
    pub view: View,
    /// Trusted (or wall) time minus monotonic time, so that clocks and the scene run between two screens.
    pub display_time: Timestamp,
    /// When `display_time` was right.
    pub as_of: Instant,
    /// When the frame that caused this screen arrived, if one did.
    pub arrived_at: Option<Timestamp>,
    /// The disk refuses: nothing is accepted until it works again.
    pub disk_problem: Option<String>,
}

impl Screen {
    /// Trusted (or wall) time right now.
    #[must_use]
    pub fn time_at(&self, now: Instant) -> Timestamp {
        self.display_time.after(now.saturating_duration_since(self.as_of))
    }
}

/// A running car: where to send actions, where to read screens.
#[derive(Clone, Debug)]
pub struct Handle {
    /// Bounded queue of what happens.
    pub inputs: mpsc::Sender<Input>,
    /// The latest screen.
    pub screens: watch::Receiver<Arc<Screen>>,
}

/// Everything between two sockets, a disk and a screen.
#[derive(Debug)]
pub struct App {
    state: State,
    disk: Disk,
    time: Time,
    inputs: mpsc::Receiver<Input>,
    screens: watch::Sender<Arc<Screen>>,
    link: mpsc::Sender<LinkOrder>,
    link_overflow: Arc<Notify>,
    bridge: mpsc::Sender<ToBridge>,
    disk_problem: Option<String>,
}

impl App {
    /// Loads the memory and joins the channels; [`App::run`] sets things in motion.
    ///
    /// # Errors
    /// The disk cannot be read. (A damaged memory is no error: the screen says so.)
    pub fn build(
        disk: Disk,
        link: LinkSettings,
        bridge: String,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Sockets, Handle), DiskError> {
        let state = State::new(disk.load()?);
        let time = Time { started: Instant::now(), clock };
        let (inputs, inputs_out) = mpsc::channel(INPUTS_MAX);
        let (link_orders, link_out) = mpsc::channel(ORDERS_MAX);
        let (bridge_orders, bridge_out) = mpsc::channel(ORDERS_MAX);
        let link_overflow = Arc::new(Notify::new());
        let (screens, screens_out) = watch::channel(Arc::new(screen(&state, &time, None, None)));
        let sockets = Sockets {
            link,
            bridge,
            link_orders: link_out,
            link_overflow: Arc::clone(&link_overflow),
            bridge_orders: bridge_out,
            inputs: inputs.clone(),
        };
        let app = Self {
            state,
            disk,
            time,
            inputs: inputs_out,
            screens,
            link: link_orders,
            link_overflow,
            bridge: bridge_orders,
            disk_problem: None,
        };
        Ok((app, sockets, Handle { inputs, screens: screens_out }))
    }

    /// Runs until every [`Handle`] and both sockets are gone.
    pub async fn run(mut self) {
        self.carry_out(self.state.opening());
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            let due = self.state.next_due().map(|due| self.time.started + due);
            let input = tokio::select! {
                input = self.inputs.recv() => match input {
                    Some(input) => input,
                    None => return,
                },
                () = sleep_until(due) => Input::new(Action::Tick),
                // The codes and clocks of the screen move on by themselves.
                _ = second.tick() => {
                    let arrived_at = self.screens.borrow().arrived_at;
                    self.publish(arrived_at);
                    continue;
                }
            };
            if !self.step(input) {
                // The disk refused; the platform and the bridge repeat what they said.
                tokio::time::sleep(DISK_RETRY).await;
            }
        }
    }

    fn step(&mut self, input: Input) -> bool {
        let now = self.time.now();
        let (next, effects) = self.state.step(input.action, now, &mut OsRng);
        let written = self.write(&next, &effects);
        match &written {
            Ok(()) => {
                self.state = next;
                self.disk_problem = None;
                self.carry_out(effects);
            }
            Err(error) => {
                let why = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
                tracing::error!("the unit's memory cannot be written: {error}{why}");
                self.disk_problem = Some(format!("{error}{why}"));
                // The link is made again later, so that the platform repeats what was not kept.
                self.order_link(LinkOrder::Drop);
            }
        }
        self.publish(input.arrived_at);
        written.is_ok()
    }

    fn publish(&self, arrived_at: Option<Timestamp>) {
        let screen = screen(&self.state, &self.time, arrived_at, self.disk_problem.clone());
        self.screens.send_replace(Arc::new(screen));
    }

    fn write(&self, next: &State, effects: &Effects) -> Result<(), DiskError> {
        let Some((identity, ledger)) = next.memory() else { return Ok(()) };
        let enrols = self.state.memory().is_none();
        if enrols {
            self.disk.set_aside()?;
            self.disk.save_ledger(ledger)?;
        }
        // A new platform key first: the ledger says that it was heard.
        if effects.save_identity {
            self.disk.save_identity(identity)?;
        }
        if effects.save_ledger && !enrols {
            self.disk.save_ledger(ledger)?;
        }
        Ok(())
    }

    fn carry_out(&self, effects: Effects) {
        for order in effects.orders {
            match order {
                Order::OpenLink => self.order_link(LinkOrder::Open),
                Order::DropLink => self.order_link(LinkOrder::Drop),
                Order::RestLink => self.order_link(LinkOrder::Rest),
                Order::ToPlatform(frame) => self.order_link(LinkOrder::Send(frame)),
                Order::ToBridge(word) => {
                    if self.bridge.try_send(word).is_err() {
                        tracing::debug!("the bridge does not listen; it will repeat the trip");
                    }
                }
                Order::Warn(sentence) => tracing::warn!("{sentence}"),
            }
        }
    }

    /// A link that does not take its orders is stuck: it is dropped, and everything unacknowledged goes out again.
    fn order_link(&self, order: LinkOrder) {
        if self.link.try_send(order).is_err() {
            self.link_overflow.notify_one();
        }
    }
}

/// The two sockets of an app, not yet started.
#[derive(Debug)]
pub struct Sockets {
    link: LinkSettings,
    bridge: String,
    link_orders: mpsc::Receiver<LinkOrder>,
    link_overflow: Arc<Notify>,
    bridge_orders: mpsc::Receiver<ToBridge>,
    inputs: mpsc::Sender<Input>,
}

impl Sockets {
    /// Runs both on the current runtime.
    pub fn start(self) {
        tokio::spawn(link::run(self.link, self.link_orders, self.link_overflow, self.inputs.clone()));
        tokio::spawn(meter::run(self.bridge, self.bridge_orders, self.inputs));
    }
}

/// The two clocks of a unit; the wall's may stand anywhere.
struct Time {
    started: Instant,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Time").field("started", &self.started).finish_non_exhaustive()
    }
}

impl Time {
    fn now(&self) -> Moment {
        Moment { tick: self.started.elapsed(), wall: self.clock.now() }
    }
}

fn screen(state: &State, time: &Time, arrived_at: Option<Timestamp>, disk_problem: Option<String>) -> Screen {
    let now = time.now();
    Screen {
        view: state.view(now),
        display_time: state.display_time(now),
        as_of: Instant::now(),
        arrived_at,
        disk_problem,
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
