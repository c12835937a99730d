//! Live links to cars, on a listener of their own.
