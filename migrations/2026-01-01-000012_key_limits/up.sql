-- Where a key is accepted from, and how much it may ask for.

ALTER TABLE api_keys
    -- Networks in CIDR notation, as the domain writes them; none of them means any address.
    ADD COLUMN allowed_ips text[] NOT NULL COLLATE "C" DEFAULT '{}',
    -- None leaves it to the application, 0 sets no limit.
    ADD COLUMN rate_limit_get_per_minute bigint,
    ADD COLUMN rate_limit_write_per_minute bigint,
    ADD CONSTRAINT api_keys_allowed_ips_few CHECK (cardinality(allowed_ips) <= 50),
    ADD CONSTRAINT api_keys_rate_limits_not_negative
        CHECK (rate_limit_get_per_minute >= 0 AND rate_limit_write_per_minute >= 0);
