//! Requests and vehicles at minimum total cost, exact over all pairs, with prices that prove it. Called by the policy once a
//! batch; `README.md` tells the idea with a picture.
//!
//! In reading order: [`sparse`] any costs over listed pairs; `crow` great-circle costs from raw coordinates; `standing` the
//! same from batch to batch; `paths` the exact solver, which knows no geometry, with `rough` (an auction before it), `search`
//! (shortest paths) and `proof`; `source` and `lists` what it may know of costs; `crow_source`, `boxes`, `curve`, `sphere`
//! where those come from by great circle; `limited` by road or by great circle with all that requests ask for (`limits`,
//! `area`), from `limited_source`, `kinds` and `shortlist`.

mod area;
mod boxes;
mod crow;
mod crow_source;
mod curve;
mod error;
mod kinds;
mod limited;
mod limited_source;
mod limits;
mod lists;
mod paths;
mod proof;
mod rough;
mod search;
mod shortlist;
mod source;
pub mod sparse;
mod sphere;
mod standing;

pub use area::{Area, NotAnArea};
pub use crow::Crow;
pub use error::{AssignmentError, COST_MAX, SIDE_MAX};
pub use limited::{Limited, Matched};
pub use limits::{Promised, Request, Vehicle};
pub use standing::{Change, Standing};

/// A cheapest assignment and its prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The sum over matched pairs, plus what the unmatched requests cost.
    pub cost: u64,
    /// The vehicle of each request.
    pub vehicle_of: Vec<Option<u32>>,
    /// What one more like this request would add to the total, in units of cost.
    pub request_price: Vec<u32>,
    /// What one more like this vehicle would save, in units of cost. 0 while it is free.
    pub vehicle_price: Vec<u32>,
}
