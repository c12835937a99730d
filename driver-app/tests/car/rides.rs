//! Offers, reserved trips, duty and positions.
