use super::*;

fn header_values(remaining: u32, next_in: u64, full_in: u64) -> Vec<String> {
    let verdict = Verdict {
        admitted: true,
        limit: RateLimit::per_minute(600).unwrap(),
        remaining,
        next_in: Duration::from_micros(next_in),
        full_in: Duration::from_micros(full_in),
    };
    let now = Timestamp::from_unix_micros(1_800_000_000_500_000).unwrap();
    let mut headers = HeaderMap::new();
    Allowance::new(LimitedRequests::Reads, &verdict, now).insert_into(&mut headers);
    let names = [RATE_LIMIT_POLICY, RATE_LIMIT, LIMIT, REMAINING, RESET];
    let text = |name: HeaderName| headers.get(name).unwrap().to_str().unwrap().to_owned();
    names.map(text).to_vec()
}

/// Without requests left, the reset is the next admission.
#[test]
fn the_reset_is_the_end_of_the_window_or_the_next_admission() {
    for (left, next_in, expected) in [
        (599, 0, ["\"read\";q=600;w=60", "\"read\";r=599;t=60", "600", "599", "1800000061"]),
        (0, 7_100_000, ["\"read\";q=600;w=60", "\"read\";r=0;t=8", "600", "0", "1800000008"]),
    ] {
        assert_eq!(header_values(left, next_in, 60_000_000), expected);
    }
}

#[test]
fn a_whole_second_is_not_rounded() {
    let at = |micros| Timestamp::from_unix_micros(micros).unwrap();
    assert_eq!(end_in_seconds(at(2_000_000), Duration::from_secs(3)), 5);
    assert_eq!(end_in_seconds(at(2_000_001), Duration::from_secs(3)), 6);
    assert_eq!(end_in_seconds(at(-1), Duration::ZERO), 0);
}
