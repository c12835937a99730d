//! Why a model cannot be fitted, read or updated. Returned by [`super::TravelTimes`].

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum TravelTimeError {
    /// Too little to learn from.
    #[error("{0} usable trips are too few to fit on: give {1} at least")]
    TooFew(usize, usize),
    /// A trip that took no time, or for ever.
    #[error("a trip that took {0} s teaches nothing: give trips that took a positive, finite time")]
    NotATime(f64),
    /// Parameters that cannot be grown with.
    #[error("trees must be 1 to 2000 and levels 1 to 8, and the rate above 0 and at most 1")]
    Growth,
    /// No model, or one of another shape.
    #[error("this is no model that `fareway-match fit travel-time` wrote: fit one again")]
    Unreadable(#[from] serde_json::Error),
    /// A model that contradicts itself.
    #[error("the model's {0} do not fit together: fit one again")]
    Torn(&'static str),
}
