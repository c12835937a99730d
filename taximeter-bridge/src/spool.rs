//! Trips on disk until the app has stored them: one JSON line an entry, written through to the disk before anything is
//! acknowledged to the meter. Only `bridge` uses it. A line torn by a power cut is cut off at the next start; what had
//! been acknowledged is never torn.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use fareway_shared::meter::TripRecord;
use serde::{Deserialize, Serialize};

/// At this size a start writes the file anew with only what is still needed.
const COMPACT_BYTES: u64 = 4 * 1024 * 1024;
/// Remembered keys of trips that the app has stored; a meter keeps far fewer.
const KEYS_MAX: usize = 20_000;

/// Why the spool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The disk refused.
    #[error("the spool {path} cannot be used; trips would be lost, so nothing is acknowledged")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another bridge holds it.
    #[error("the spool {path} is in use by another bridge; give each bridge its own spool.directory")]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// A line in the middle is not one of ours.
    #[error("line {line} of the spool {path} is damaged; move the file away to start anew, and keep it")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Trip { spool: u64, record: TripRecord },
    Stored { spool: u64 },
    Frame { command: String, hex: String },
    Key { meter_id: String, trip_no: u32, boarded: Option<String> },
    Next { spool: u64 },
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// On disk under this number.
    New(u64),
    /// It was there before; the meter repeated it.
    Known,
}

/// The file and what is in it.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    file: File,
    next: u64,
    waiting: BTreeMap<u64, TripRecord>,
    keys: HashMap<(String, u32), Vec<Option<String>>>,
}

impl Spool {
    /// Opens or makes the spool in a directory, and holds it against other bridges.
    ///
    /// # Errors
    /// The disk refuses, another bridge holds it, or a line is damaged that is not the last.
    pub fn open(directory: &Path) -> Result<Self, SpoolError> {
        let path = directory.join("trips.jsonl");
        let disk = |source| SpoolError::Disk { path: path.clone(), source };
        std::fs::create_dir_all(directory).map_err(disk)?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(disk)?;
        file.try_lock().map_err(|_| SpoolError::InUse { path: path.clone() })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(disk)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        let mut spool = Self { path: path.clone(), file, next: 1, waiting: BTreeMap::new(), keys: HashMap::new() };
        for (number, line) in bytes.get(..whole).unwrap_or(&[]).split_inclusive(|byte| *byte == b'\n').enumerate() {
            let line = serde_json::from_slice(line)
                .map_err(|_| SpoolError::Damaged { path: path.clone(), line: number.saturating_add(1) })?;
            spool.take_in(line);
        }
        let size = u64::try_from(whole).unwrap_or(u64::MAX);
        spool.file.set_len(size).map_err(disk)?;
        spool.file.seek(SeekFrom::Start(size)).map_err(disk)?;
        if size > COMPACT_BYTES {
            spool.compact()?;
        }
        sync_directory(directory).map_err(disk)?;
        Ok(spool)
    }

    /// Keeps a record unless it is kept already; on return it is on the disk.
    ///
    /// # Errors
    /// The disk refused; the record is not kept.
    pub fn keep(&mut self, record: &TripRecord) -> Result<Kept, SpoolError> {
        if self.knows(record) {
            return Ok(Kept::Known);
        }
        let spool = self.next;
        self.write(Line::Trip { spool, record: record.clone() })?;
        Ok(Kept::New(spool))
    }

    /// Keeps a frame that bills nothing but must not be lost: a start, a shift's totals.
    ///
    /// # Errors
    /// The disk refused; the frame is not kept.
    pub fn keep_frame(&mut self, command: u16, frame: &[u8]) -> Result<(), SpoolError> {
        self.write(Line::Frame { command: format!("{command:04X}"), hex: hex::encode(frame) })
    }

    /// The app has stored a trip.
    ///
    /// # Errors
    /// The disk refused; the trip will be offered again.
    pub fn stored(&mut self, spool: u64) -> Result<(), SpoolError> {
        if self.waiting.contains_key(&spool) { self.write(Line::Stored { spool }) } else { Ok(()) }
    }

    /// The first trip behind a number that the app has not stored.
    #[must_use]
    pub fn next_waiting(&self, after: u64) -> Option<(u64, &TripRecord)> {
        self.waiting.range(after.saturating_add(1)..).next().map(|(spool, record)| (*spool, record))
    }

    /// How many trips up to a number wait for the app.
    #[must_use]
    pub fn waiting_until(&self, last: u64) -> usize {
        self.waiting.range(..=last).count()
    }

    /// How many trips wait for the app.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The same meter and trip number, and no two boarding times that differ: an unreadable one matches any.
    fn knows(&self, record: &TripRecord) -> bool {
        let boardings = self.keys.get(&(record.meter_id.clone(), record.trip_no));
        boardings.is_some_and(|known| {
            known.iter().any(|boarded| boarded.is_none() || record.boarded.is_none() || *boarded == record.boarded)
        })
    }

    fn write(&mut self, line: Line) -> Result<(), SpoolError> {
        let end = self.file.stream_position();
        let written = serde_json::to_vec(&line).map_err(std::io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.file.write_all(&bytes)?;
            self.file.sync_data()
        });
        if let Err(source) = written {
            // A half-written line must not stand before the next one.
            if let Ok(end) = end {
                let _ = self.file.set_len(end);
                let _ = self.file.seek(SeekFrom::Start(end));
            }
            return Err(SpoolError::Disk { path: self.path.clone(), source });
        }
        self.take_in(line);
        Ok(())
    }

    fn take_in(&mut self, line: Line) {
        match line {
            Line::Trip { spool, record } => {
                self.remember(record.meter_id.clone(), record.trip_no, record.boarded.clone());
                self.next = self.next.max(spool.saturating_add(1));
                self.waiting.insert(spool, record);
            }
            Line::Stored { spool } => drop(self.waiting.remove(&spool)),
            Line::Frame { .. } => {}
            Line::Key { meter_id, trip_no, boarded } => self.remember(meter_id, trip_no, boarded),
            Line::Next { spool } => self.next = self.next.max(spool),
        }
    }

    fn remember(&mut self, meter_id: String, trip_no: u32, boarded: Option<String>) {
        self.keys.entry((meter_id, trip_no)).or_default().push(boarded);
    }

    /// Writes the file anew beside the old one and puts it in its place in one step.
    fn compact(&mut self) -> Result<(), SpoolError> {
        let disk = |source| SpoolError::Disk { path: self.path.clone(), source };
        let fresh_path = self.path.with_extension("new");
        let mut fresh = File::create(&fresh_path).map_err(disk)?;
        fresh.try_lock().map_err(|_| SpoolError::InUse { path: fresh_path.clone() })?;
        let mut keys: Vec<_> = self.keys.iter().collect();
        keys.sort_by_key(|((_, trip_no), _)| std::cmp::Reverse(*trip_no));
        let mut lines = vec![Line::Next { spool: self.next }];
        for ((meter_id, trip_no), boardings) in keys.into_iter().take(KEYS_MAX) {
            lines.extend(boardings.iter().map(|boarded| Line::Key {
                meter_id: meter_id.clone(),
                trip_no: *trip_no,
                boarded: boarded.clone(),
            }));
        }
        lines.extend(self.waiting.iter().map(|(spool, record)| Line::Trip { spool: *spool, record: record.clone() }));
        for line in lines {
            let mut bytes = serde_json::to_vec(&line).map_err(|error| disk(error.into()))?;
            bytes.push(b'\n');
            fresh.write_all(&bytes).map_err(disk)?;
        }
        fresh.sync_all().map_err(disk)?;
        std::fs::rename(&fresh_path, &self.path).map_err(disk)?;
        self.file = fresh;
        Ok(())
    }
}

fn sync_directory(directory: &Path) -> std::io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use fareway_shared::{
        money::{Currency, Money},
        time::Timestamp,
    };

    use super::*;

    fn record(trip_no: u32, boarded: Option<&str>) -> TripRecord {
        TripRecord {
            meter_id: "meter".to_owned(),
            trip_no,
            boarded: boarded.map(str::to_owned),
            alighted: None,
            distance_m: Some(18_600),
            empty_m: None,
            waiting_s: None,
            amount: Money::new(5820, Currency::CNY),
            surcharge: None,
            late: false,
            frames_sha256: [7; 32],
            heard_at: Timestamp::from_seconds(1),
        }
    }

    #[test]
    fn a_trip_waits_through_restarts_until_the_app_has_stored_it() {
        let directory = tempfile::tempdir().unwrap();
        let first = record(1, Some("2026-03-14 09:15"));
        assert_eq!(Spool::open(directory.path()).unwrap().keep(&first).unwrap(), Kept::New(1));
        let mut spool = Spool::open(directory.path()).unwrap();
        assert_eq!(spool.next_waiting(0), Some((1, &first)));
        assert_eq!(spool.keep(&first).unwrap(), Kept::Known);
        spool.stored(1).unwrap();
        drop(spool);
        let mut spool = Spool::open(directory.path()).unwrap();
        assert_eq!((spool.waiting(), spool.keep(&first).unwrap()), (0, Kept::Known));
        assert_eq!(spool.keep(&record(2, None)).unwrap(), Kept::New(2));
        assert_eq!(spool.keep(&record(2, Some("2026-03-14 10:00"))).unwrap(), Kept::Known);
    }

    #[test]
    fn a_line_torn_at_any_byte_costs_only_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trips.jsonl");
        let mut spool = Spool::open(directory.path()).unwrap();
        spool.keep(&record(1, None)).unwrap();
        let kept = std::fs::read(&path).unwrap().len();
        spool.keep(&record(2, None)).unwrap();
        drop(spool);
        let whole = std::fs::read(&path).unwrap();
        for cut in kept..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut spool = Spool::open(directory.path()).unwrap();
            assert_eq!(spool.waiting(), 1, "cut at {cut}");
            assert_eq!(spool.keep(&record(2, None)).unwrap(), Kept::New(2));
        }
    }

    #[test]
    fn a_damaged_line_is_named_and_nothing_is_thrown_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trips.jsonl");
        std::fs::write(&path, "{\"stored\":{\"spool\":1}}\nrubbish\n{\"stored\":{\"spool\":2}}\n").unwrap();
        let words = Spool::open(directory.path()).unwrap_err().to_string();
        assert!(words.starts_with("line 2 of the spool"), "{words}");
        assert!(std::fs::read_to_string(&path).unwrap().contains("rubbish"));
    }

    #[test]
    fn two_bridges_never_share_a_spool() {
        let directory = tempfile::tempdir().unwrap();
        let _held = Spool::open(directory.path()).unwrap();
        assert!(matches!(Spool::open(directory.path()), Err(SpoolError::InUse { .. })));
    }

    #[test]
    fn writing_anew_keeps_numbers_keys_and_waiting_trips() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path()).unwrap();
        for trip_no in 1..=3 {
            spool.keep(&record(trip_no, None)).unwrap();
        }
        spool.stored(1).unwrap();
        spool.stored(3).unwrap();
        spool.compact().unwrap();
        spool.keep(&record(4, None)).unwrap();
        drop(spool);
        let mut spool = Spool::open(directory.path()).unwrap();
        assert_eq!(spool.waiting(), 2);
        assert_eq!(spool.keep(&record(1, None)).unwrap(), Kept::Known);
        assert_eq!(spool.keep(&record(5, None)).unwrap(), Kept::New(5));
    }
}
