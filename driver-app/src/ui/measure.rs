//! Measures the screen in a real window: how soon the first frame stands, what the live scene costs, what it costs to do
//! nothing. Prints one JSON object; `xtask bench` calls it.

use std::{
    cell::{Cell, RefCell},
    fs,
    rc::Rc,
    time::{Duration, Instant},
};

use serde::Serialize;
use slint::{ComponentHandle, Timer, TimerMode};

use super::{Skin, Stage, UiError, windowed::FRAME};
use crate::app::Screen;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// From `main` until the first frame is surely in the window, milliseconds: an upper bound, up to a frame late.
    pub first_frame_ms: u128,
    /// Frames of the scene that were made.
    pub frames: u32,
    /// Frames a second.
    pub fps: f64,
    /// Processor time over wall time while measuring, percent of one core.
    pub cpu_percent: f64,
    /// Resident memory at the end, KiB.
    pub rss_kib: u64,
}

/// Shows a screen for some seconds and measures. A paid screen moves; others stand still.
///
/// # Errors
/// No window can be opened.
pub fn run(skin: Skin, size: (u32, u32), screen: Screen, seconds: u64, began: Instant) -> Result<Measured, UiError> {
    let mut stage = Stage::new(skin)?;
    let window = stage.ui.clone_strong();
    window.window().set_size(slint::PhysicalSize::new(size.0, size.1));
    stage.show(&screen, Instant::now());
    let (first, frames, turns) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(0_u32)), Cell::new(0_u32));
    let stage = Rc::new(RefCell::new(stage));
    let ticker = Timer::default();
    {
        let (first, frames) = (Rc::clone(&first), Rc::clone(&frames));
        ticker.start(TimerMode::Repeated, FRAME, move || {
            turns.set(turns.get().saturating_add(1));
            // The first turn may come before the window is drawn; between it and the second one it is.
            if turns.get() == 2 {
                first.set(Some((Instant::now(), processor_time())));
            }
            if stage.borrow_mut().animate(&screen, Instant::now()) {
                frames.set(frames.get().saturating_add(1));
            }
        });
    }
    let stop = Timer::default();
    stop.start(TimerMode::SingleShot, Duration::from_secs(seconds), || {
        if slint::quit_event_loop().is_err() {
            tracing::error!("Slint has no event loop");
        }
    });
    window.run()?;
    let (first, busy_before) = first.get().unwrap_or((Instant::now(), Duration::ZERO));
    let wall = first.elapsed().as_secs_f64().max(0.001);
    Ok(Measured {
        first_frame_ms: first.saturating_duration_since(began).as_millis(),
        frames: frames.get(),
        fps: f64::from(frames.get()) / wall,
        cpu_percent: 100.0 * processor_time().saturating_sub(busy_before).as_secs_f64() / wall,
        rss_kib: resident_kib(),
    })
}

/// User and system time of this process (`/proc/self/stat`, fields 14 and 15, hundredths of a second).
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks.saturating_mul(10))
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
