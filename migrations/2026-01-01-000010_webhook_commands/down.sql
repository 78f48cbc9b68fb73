DROP INDEX webhook_attempts_failed;
DROP INDEX webhook_dead_letters_by_event;
DROP INDEX webhook_recoveries_one_running;
DROP FUNCTION advance_webhook_recovery(bigint);
DROP FUNCTION start_webhook_recovery(uuid, uuid, uuid, timestamptz);
DROP FUNCTION remove_webhook_destination(uuid, uuid);
DROP FUNCTION rotate_webhook_secret(uuid, uuid, bytea, bigint, bigint);
DROP FUNCTION change_webhook_destination(
    uuid, uuid, text, text, boolean, boolean, text, text[], text, timestamptz, bigint);
DROP FUNCTION arrange_webhook_lane(bigint, boolean, boolean, boolean, bigint);
DROP FUNCTION add_webhook_destination(
    uuid, uuid, text, text, text, text[], text, timestamptz, timestamptz, text, timestamptz, bytea, bigint);
DROP FUNCTION lock_webhook_urls(uuid);
