//! The original simulator beside the replica: `dispatch_sim.py` with greedy, batch and our policy on an hour of one evening,
//! so that the replica is held to it in every run. Called by the dispatch bench; skipped with a sentence where Python is
//! missing.

use std::{
    io::{BufRead as _, Write as _},
    path::Path,
};

use fareway_matching::policy::{Carried, Limits, Snapshot, decide};
use serde::Deserialize;

use super::{fleet::Outcome, world::Evening};
use crate::{
    python::{python, run},
    recordings::shared,
    row::{Failed, Row},
};

/// Short, because the original takes its time, and busy, because that is where a replica would go astray.
pub(crate) const EVENING: Evening = Evening { from_h: 18.0, to_h: 19.0, fleet: 1_500, seed: 1 };
/// More than the original's figures are rounded by.
const ROUNDED: f64 = 0.06;
/// The argument on which this program speaks the line protocol.
const SPEAK: &str = "dispatch-policy";

#[derive(Debug, Deserialize)]
struct Told {
    served_pct: f64,
    mean_wait_s: f64,
    p90_wait_s: f64,
    reassigned_per_trip: f64,
    broken_promises: usize,
}

/// Speaks the line protocol with our policy if that is what this program was started for.
pub(crate) fn spoke() -> Result<bool, Failed> {
    if std::env::args().nth(1).is_none_or(|word| word != SPEAK) {
        return Ok(false);
    }
    let (limits, mut carried) = (Limits::default(), Carried::default());
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let snapshot: Snapshot = serde_json::from_str(&line?)?;
        let decision = decide(&snapshot, &limits, &carried)?;
        carried = decision.carried;
        serde_json::to_writer(&mut out, &serde_json::json!({ "assign": decision.pairs }))?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    Ok(true)
}

/// The replica's outcomes beside the original's.
///
/// # Errors
/// When they differ by more than rounding; for batch, whose optimum is not unique, by more than a twentieth.
pub(crate) fn rows(trips: &Path, ours: &Outcome, batch: &Outcome, greedy: &Outcome) -> Result<Vec<Row>, Failed> {
    let Some(simulator) = shared("dispatch", "tools/dispatch_sim.py") else { return Ok(Vec::new()) };
    let Some(python) = python("dispatch")? else { return Ok(Vec::new()) };
    let speak = format!("'{}' {SPEAK}", std::env::current_exe()?.display());
    let mut rows = Vec::new();
    for (name, replica, tick_s, share) in
        [("greedy", greedy, "0", 0.0), ("batch", batch, "30", 0.05), ("cmd", ours, "10", 0.0)]
    {
        let mut original = std::process::Command::new(&python);
        original.arg(&simulator).arg(trips).args(["--policy", name, "--tick", tick_s, "--cmd", &speak]);
        original.args(["--fleet", &EVENING.fleet.to_string(), "--seed", &EVENING.seed.to_string()]);
        original.args(["--from", &EVENING.from_h.to_string(), "--to", &EVENING.to_h.to_string()]);
        let told: Told = serde_json::from_slice(&run(&mut original)?)?;
        let pairs = [
            (replica.served_pct, told.served_pct),
            (replica.mean_wait_s, told.mean_wait_s),
            (replica.p90_wait_s, told.p90_wait_s),
            (replica.reassigned_per_trip, told.reassigned_per_trip),
        ];
        if pairs.iter().any(|(ours, theirs)| (ours - theirs).abs() > ROUNDED + share * theirs)
            || replica.broken != told.broken_promises
        {
            return Err(
                format!("the replica differs from dispatch_sim.py with {name}: {replica:?} beside {told:?}").into()
            );
        }
        let note = format!("replica beside the original, {name}: served {:.2} beside {:.2} %", pairs[0].0, pairs[0].1);
        rows.push(Row::less(&format!("D replica {name} wait"), replica.mean_wait_s, told.mean_wait_s, "s", note));
    }
    Ok(rows)
}
