-- The extensions stay: others in this database may use them by now.
DROP TABLE api_keys;
DROP TABLE applications;
