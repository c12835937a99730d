//! The screen in a window (or, with the `linuxkms` feature, on the bare display; not yet run on hardware). Slint owns the
//! main thread; the car runs on the runtime's.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use slint::{ComponentHandle, Timer, TimerMode};

use super::{Skin, Stage, UiError};
use crate::{
    app::{Handle, Input, Screen},
    state::{Action, Page},
};

/// One frame of the live scene.
pub(super) const FRAME: Duration = Duration::from_micros(16_667);

/// What the event loop works on.
struct Show {
    stage: Stage,
    screen: Arc<Screen>,
    frames: Timer,
}

/// Opens the window and runs until it is closed.
///
/// # Errors
/// No window can be opened.
pub fn run(skin: Skin, size: (u32, u32), handle: Handle) -> Result<(), UiError> {
    let stage = Stage::new(skin)?;
    stage.connect(handle.inputs.clone());
    let window = stage.ui.clone_strong();
    window.window().set_size(slint::PhysicalSize::new(size.0, size.1));
    let screen = Arc::clone(&handle.screens.borrow());
    let show = Rc::new(RefCell::new(Show { stage, screen, frames: Timer::default() }));
    follow(&show, handle);
    window.run()?;
    Ok(())
}

/// Shows every screen that the car publishes, and keeps the paid face moving.
fn follow(show: &Rc<RefCell<Show>>, mut handle: Handle) {
    let show = Rc::clone(show);
    let following = slint::spawn_local(async move {
        loop {
            let screen = Arc::clone(&handle.screens.borrow_and_update());
            present(&show, &screen);
            for sequence in &screen.view.unreported {
                if handle.inputs.try_send(Input::new(Action::Shown(*sequence))).is_err() {
                    tracing::warn!("the car is too busy to hear that a verdict was shown");
                }
            }
            if handle.screens.changed().await.is_err() {
                return;
            }
        }
    });
    if following.is_err() {
        tracing::error!("the screen cannot follow the car: Slint has no event loop");
    }
}

fn present(show: &Rc<RefCell<Show>>, screen: &Arc<Screen>) {
    let mut scene = show.borrow_mut();
    scene.screen = Arc::clone(screen);
    scene.stage.show(screen, Instant::now());
    let moves = matches!(screen.view.page, Page::Paid(_));
    if moves && !scene.frames.running() {
        let weak = Rc::downgrade(show);
        scene.frames.start(TimerMode::Repeated, FRAME, move || {
            if let Some(show) = weak.upgrade() {
                let Show { stage, screen, .. } = &mut *show.borrow_mut();
                stage.animate(screen, Instant::now());
            }
        });
    } else if !moves {
        scene.frames.stop();
    }
}
