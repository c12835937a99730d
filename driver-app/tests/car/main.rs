//! The car without its window: what happens to it, what it writes, sends and shows. The platform's side is played with the
//! real keys and messages; disk and sockets are real.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "test code")]

mod bench;
mod disk;
mod enrolment;
mod gnss;
mod link;
mod replacement;
mod restart;
mod rides;
mod storm;
mod street_hail;
mod tls;
mod verdicts;
