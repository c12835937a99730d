//! One taximeter on one serial line, read and never guessed. Bytes become frames (`frame`), frames messages (`codec`),
//! messages the meter's position and its finished trips (`meter`); `decode` shows the first two to a person. `bridge`
//! joins a real line (`device`) to the disk (`spool`), to the meter where it is the meter's host (`host`), and to the
//! in-car app (`server`). `simulator` is a meter that misbehaves on purpose, at the other end of a pseudo-terminal.

pub mod config;

pub mod frame;

pub mod codec;
pub mod decode;

pub mod meter;

pub mod device;
pub mod host;
pub mod spool;

pub mod server;

pub mod bridge;

pub mod simulator;
