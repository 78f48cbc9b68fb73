DROP TABLE webhook_lanes;
DROP TABLE webhook_secrets;
DROP TABLE webhook_destinations;
