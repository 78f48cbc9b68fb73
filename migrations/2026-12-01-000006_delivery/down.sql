DROP TABLE webhook_recoveries;
DROP TABLE webhook_dead_letters;
DROP TABLE webhook_attempts;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_lanes;
DROP TABLE webhook_secrets;
DROP TABLE webhook_destinations;
