//! The meter.

use std::time::Duration;

/// Silence that ends a frame (taximeter.md §10.5).
pub const FRAME_GAP: Duration = Duration::from_millis(100);
