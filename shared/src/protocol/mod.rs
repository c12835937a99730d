//! What travels. [`car`] is between car and platform (JSON text frames over WebSocket), [`meter`] between bridge and
//! in-car app (JSON lines over a loopback socket).

pub mod car;
pub mod meter;
