DROP TABLE outbox;
DROP TABLE events;
DROP FUNCTION keep_no_statistics(), drop_days(timestamptz), drop_days_before(timestamptz), give_strays_a_day(),
    make_day(name, name, date), make_day(name, name, date, boolean), make_room(integer), make_a_day(integer);
DROP TABLE event_retention;
