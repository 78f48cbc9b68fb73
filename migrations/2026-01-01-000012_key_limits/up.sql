-- Where a key is accepted from, and how much it may ask for.

ALTER TABLE api_keys
    -- Networks in CIDR notation, as the domain writes them; none of them means any address.
    ADD COLUMN allowed_ips text[] NOT NULL COLLATE "C" DEFAULT '{}',
    -- None leaves it to the application, 0 sets no limit.
    ADD COLUMN reads_per_minute bigint,
    ADD COLUMN writes_per_minute bigint,
    ADD CONSTRAINT api_keys_allowed_ips_few CHECK (cardinality(allowed_ips) <= 50),
    ADD CONSTRAINT api_keys_limits_not_negative
        CHECK (reads_per_minute >= 0 AND writes_per_minute >= 0);
