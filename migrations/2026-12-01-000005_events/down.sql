DROP TABLE outbox;
DROP TABLE events;
DROP FUNCTION copy_statistics_targets(), drop_partitions(timestamptz), attach_default_partition(),
    create_partition_of(name, name, date, boolean), create_partition(integer);
DROP TABLE event_retention;
