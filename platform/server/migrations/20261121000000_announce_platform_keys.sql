-- Which platform key cars were last told to believe. One row is not retired.

CREATE TABLE platform_key (
    public_key BYTEA PRIMARY KEY,
    announced_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX platform_key_believed ON platform_key ((CASE WHEN retired_at IS NULL THEN 1 END));

-- What an earlier unit of a car left behind is asked for at every greeting, so it is found without going through all the
-- car's bills and records.
CREATE INDEX bill_by_state ON bill (fleet_id, vehicle_id, state, settled_at);
CREATE INDEX meter_record_of_bill ON meter_record (fleet_id, bill_id);
