DROP TABLE webhook_recoveries;
DROP TABLE webhook_dead_letters;
DROP TABLE webhook_attempts;
DROP TABLE webhook_deliveries;
