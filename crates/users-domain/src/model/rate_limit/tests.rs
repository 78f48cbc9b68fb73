use super::*;

fn network(address: &str) -> ClientNetwork {
    ClientNetwork::of(address.parse().unwrap())
}

#[test]
fn zero_is_no_limit() {
    assert_eq!(RateLimit::per_minute(0), None);
    let limit = RateLimit::per_minute(600).unwrap();
    assert_eq!(limit.requests(), 600);
}

#[test]
fn ipv4_is_counted_by_address_and_ipv6_by_network() {
    assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ff::2"));
    assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
    assert_eq!(network("::ffff:192.0.2.1").to_string(), "192.0.2.1");
    assert_eq!(network("2001:db8:0:1::7").to_string(), "2001:db8:0:1::/64");
}

#[test]
fn durations_are_rounded_up_to_seconds() {
    let verdict = |micros| Verdict {
        admitted: false,
        limit: RateLimit::per_minute(1).unwrap(),
        remaining: 0,
        next_in: Duration::from_micros(micros),
        full_in: Duration::from_micros(micros + 1),
    };
    assert_eq!(verdict(0).next_in_seconds(), 0);
    assert_eq!(verdict(1).next_in_seconds(), 1);
    assert_eq!(verdict(60_000_000).next_in_seconds(), 60);
    assert_eq!(verdict(60_000_000).full_in_seconds(), 61);
}
