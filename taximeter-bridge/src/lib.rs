//! One taximeter on one serial line, read and never guessed. Bytes become frames (`frame`), frames messages (`codec`),
//! messages the meter's position and its finished trips (`meter`); `decode` shows the first two to a person.

pub mod config;
pub mod frame;
pub mod codec;
pub mod meter;
pub mod decode;
