-- Which platform key cars were last told to believe. One row is not retired.

CREATE TABLE platform_key (
    public_key BYTEA PRIMARY KEY,
    announced_at BIGINT NOT NULL,
    retired_at BIGINT
);
CREATE UNIQUE INDEX platform_key_believed ON platform_key ((CASE WHEN retired_at IS NULL THEN 1 END));
