-- Reservations, offers and reserved trips, and what a car is able and willing to do.

ALTER TABLE vehicle ADD COLUMN class BIGINT NOT NULL DEFAULT 0;
ALTER TABLE vehicle ADD COLUMN seats BIGINT NOT NULL DEFAULT 4;
ALTER TABLE vehicle ADD COLUMN wheelchair BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE vehicle ADD COLUMN duty TEXT NOT NULL DEFAULT 'off_shift';
-- Where a driver who goes home is bound for, as JSON.
ALTER TABLE vehicle ADD COLUMN home TEXT;
-- Since when it has had nothing to do.
ALTER TABLE vehicle ADD COLUMN idle_since BIGINT NOT NULL DEFAULT 0;
-- One driver is on duty in one car.
CREATE UNIQUE INDEX vehicle_of_driver_on_duty ON vehicle (fleet_id, driver_id) WHERE duty <> 'off_shift';

CREATE TABLE reservation (
    fleet_id UUID NOT NULL REFERENCES fleet (id),
    id UUID NOT NULL,
    state TEXT NOT NULL,
    booking TEXT NOT NULL,
    contact TEXT NOT NULL,
    client_key TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    -- Its timer: the release while scheduled, the end of looking for a car after that.
    due_at BIGINT,
    refusals BIGINT NOT NULL,
    trip_id UUID,
    ended TEXT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id),
    -- The same id from the same contact is the same reservation.
    UNIQUE (fleet_id, contact, client_key)
);
CREATE INDEX reservation_waiting ON reservation (fleet_id, requested_at) WHERE state = 'waiting';
CREATE INDEX reservation_due ON reservation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX reservation_latest ON reservation (fleet_id, requested_at);

CREATE TABLE offer (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL,
    reservation_id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    driver_id UUID,
    state TEXT NOT NULL,
    pickup_m BIGINT NOT NULL,
    pickup_s BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- The message that tells the car of it; once that is received, so is the offer.
    sequence BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    -- Its timer.
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id)
);
-- A car has one offer at a time.
CREATE UNIQUE INDEX offer_open_of_vehicle ON offer (fleet_id, vehicle_id) WHERE state IN ('sent', 'received');
CREATE INDEX offer_of_reservation ON offer (fleet_id, reservation_id, sent_at);
CREATE INDEX offer_due ON offer (expires_at) WHERE state IN ('sent', 'received');

ALTER TABLE trip ADD COLUMN reservation_id UUID;
ALTER TABLE trip ADD COLUMN arrived_at BIGINT;
ALTER TABLE trip ADD COLUMN boarded_at BIGINT;
ALTER TABLE trip ADD COLUMN pin TEXT;
ALTER TABLE trip ADD COLUMN ended TEXT;
ALTER TABLE trip ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
-- One reservation has one trip, so one driver; one that came to nothing does not count.
CREATE UNIQUE INDEX trip_of_reservation ON trip (fleet_id, reservation_id)
    WHERE state IN ('assigned', 'en_route', 'arrived', 'on_board', 'finished');
-- A car has one pick-up before it at a time.
CREATE UNIQUE INDEX trip_pickup_of_vehicle ON trip (fleet_id, vehicle_id)
    WHERE state IN ('assigned', 'en_route', 'arrived');
