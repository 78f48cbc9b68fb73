use super::*;

/// The number of 64 KiB chunks, of at most a thousand, that a client receives if it reads each one in this many
/// seconds.
fn chunks(seconds: u64) -> usize {
    let mut pace = Pace::new(16 * 1024, Duration::from_secs(30));
    let time = Duration::from_secs(seconds);
    (0..1000)
        .take_while(|_| {
            let limit = pace.limit(CHUNK_BYTES);
            pace.took(limit, time);
            time <= limit
        })
        .count()
}

#[test]
fn a_slow_reader_is_aborted_when_its_slack_is_used_up() {
    for (seconds, expected) in [(0, 1000), (4, 1000), (5, 30), (19, 2), (34, 1), (35, 0)] {
        assert_eq!(chunks(seconds), expected, "{seconds}");
    }
}

#[test]
fn a_fast_reader_gains_no_extra_slack() {
    let mut pace = Pace::new(16 * 1024, Duration::from_secs(30));
    for _ in 0..1000 {
        let limit = pace.limit(CHUNK_BYTES);
        pace.took(limit, Duration::ZERO);
    }
    assert_eq!(pace.limit(CHUNK_BYTES), Duration::from_secs(34));
}
