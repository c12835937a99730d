//! Every id of the house, each a type of its own, declared in this one list. Ids are UUIDs; those made while working are
//! version 7, so they sort by the time they were made.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Parses the hyphenated form.
            ///
            /// # Errors
            /// The text is not a UUID.
            pub fn parse(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }

            /// The 16 bytes as they are signed.
            #[must_use]
            pub fn bytes(&self) -> [u8; 16] {
                *self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

ids! {
    /// A fleet: the tenant in every key.
    FleetId;
    /// A car with a plate.
    VehicleId;
    /// A person who drives.
    DriverId;
    /// One in-car unit with one key pair. A replacement unit is another device.
    DeviceId;
    /// One hire, from the meter going to hired until it ends.
    TripId;
    /// One bill. Its versions share the id.
    BillId;
    /// One attempt to collect one bill.
    PaymentId;
    /// One alarm in the dispatcher's inbox.
    AlarmId;
    /// One person who signs in at the console.
    DispatcherId;
    /// One passenger's request for a ride, now or later.
    ReservationId;
    /// One timed proposal of a reservation to one car.
    OfferId;
    /// One tariff, made of its text: the same text has the same id.
    TariffId;
    /// One quote given to somebody.
    QuoteId;
}
