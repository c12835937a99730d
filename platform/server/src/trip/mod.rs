//! A hire, from the meter going to hired until it ends. Street hails start here, with the passenger already on board.

pub mod model;
