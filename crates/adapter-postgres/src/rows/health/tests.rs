use super::*;

#[test]
fn stored_health_is_read_back() {
    let at = |micros| Timestamp::from_unix_micros(micros).unwrap();
    let troubled = LaneHealth {
        transport_failures_in_a_row: 5,
        window: vec![
            OutcomeCounts { slice: -3, successes: 1, failures: 2 },
            OutcomeCounts::default(),
        ],
        breaker: Breaker::Open { until: at(1_234_567), openings: 4 },
        concurrency: 8,
        successes_at_concurrency: 6,
        paused_until: Some(at(7)),
        failing: Some(Failing { since: at(-1), attempts: 20, days: 2, latest: at(9) }),
    };
    for health in [healthy(), troubled] {
        let text = stored_health(&health).unwrap();
        assert_eq!(lane_health(Some(&text)).unwrap(), health, "{text}");
    }
    assert_eq!(lane_health(None).unwrap(), healthy());
}

#[test]
fn invalid_health_is_a_defect_without_values() {
    for text in ["{}", "null", "[]", r#"{"window":[[1]]}"#] {
        let failure = lane_health(Some(text)).unwrap_err();
        assert_eq!(failure, Failure::defect("the stored health has another form"));
    }
}
