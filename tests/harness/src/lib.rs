//! The whole house in one process, speaking the domain: `car.meter_hired()`, `passenger.pays()`, `house.restart()`.
//!
//! [`house`] starts a platform with its own database, folder and ports beside an Alipay sandbox of its own; [`car`] is
//! the in-car app without its window, on the real link, with a [`meter`] that says what a test tells it; [`passenger`]
//! is a phone with the Alipay app; [`booking`] is rides that are booked, at the
//! desk and in the car; [`alipay`] arms the sandbox's faults and looks at its trades. [`patience`] waits for
//! conditions. [`postgres`] starts a throw-away server from Debian's package.
//!
//! For the worst cases the platform is a [`program`] of its own, with a [`gate`] before its pages and before Alipay and a
//! [`wire`] in the middle of its cars' links; a [`trap`] on any of them catches a message at a chosen step.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a harness that cannot go on should fail its test"
)]

pub mod alipay;
pub mod booking;
pub mod car;
pub mod gate;
pub mod house;
pub mod keys;
pub mod meter;
pub mod passenger;
pub mod patience;
pub mod postgres;
pub mod program;
pub mod trap;
pub mod wire;
