DROP TRIGGER users_forget_claims ON users;
DROP FUNCTION forget_claims();
DROP TABLE idempotency_claims;
