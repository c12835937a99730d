-- Tariffs as fleets published them, and quotes as they gave them. Rows are only ever added: an old quote is worked out
-- again from the text of its own tariff.

CREATE TABLE tariff (
    fleet_id UUID NOT NULL REFERENCES fleet (id),
    -- Made of the content, so that a changed text is no longer this tariff.
    id UUID NOT NULL,
    -- 1, 2, 3 … of the fleet; of two that are published at once one has to try again.
    number BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    content TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id),
    UNIQUE (fleet_id, number)
);
CREATE INDEX tariff_in_force ON tariff (fleet_id, effective_at, number);

CREATE TABLE quote (
    fleet_id UUID NOT NULL,
    id UUID NOT NULL,
    tariff_id UUID NOT NULL,
    total_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    content TEXT NOT NULL,
    quoted_at BIGINT NOT NULL,
    PRIMARY KEY (fleet_id, id),
    FOREIGN KEY (fleet_id, tariff_id) REFERENCES tariff (fleet_id, id)
);
