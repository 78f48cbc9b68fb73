use prometheus_client::encoding::text::encode;

use super::*;

fn text(registry: &Registry) -> String {
    let mut text = String::new();
    encode(&mut text, registry).unwrap();
    text
}

#[test]
fn every_series_is_present_before_the_first_event() {
    let mut registry = Registry::with_prefix("users");
    let metrics = DeliveryMetrics::registered(&mut registry);
    metrics.first_attempt_after(Duration::from_millis(30));
    metrics.attempt_ended(AttemptOutcome::Delivered);
    metrics.sequenced(3, 5);
    let text = text(&registry);
    for line in [
        "users_webhook_lag_seconds_bucket{le=\"0.025\"} 0",
        "users_webhook_lag_seconds_bucket{le=\"0.05\"} 1",
        "users_webhook_attempts_total{outcome=\"delivered\"} 1",
        "users_webhook_attempts_total{outcome=\"failed\"} 0",
        "users_webhook_attempts_total{outcome=\"dead_lettered\"} 0",
        "users_webhook_attempts_in_flight 0",
        "users_webhook_put_off_total{reason=\"secrets_sealed\"} 0",
        "users_webhook_put_off_total{reason=\"no_place_to_look_up\"} 0",
        "users_webhook_lease_losses_total 0",
        "users_webhook_duplicates_possible_total 0",
        "users_webhook_dead_letters_total 0",
        "users_webhook_sequenced_changes_total 3",
        "users_webhook_sequenced_deliveries_total 5",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}

#[test]
fn backlog_is_exported_with_units() {
    let mut registry = Registry::with_prefix("users");
    let backlog = Backlog {
        outbox: 7,
        outbox_age: Duration::from_millis(1500),
        paused_lanes: 2,
        ..Backlog::default()
    };
    register_backlog(&mut registry, &backlog);
    let text = text(&registry);
    for line in [
        "users_outbox_rows 7",
        "users_outbox_age_seconds 1.5",
        "users_webhook_lanes{state=\"paused\"} 2",
        "users_webhook_lanes{state=\"idle\"} 0",
        "users_rows_without_partition 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}
