//! What a host says to a JT/T 905.2 meter: answers, and the two questions it may ask. `bridge` makes one only in host
//! mode, because only then is there a writer. It never sends 0005 or 00FF and never sets a limit: those could lock a
//! sealed meter (taximeter.md §1.3).

use std::{collections::VecDeque, io::Write, time::Duration};

use fareway_shared::time::Timestamp;

use crate::{
    codec::jtt905::{DONE, FAILED, HEARTBEAT, HISTORY, STATUS},
    config::{self, millis},
    frame::jtt905::{TAXIMETER, encode},
    meter::Query,
};

/// Questions that may wait for their turn.
const QUEUE_MAX: usize = 8;

/// A question that waits for its answer.
#[derive(Debug)]
struct Asked {
    query: Query,
    at: Timestamp,
    tries: u32,
}

/// The speaking half of host mode.
#[derive(Debug)]
pub struct Host<W> {
    writer: W,
    settings: config::Host,
    clock_offset_s: i32,
    asked: Option<Asked>,
    queue: VecDeque<Query>,
    status_due: Timestamp,
}

impl<W: Write> Host<W> {
    /// A host that asks for the meter's status at once. `clock_offset_s` is the meter's local time, seconds east of UTC.
    pub fn new(writer: W, settings: config::Host, clock_offset_s: i32) -> Self {
        Self { writer, settings, clock_offset_s, asked: None, queue: VecDeque::new(), status_due: Timestamp::EPOCH }
    }

    /// Answers a command with done or error.
    pub fn acknowledge(&mut self, command: u16, done: bool) {
        self.send(command, &[if done { DONE } else { FAILED }]);
    }

    /// Answers a heartbeat: state 0, no limits.
    pub fn answer_heartbeat(&mut self) {
        self.send(HEARTBEAT, &vec![0; self.settings.heartbeat_answer_bytes]);
    }

    /// Answers a sign-in or sign-out request with who we are and no limits.
    pub fn answer_sign(&mut self, command: u16, at: Timestamp) {
        let settings = &self.settings;
        let mut data = padded(&settings.licence, 16);
        data.extend(padded(&settings.driver_certificate, 19));
        data.extend(padded(&settings.plate, 6));
        data.extend(self.clock(at).get(..6).unwrap_or(&[0; 6]));
        data.extend([0; 9]);
        data.push(DONE);
        self.send(command, &data);
    }

    /// Queues a question; one that is queued already is not doubled.
    pub fn ask(&mut self, query: Query) {
        if !self.queue.contains(&query) && self.queue.len() < QUEUE_MAX {
            self.queue.push_back(query);
        }
    }

    /// The meter answered this command.
    pub fn answered(&mut self, command: u16) {
        if self.asked.as_ref().is_some_and(|asked| command_of(asked.query) == command) {
            self.asked = None;
        }
    }

    /// Asks what is due, and repeats what was not answered in time. Returns a question that was given up.
    pub fn tick(&mut self, at: Timestamp) -> Option<Query> {
        if at >= self.status_due {
            self.status_due = at.after(millis(self.settings.status_every_ms));
            self.ask(Query::Status);
        }
        if let Some(asked) = &self.asked {
            if at.since(asked.at) < self.answer_wait() {
                return None;
            }
            if asked.tries >= self.settings.tries {
                return self.asked.take().map(|asked| asked.query);
            }
            let (query, tries) = (asked.query, asked.tries.saturating_add(1));
            self.put(query, tries, at);
        } else if let Some(query) = self.queue.pop_front() {
            self.put(query, 1, at);
        }
        None
    }

    const fn answer_wait(&self) -> Duration {
        millis(self.settings.answer_wait_ms)
    }

    fn put(&mut self, query: Query, tries: u32, at: Timestamp) {
        match query {
            Query::Status => self.send(STATUS, &self.clock(at)),
            Query::History(trip_no) => self.send(HISTORY, &trip_no.to_be_bytes()),
        }
        self.asked = Some(Asked { query, at, tries });
    }

    /// Our time on the meter's clock, packed YYYYMMDDhhmmss.
    fn clock(&self, at: Timestamp) -> Vec<u8> {
        let local = jiff::tz::Offset::from_seconds(self.clock_offset_s)
            .ok()
            .zip(jiff::Timestamp::from_second(at.seconds()).ok())
            .map(|(offset, instant)| offset.to_datetime(instant).strftime("%Y%m%d%H%M%S").to_string());
        local.and_then(|digits| hex::decode(digits).ok()).unwrap_or_else(|| vec![0; 7])
    }

    /// A write that fails is only logged: the meter asks again, and a line that is gone is noticed by the reader.
    fn send(&mut self, command: u16, data: &[u8]) {
        let written = self.writer.write_all(&encode(TAXIMETER, 0, command, data)).and_then(|()| self.writer.flush());
        if let Err(error) = written {
            tracing::warn!("could not send {command:04X} to the meter: {error}");
        }
    }
}

const fn command_of(query: Query) -> u16 {
    match query {
        Query::Status => STATUS,
        Query::History(_) => HISTORY,
    }
}

fn padded(text: &str, size: usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().get(..size).unwrap_or(text.as_bytes()).to_vec();
    bytes.resize(size, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{codec::jtt905::SIGN_IN, config::Config};

    fn host() -> Host<Vec<u8>> {
        let mut settings = Config::parse("").unwrap().host;
        settings.licence = "320500004217".to_owned();
        settings.driver_certificate = "11010519491231002X".to_owned();
        settings.plate = "EX1234".to_owned();
        Host::new(Vec::new(), settings, 28_800)
    }

    fn sent(host: &mut Host<Vec<u8>>) -> String {
        hex::encode_upper(std::mem::take(&mut host.writer))
    }

    #[test]
    fn answers_are_the_published_bytes() {
        let mut host = host();
        host.acknowledge(0x00E8, true);
        assert_eq!(sent(&mut host), "55AA0005020000E8907F55AA");
        host.acknowledge(0x00E8, false);
        assert_eq!(sent(&mut host), "55AA0005020000E8FF1055AA");
        host.answer_heartbeat();
        assert_eq!(sent(&mut host), "55AA000E020000E900000000000000000000E555AA");
        let swiped = Timestamp::from_seconds(1_773_450_000);
        host.answer_sign(SIGN_IN, swiped);
        assert_eq!(
            sent(&mut host),
            "55AA003D020000E0333230353030303034323137000000003131303130353139343931323331303032580045583132333420260314\
             0900000000000000000000902055AA"
        );
    }

    #[test]
    fn a_question_is_repeated_three_times_and_then_given_up() {
        let mut host = host();
        let start = Timestamp::from_seconds(1_000_000);
        let mut frames = 0;
        let mut given_up = None;
        for ms in 0..3_000 {
            given_up = given_up.or(host.tick(start.after(millis(ms))).map(|query| (query, ms)));
            frames += usize::from(!sent(&mut host).is_empty());
        }
        assert_eq!((frames, given_up), (3, Some((Query::Status, 1_500))));
    }

    #[test]
    fn an_answer_frees_the_line_for_the_next_question() {
        let mut host = host();
        let start = Timestamp::from_seconds(1_000_000);
        host.ask(Query::History(1288));
        assert_eq!(host.tick(start), None);
        assert_eq!(sent(&mut host), "55AA000802000006000005080155AA");
        host.answered(STATUS);
        assert_eq!(host.tick(start.after(millis(1))), None);
        assert_eq!(sent(&mut host), "");
        host.answered(HISTORY);
        assert_eq!(host.tick(start.after(millis(2))), None);
        assert!(sent(&mut host).starts_with("55AA000B02000000"));
    }
}
