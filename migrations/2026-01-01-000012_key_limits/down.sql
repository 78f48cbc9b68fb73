ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_limits_not_negative,
    DROP CONSTRAINT api_keys_allowed_ips_few,
    DROP COLUMN writes_per_minute,
    DROP COLUMN reads_per_minute,
    DROP COLUMN allowed_ips;
