ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_rate_limits_not_negative,
    DROP CONSTRAINT api_keys_allowed_ips_few,
    DROP COLUMN rate_limit_write_per_minute,
    DROP COLUMN rate_limit_get_per_minute,
    DROP COLUMN allowed_ips;
