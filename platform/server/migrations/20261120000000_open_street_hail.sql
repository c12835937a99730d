-- The street hail: cars and their devices, hires, bills, payments, the first ledger, and what needs a person.

CREATE TABLE fleet (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    currency TEXT NOT NULL
);

CREATE TABLE driver (
    fleet_id UUID NOT NULL REFERENCES fleet (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (fleet_id, id)
);

CREATE TABLE vehicle (
    fleet_id UUID NOT NULL REFERENCES fleet (id),
    id UUID NOT NULL UNIQUE,
    plate TEXT NOT NULL,
    -- The plate without spaces, dots and case, as passengers type it.
    plate_key TEXT NOT NULL,
    driver_id UUID,
    -- Sequence of the last message to the car.
    last_sequence BIGINT NOT NULL,
    -- Highest sequence that the car has persisted.
    received_sequence BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id),
    UNIQUE (fleet_id, plate_key)
);
CREATE INDEX vehicle_by_plate ON vehicle (plate_key);

CREATE TABLE enrolment (
    fleet_id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    secret_sha256 TEXT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (fleet_id, secret_sha256)
);

CREATE TABLE device (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL UNIQUE,
    vehicle_id UUID NOT NULL,
    public_key BYTEA NOT NULL,
    code_key BYTEA NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT,
    -- Highest command number applied; a command is applied only if this is one below it.
    last_command BIGINT NOT NULL,
    -- Highest bill counter seen.
    last_bill_counter BIGINT NOT NULL,
    enrolled_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id)
);
-- One device speaks for a car.
CREATE UNIQUE INDEX device_of_vehicle ON device (fleet_id, vehicle_id) WHERE state <> 'revoked';

CREATE TABLE car_command (
    fleet_id UUID NOT NULL,
    device_id UUID NOT NULL,
    number BIGINT NOT NULL,
    body_sha256 TEXT NOT NULL,
    outcome TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, device_id, number)
);

-- The outbox towards cars: written with what caused it, sent after the commit, repeated until received.
CREATE TABLE car_message (
    fleet_id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    sequence BIGINT NOT NULL,
    bill_id UUID,
    message TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, vehicle_id, sequence)
);

CREATE TABLE trip (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    driver_id UUID,
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (fleet_id, id)
);
CREATE INDEX trip_of_vehicle ON trip (fleet_id, vehicle_id, started_at);

CREATE TABLE bill (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    device_id UUID NOT NULL,
    trip_id UUID NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    lines TEXT NOT NULL,
    total_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    source TEXT NOT NULL,
    nonce BYTEA NOT NULL,
    opened_at BIGINT NOT NULL,
    settled_at BIGINT,
    shown_at BIGINT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id)
);
CREATE INDEX bill_of_vehicle ON bill (fleet_id, vehicle_id, opened_at);

CREATE TABLE payment (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL,
    bill_id UUID NOT NULL,
    bill_version BIGINT NOT NULL,
    vehicle_id UUID NOT NULL,
    out_trade_no TEXT NOT NULL UNIQUE,
    trade_no TEXT,
    buyer TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    close_reason TEXT,
    application TEXT NOT NULL,
    suspense_minor BIGINT NOT NULL,
    scene_seed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    captured_at BIGINT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id)
);
-- One live order per bill.
CREATE UNIQUE INDEX payment_live ON payment (fleet_id, bill_id)
    WHERE state IN ('created', 'submitted', 'awaiting_buyer', 'unknown', 'cancelling');
-- One payment covers a bill.
CREATE UNIQUE INDEX payment_covers ON payment (fleet_id, bill_id) WHERE application = 'to_bill';
CREATE INDEX payment_of_bill ON payment (fleet_id, bill_id, created_at);

CREATE TABLE payment_timer (
    fleet_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    due_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, payment_id)
);
CREATE INDEX payment_timer_due ON payment_timer (due_at);

CREATE TABLE ledger_entry (
    fleet_id UUID NOT NULL,
    movement TEXT NOT NULL,
    reference TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    posted_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, movement, reference)
);

CREATE TABLE notice (
    fleet_id UUID NOT NULL,
    notify_id TEXT NOT NULL,
    trade_status TEXT NOT NULL,
    out_trade_no TEXT NOT NULL,
    handling TEXT NOT NULL,
    body BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, notify_id, trade_status)
);

CREATE TABLE meter_record (
    fleet_id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    record_key TEXT NOT NULL,
    trip_id UUID,
    bill_id UUID,
    record TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, vehicle_id, record_key)
);

CREATE TABLE alarm (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    vehicle_id UUID,
    detail TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    cleared_at BIGINT,
    cleared_by TEXT,
    PRIMARY KEY (fleet_id, id)
);
CREATE UNIQUE INDEX alarm_open ON alarm (fleet_id, kind, subject) WHERE cleared_at IS NULL;

-- One row per authorisation that came back: the code is exchanged once, whatever is reloaded.
CREATE TABLE authorisation (
    nonce TEXT PRIMARY KEY,
    claimed_at BIGINT NOT NULL,
    outcome TEXT,
    user_id TEXT
);

CREATE TABLE screen_code_try (
    fleet_id UUID NOT NULL,
    vehicle_id UUID NOT NULL,
    payer TEXT NOT NULL,
    tried_at BIGINT NOT NULL
);
CREATE INDEX screen_code_try_of_vehicle ON screen_code_try (fleet_id, vehicle_id, tried_at);

CREATE TABLE dispatcher (
    fleet_id UUID NOT NULL REFERENCES fleet (id),
    id UUID NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (fleet_id, id)
);

CREATE TABLE console_session (
    token_sha256 TEXT PRIMARY KEY,
    fleet_id UUID NOT NULL,
    dispatcher_id UUID NOT NULL,
    expires_at BIGINT NOT NULL
);
