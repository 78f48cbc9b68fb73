DROP TABLE key_check;
DROP TABLE api_keys;
DROP TABLE applications;
DROP FUNCTION refuse_shorter_retention();
