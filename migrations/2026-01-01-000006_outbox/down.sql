DROP TABLE change_positions;
DROP TABLE changes;
DROP TABLE outbox;
