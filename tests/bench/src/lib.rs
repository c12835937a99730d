//! What every bench shares: how a span is summed up, and how a result is written so that scripts can read it.

use std::{path::Path, time::Duration};

/// Spans of one kind, in the order they were measured.
#[derive(Clone, Debug, Default)]
pub struct Spans(Vec<Duration>);

impl Spans {
    /// Adds one.
    pub fn add(&mut self, span: Duration) {
        self.0.push(span);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The smallest span that at least `percent` of all do not exceed (nearest rank); zero if there are none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = sorted.len().saturating_mul(percent).div_ceil(100).max(1);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

/// One line of a result: ours beside a peer.
#[must_use]
pub fn row(name: &str, ours: Duration, peer: Duration, note: &str) -> serde_json::Value {
    let micros = |span: Duration| span.as_secs_f64() * 1e6;
    serde_json::json!({
        "name": name,
        "ours": micros(ours).round(),
        "peer": micros(peer).round(),
        "ratio": (micros(ours) / micros(peer) * 100.0).round() / 100.0,
        "unit": "us",
        "note": note,
    })
}

/// Writes a list of rows to `target/bench/NAME.json` and prints it.
///
/// # Errors
/// The folder or file cannot be written.
pub fn write(name: &str, rows: &[serde_json::Value]) -> std::io::Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let folder = Path::new(&target).join("bench");
    std::fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(rows)?;
    println!("{text}");
    std::fs::write(folder.join(format!("{name}.json")), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_span_that_was_measured() {
        let mut spans = Spans::default();
        for millis in [5, 1, 4, 2, 3] {
            spans.add(Duration::from_millis(millis));
        }
        assert_eq!(spans.percentile(50), Duration::from_millis(3));
        assert_eq!(spans.percentile(99), Duration::from_millis(5));
        assert_eq!(Spans::default().percentile(99), Duration::ZERO);
    }
}
