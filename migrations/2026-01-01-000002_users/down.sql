DROP TABLE tags;
DROP TABLE user_search;
DROP TABLE users;
