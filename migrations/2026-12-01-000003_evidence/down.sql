DROP TABLE user_risk_events;
DROP TABLE user_transactions;
DROP TABLE user_sessions;
