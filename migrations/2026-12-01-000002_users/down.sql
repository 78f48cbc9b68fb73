DROP TABLE user_counts;
DROP FUNCTION tags_lock(uuid);
DROP TABLE tags;
DROP TABLE user_search;
DROP FUNCTION live_user_id(uuid, text), last_deleted_status(uuid, text);
DROP TABLE users;
