//! A hire, from the meter going to hired until it ends. Street hails start here.
