//! The screen without a window: drawn into memory by the same renderer, written as PNG. Used by tests, the demo and the
//! README's pictures, and by cars without a display.

use std::{
    fs::File,
    io::BufWriter,
    path::Path,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use fareway_shared::{
    protocol::car::{Duty, EndedHow, TripStep},
    time::{Clock, SystemClock},
};
use slint::{
    PhysicalSize, Rgb8Pixel,
    platform::{
        Platform, PointerEventButton, WindowAdapter, WindowEvent,
        software_renderer::{MinimalSoftwareWindow, RepaintBufferType},
    },
};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::{Skin, Stage, UiError};
use crate::{
    app::{Handle, Input, Screen},
    observe::{Observation, Shown},
    state::{Action, Page, Purpose},
};

/// Longest line that the control accepts, bytes.
const LINE_BYTES_MAX: usize = 4096;

/// A picture in memory, red, green, blue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Three bytes a pixel, row by row from the top left.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// Writes it as PNG.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<(), UiError> {
        let write = || {
            let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), self.width, self.height);
            encoder.set_color(png::ColorType::Rgb);
            encoder.write_header()?.write_image_data(&self.rgb)
        };
        write().map_err(|source| UiError::Picture { path: path.display().to_string(), source })
    }
}

struct Memory {
    window: Rc<MinimalSoftwareWindow>,
    started: Instant,
}

impl Platform for Memory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, slint::PlatformError> {
        let adapter: Rc<dyn WindowAdapter> = self.window.clone();
        Ok(adapter)
    }

    fn duration_since_start(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A screen in memory. One for each thread.
pub struct Studio {
    window: Rc<MinimalSoftwareWindow>,
    stage: Stage,
    pixels: Vec<Rgb8Pixel>,
    size: (u32, u32),
}

impl Studio {
    /// Opens the screen of this thread.
    ///
    /// # Errors
    /// The thread already has one.
    pub fn open(skin: Skin, size: (u32, u32)) -> Result<Self, UiError> {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
        slint::platform::set_platform(Box::new(Memory { window: Rc::clone(&window), started: Instant::now() }))?;
        let stage = Stage::new(skin)?;
        let mut studio = Self { window, stage, pixels: Vec::new(), size };
        studio.resize(size);
        slint::ComponentHandle::show(&studio.stage.ui)?;
        Ok(studio)
    }

    /// Changes language, colours or zone.
    pub fn set_skin(&mut self, skin: Skin) {
        self.stage.set_skin(skin);
    }

    /// Changes the size in pixels.
    pub fn resize(&mut self, size: (u32, u32)) {
        self.size = size;
        self.window.set_size(PhysicalSize::new(size.0, size.1));
        let pixels = usize::try_from(u64::from(size.0).saturating_mul(u64::from(size.1))).unwrap_or(0);
        self.pixels.resize(pixels, Rgb8Pixel::default());
    }

    /// Sends touches to a car.
    pub fn connect(&self, inputs: tokio::sync::mpsc::Sender<Input>) {
        self.stage.connect(inputs);
    }

    /// Touches the screen at a place, in pixels from the top left.
    pub fn touch(&self, x: f32, y: f32) {
        let position = slint::LogicalPosition::new(x, y);
        let button = PointerEventButton::Left;
        let events =
            [WindowEvent::PointerPressed { position, button }, WindowEvent::PointerReleased { position, button }];
        for event in events {
            slint::ComponentHandle::window(&self.stage.ui).dispatch_event(event);
        }
    }

    /// Draws a screen as of an instant.
    pub fn draw(&mut self, screen: &Screen, now: Instant) -> Picture {
        self.stage.show(screen, now);
        self.frame()
    }

    fn frame(&mut self) -> Picture {
        // Once for what changed, once for what that changed (the unit of measure follows the size).
        slint::platform::update_timers_and_animations();
        slint::platform::update_timers_and_animations();
        self.window.request_redraw();
        let width = usize::try_from(self.size.0).unwrap_or(0);
        self.window.draw_if_needed(|renderer| {
            renderer.render(&mut self.pixels, width);
        });
        let rgb = self.pixels.iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        Picture { width: self.size.0, height: self.size.1, rgb }
    }
}

/// Runs the screen of a car in memory: prints a line for each change, obeys lines from standard input.
///
/// # Errors
/// The thread already has a screen.
pub async fn run(skin: Skin, size: (u32, u32), snapshots: &Path, mut handle: Handle) -> Result<(), UiError> {
    let mut studio = Studio::open(skin, size)?;
    let mut lines = BufReader::with_capacity(LINE_BYTES_MAX, tokio::io::stdin()).lines();
    let mut last: Option<Observation> = None;
    let mut controlled = true;
    loop {
        let screen = Arc::clone(&handle.screens.borrow_and_update());
        let words = Observation::of(&screen);
        if last.as_ref() != Some(&words) {
            studio.draw(&screen, Instant::now());
            let shown_at = SystemClock.now();
            let shown = Shown { screen: words.clone(), envelope_arrived_at: screen.arrived_at, shown_at };
            match serde_json::to_string(&shown) {
                Ok(line) => println!("{line}"),
                Err(error) => tracing::error!("the screen cannot be put into words: {error}"),
            }
            last = Some(words);
        }
        for sequence in &screen.view.unreported {
            tell(&handle, Action::Shown(*sequence)).await;
        }
        tokio::select! {
            changed = handle.screens.changed() => if changed.is_err() { return Ok(()) },
            line = lines.next_line(), if controlled => match line {
                Ok(Some(line)) if line.trim() == "quit" => return Ok(()),
                Ok(Some(line)) => obey(line.trim(), &mut studio, snapshots, &handle).await,
                _ => controlled = false,
            },
        }
    }
}

async fn obey(line: &str, studio: &mut Studio, snapshots: &Path, handle: &Handle) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match (word, rest) {
        ("snapshot", path) if !path.is_empty() => {
            let screen = Arc::clone(&handle.screens.borrow());
            let path = snapshots.join(path);
            match studio.draw(&screen, Instant::now()).write_png(&path) {
                Ok(()) => println!("{}", serde_json::json!({ "snapshot": path })),
                Err(error) => println!("{}", serde_json::json!({ "problem": error.to_string() })),
            }
        }
        ("key", amount) if !amount.is_empty() => {
            let asked = matches!(handle.screens.borrow().view.page, Page::Keypad(_));
            if !asked {
                tell(handle, Action::OpenKeypad(Purpose::Fare)).await;
            }
            for digit in amount.chars() {
                tell(handle, Action::KeyPress(digit)).await;
            }
            tell(handle, Action::KeyConfirm).await;
        }
        ("end", "paid_otherwise") => tell(handle, Action::EndBill(EndedHow::PaidOtherwise)).await,
        ("end", "left_unpaid") => tell(handle, Action::EndBill(EndedHow::LeftUnpaid)).await,
        ("accept", "") => tell(handle, Action::AcceptOffer).await,
        ("decline", "") => tell(handle, Action::DeclineOffer).await,
        ("depart", "") => tell(handle, Action::MoveTrip(TripStep::Depart)).await,
        ("arrive", "") => tell(handle, Action::MoveTrip(TripStep::Arrive)).await,
        ("board", number) if !number.is_empty() => {
            tell(handle, Action::MoveTrip(TripStep::Board { pin: Some(number.to_owned()) })).await;
        }
        ("no_show", "") => tell(handle, Action::MoveTrip(TripStep::NoShow)).await,
        ("give_up", "") => tell(handle, Action::MoveTrip(TripStep::GiveUp)).await,
        ("duty", "on") => tell(handle, Action::SetDuty(Duty::OnShift)).await,
        ("duty", "rest") => tell(handle, Action::SetDuty(Duty::Paused)).await,
        ("duty", "last_job") => tell(handle, Action::SetDuty(Duty::LastJob)).await,
        ("duty", "off") => tell(handle, Action::SetDuty(Duty::OffShift)).await,
        ("enrol", code) if !code.is_empty() => tell(handle, Action::Enrol(code.to_owned())).await,
        ("discard", "") => tell(handle, Action::DiscardHire).await,
        ("bills", "") => tell(handle, Action::ShowBills).await,
        ("back", "") => tell(handle, Action::Back).await,
        ("dismiss", "") => tell(handle, Action::Dismiss).await,
        _ => println!("{}", serde_json::json!({ "problem": format!("`{line}` is not a command of this screen") })),
    }
}

async fn tell(handle: &Handle, action: Action) {
    if handle.inputs.send(Input::new(action)).await.is_err() {
        tracing::warn!("the car has stopped; a command was dropped");
    }
}
