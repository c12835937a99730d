//! The screen: one Slint `global` for each page, and one file here for each global. Adapters copy plain values from a
//! [`crate::state::View`] into properties and turn touches into [`Action`]s; they decide nothing. Only this folder names
//! Slint.
//!
//! [`label`] and [`painter`] make texts and pictures; [`windowed`] runs in a window, [`headless`] draws into memory.

mod bill_adapter;
mod bills_adapter;
mod damaged_adapter;
mod enrol_adapter;
mod frame_adapter;
pub mod gallery;
pub mod headless;
mod hired_adapter;
mod keypad_adapter;
mod label;
pub mod measure;
mod not_paid_adapter;
mod offer_adapter;
mod paid_adapter;
mod painter;
mod trip_adapter;
mod vacant_adapter;
pub mod windowed;

use std::time::Instant;

use fareway_shared::{meter::MeterState, scene::Motion, time::Timestamp};
use jiff::tz::TimeZone;
use slint::ComponentHandle;
use tokio::sync::mpsc;

use crate::{
    app::{Input, Screen},
    config::{Config, Language, Theme},
    state::{Action, Page},
};

mod generated {
    #![expect(
        missing_debug_implementations,
        unreachable_pub,
        unused_qualifications,
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::todo,
        reason = "written by the Slint compiler"
    )]
    slint::include_modules!();
}

use generated::AppWindow;

/// The fonts in the program, regular and bold: Noto Sans CJK SC, cut at build time.
pub const FONTS: [&[u8]; 2] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/fareway-regular.otf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/fareway-bold.otf")),
];

/// Why nothing can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// Slint cannot open a window or draw.
    #[error("the screen cannot be opened")]
    Platform(#[from] slint::PlatformError),
    /// Slint is in use on this thread already.
    #[error("this thread already has a screen")]
    SecondScreen(#[from] slint::platform::SetPlatformError),
    /// The picture cannot be written.
    #[error("the picture {path} cannot be written")]
    Picture {
        /// Where.
        path: String,
        /// Why not.
        source: png::EncodingError,
    },
}

/// How the screen looks, whatever it shows.
#[derive(Clone, Debug)]
pub struct Skin {
    /// The language.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// Whether the live scene moves within the second.
    pub motion: Motion,
}

impl Skin {
    /// The looks that a configuration asks for; an unknown zone was refused when it was read.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            language: config.language,
            theme: config.theme,
            zone: TimeZone::get(&config.timezone).unwrap_or(TimeZone::UTC),
            motion: if config.reduced_motion { Motion::Reduced } else { Motion::Full },
        }
    }

    fn is_night(&self, at: Timestamp) -> bool {
        match self.theme {
            Theme::Day => false,
            Theme::Night => true,
            Theme::Auto => !(6..18).contains(&label::hour(at, &self.zone)),
        }
    }
}

/// Where touches go: a bounded queue, as everything.
#[derive(Clone, Debug)]
pub(crate) struct Touches(mpsc::Sender<Input>);

impl Touches {
    fn send(&self, action: Action) {
        if self.0.try_send(Input::new(action)).is_err() {
            tracing::warn!("a touch was dropped: too many at once");
        }
    }
}

/// The window with what its pictures were made from, so that none is made twice.
pub(crate) struct Stage {
    ui: AppWindow,
    skin: Skin,
    painter: painter::Painter,
}

impl Stage {
    pub(crate) fn new(skin: Skin) -> Result<Self, slint::PlatformError> {
        let ui = AppWindow::new()?;
        let stage = Self { ui, skin, painter: painter::Painter::default() };
        stage.select_language();
        Ok(stage)
    }

    fn select_language(&self) {
        let chinese = self.skin.language == Language::Zh;
        self.ui.global::<generated::Theme>().set_chinese(chinese);
        if slint::select_bundled_translation(if chinese { "zh" } else { "en" }).is_err() {
            tracing::warn!("the screen's translations are missing; it stays English");
        }
    }

    pub(crate) fn set_skin(&mut self, skin: Skin) {
        self.skin = skin;
        self.select_language();
    }

    /// Turns touches into actions.
    pub(crate) fn connect(&self, inputs: mpsc::Sender<Input>) {
        let touches = Touches(inputs);
        frame_adapter::connect(&self.ui, &touches);
        vacant_adapter::connect(&self.ui, &touches);
        hired_adapter::connect(&self.ui, &touches);
        offer_adapter::connect(&self.ui, &touches);
        trip_adapter::connect(&self.ui, &touches);
        bill_adapter::connect(&self.ui, &touches);
        paid_adapter::connect(&self.ui, &touches);
        not_paid_adapter::connect(&self.ui, &touches);
        keypad_adapter::connect(&self.ui, &touches);
        bills_adapter::connect(&self.ui, &touches);
        enrol_adapter::connect(&self.ui, &touches);
        damaged_adapter::connect(&self.ui, &touches);
    }

    /// Shows a screen as of an instant.
    pub(crate) fn show(&mut self, screen: &Screen, now: Instant) {
        let at = screen.time_at(now);
        let (ui, view, skin) = (&self.ui, &screen.view, &self.skin);
        ui.global::<generated::Theme>().set_night(skin.is_night(at));
        frame_adapter::show(ui, screen, at, skin);
        match &view.page {
            Page::Damaged(why) => damaged_adapter::show(ui, why),
            Page::Enrol { typed, under_way, problem } => enrol_adapter::show(ui, typed, *under_way, *problem),
            Page::Vacant(code) => vacant_adapter::show(ui, code, view, &mut self.painter),
            Page::Hired(hire) => hired_adapter::show(ui, hire, view, &mut self.painter),
            Page::Offer(offer) => offer_adapter::show(ui, offer, at, skin),
            Page::Trip(trip) => trip_adapter::show(ui, trip, view, at, skin),
            Page::Bill(bill) => bill_adapter::show(ui, bill, view, false, &mut self.painter),
            Page::Checking(bill) => bill_adapter::show(ui, bill, view, true, &mut self.painter),
            Page::Paid(face) => paid_adapter::show(ui, face, view, at, skin, &mut self.painter),
            Page::NotPaid(face) => not_paid_adapter::show(ui, face, skin),
            Page::Keypad(pad) => keypad_adapter::show(ui, pad),
            Page::Bills(rows) => bills_adapter::show(ui, rows, skin),
        }
    }

    /// Moves what moves between two screens: the paid face's clock and scene. False if nothing does.
    pub(crate) fn animate(&mut self, screen: &Screen, now: Instant) -> bool {
        let Page::Paid(face) = &screen.view.page else { return false };
        paid_adapter::animate(&self.ui, face, screen.time_at(now), &self.skin, &mut self.painter);
        true
    }
}

fn meter_lamp(state: MeterState) -> generated::MeterLamp {
    match state {
        MeterState::NoLink => generated::MeterLamp::NoLink,
        MeterState::SignedOut => generated::MeterLamp::SignedOut,
        MeterState::Vacant => generated::MeterLamp::Vacant,
        MeterState::Hired { .. } => generated::MeterLamp::Hired,
        MeterState::Stopped => generated::MeterLamp::Stopped,
        MeterState::Fault => generated::MeterLamp::Fault,
    }
}

/// Rows of a list, for Slint.
fn model<T: Clone + 'static>(rows: Vec<T>) -> slint::ModelRc<T> {
    slint::ModelRc::new(slint::VecModel::from(rows))
}

/// A count, for Slint.
fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
