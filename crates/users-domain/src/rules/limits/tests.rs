use super::*;
use crate::model::{ApplicationSettings, KeyLimits, Role};
use crate::rules::fixtures;

const READ: RequestKind = RequestKind::Read;
const WRITE: RequestKind = RequestKind::Write;
const OWNER: KeyKind = KeyKind::Role(Role::Owner);

fn grant(kind: KeyKind, reads: Option<u32>, writes: Option<u32>) -> KeyGrant {
    let settings = ApplicationSettings {
        rate_limit_get_per_minute: reads,
        rate_limit_write_per_minute: writes,
        ..ApplicationSettings::default()
    };
    KeyGrant { settings, ..fixtures::grant(kind) }
}

fn requests(grant: &KeyGrant, kind: RequestKind) -> Option<u32> {
    let defaults = DefaultLimits {
        reads_per_minute: 6,
        writes_per_minute: 3,
        service_per_minute: 60,
        unauthenticated_per_minute: 1,
        public_per_minute: 600,
    };
    limit_of_key(grant, kind, &defaults).map(RateLimit::requests)
}

#[test]
fn application_limits_take_precedence_over_server_limits() {
    for (set, reads, writes) in [
        ((None, None), Some(6), Some(3)),
        ((Some(8), None), Some(8), Some(3)),
        ((None, Some(9)), Some(6), Some(9)),
        ((Some(0), Some(1)), None, Some(1)),
    ] {
        let grant = grant(OWNER, set.0, set.1);
        let found = (requests(&grant, READ), requests(&grant, WRITE));
        assert_eq!(found, (reads, writes), "{set:?}");
    }
}

#[test]
fn a_key_limit_can_only_lower_the_application_limit() {
    for (own, application, expected) in [
        (Some(2), Some(8), Some(2)),
        (Some(8), Some(8), Some(8)),
        (Some(9), Some(8), Some(8)),
        (Some(0), Some(8), Some(8)),
        (None, Some(8), Some(8)),
        (Some(7), None, Some(6)),
        (Some(2), Some(0), Some(2)),
        (Some(0), Some(0), None),
    ] {
        let mut grant = grant(OWNER, application, Some(1));
        grant.key.limits.reads_per_minute = own;
        assert_eq!(requests(&grant, READ), expected, "{own:?} {application:?}");
        assert_eq!(requests(&grant, WRITE), Some(1));
    }
    let mut service = grant(KeyKind::Service, Some(1), None);
    service.key.limits = KeyLimits { reads_per_minute: Some(2), writes_per_minute: Some(61) };
    assert_eq!(requests(&service, READ), Some(2));
    assert_eq!(requests(&service, WRITE), Some(60));
}

#[test]
fn a_requested_limit_must_not_exceed_the_highest() {
    let highest = RateLimit::per_minute(600);
    for requested in [1, 600] {
        assert_eq!(limit_within(requested, highest), Ok(u32::try_from(requested).unwrap()));
    }
    for requested in [-1, 0, 601, i64::MAX] {
        let range = InvalidValue::OutOfRange { min: 1, max: 600 };
        assert_eq!(limit_within(requested, highest), Err(range));
    }
    assert_eq!(limit_within(0, None), Ok(0));
    assert!(limit_within(i64::from(u32::MAX) + 1, None).is_err());
}

#[test]
fn every_role_has_the_same_limits() {
    for role in Role::ALL {
        let grant = grant(KeyKind::Role(role), None, Some(9));
        assert_eq!(requests(&grant, READ), Some(6), "{role:?}");
        assert_eq!(requests(&grant, WRITE), Some(9), "{role:?}");
    }
}

#[test]
fn services_have_the_servers_limit_whatever_their_application_sets() {
    let grant = grant(KeyKind::Service, Some(1), Some(0));
    assert_eq!(requests(&grant, READ), Some(60));
    assert_eq!(requests(&grant, WRITE), Some(60));
}

#[test]
fn defaults_match_the_documentation_and_zero_means_no_limit() {
    let defaults = DefaultLimits::default();
    let by_default = |kind, request| {
        limit_of_key(&grant(kind, None, None), request, &defaults).map(RateLimit::requests)
    };
    assert_eq!(by_default(OWNER, READ), Some(600));
    assert_eq!(by_default(OWNER, WRITE), Some(300));
    assert_eq!(by_default(KeyKind::Service, WRITE), Some(60_000));
    assert_eq!(defaults.unauthenticated_per_minute, 60);
    assert_eq!(defaults.public_per_minute, 6000);

    let free = grant(OWNER, None, None);
    assert_eq!(limit_of_key(&free, READ, &DefaultLimits::NONE), None);
}
