//! Who may act at the console: dispatchers, their sign-in and sessions.
