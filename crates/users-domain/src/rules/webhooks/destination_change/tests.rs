use super::super::subscription::tests::destination;
use super::*;

const LATER: i64 = 7;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap()
}

fn disabled(reason: DisabledReason, since: i64) -> DestinationState {
    let since = at(since);
    DestinationState::Disabled { reason, since }
}

fn applied(state: DestinationState, change: DestinationChange) -> Option<ChangedDestination> {
    change.apply(&destination(state), at(1), at(LATER))
}

#[test]
fn the_state_follows_the_client() {
    use DestinationState::Enabled;
    use DisabledReason::{Client, Failing, Gone};
    for (before, enabled, after) in [
        (Enabled, true, None),
        (Enabled, false, Some(disabled(Client, LATER))),
        (disabled(Client, 0), true, Some(Enabled)),
        (disabled(Client, 0), false, None),
        (disabled(Gone, 0), true, Some(Enabled)),
        (disabled(Gone, 0), false, Some(disabled(Client, LATER))),
        (disabled(Failing, 0), false, Some(disabled(Client, LATER))),
    ] {
        let change = DestinationChange {
            enabled: Some(enabled),
            skip_waiting: true,
            ..DestinationChange::default()
        };
        let changed = applied(before, change);
        let state = changed.as_ref().map(|changed| changed.after.state);
        assert_eq!(state, after, "{before:?}, {enabled}");
        if let Some(changed) = changed {
            assert_eq!(changed.after.updated_at, at(1));
            let effects = [changed.is_enabled(), changed.skips_waiting(), changed.resets_health()];
            assert_eq!(effects, [enabled; 3], "{before:?}");
            assert!(changed.ends_lease());
        }
    }
}

#[test]
fn only_what_a_worker_uses_ends_its_lease() {
    let none = DestinationChange::default;
    let url = DestinationUrl::accepted("https://other.example/".to_owned());
    for (change, resets_health, is_reordered, ends_lease) in [
        (
            DestinationChange {
                label: Some(DestinationLabel::parse("other").unwrap()),
                version: Some(WebhookVersion::parse("v4").unwrap()),
                subscriptions: Some(Subscriptions::default()),
                ..none()
            },
            false,
            false,
            false,
        ),
        (DestinationChange { url: Some(url), ..none() }, true, false, true),
        (DestinationChange { ordering: Some(DeliveryOrdering::None), ..none() }, false, true, true),
    ] {
        let changed = applied(DestinationState::Enabled, change).unwrap();
        assert_eq!(changed.resets_health(), resets_health, "{changed:?}");
        assert_eq!(changed.is_reordered(), is_reordered, "{changed:?}");
        assert_eq!(changed.ends_lease(), ends_lease, "{changed:?}");
        assert!(!changed.is_enabled() && !changed.skips_waiting());
    }
}

#[test]
fn a_change_to_the_current_values_changes_nothing() {
    let before = destination(disabled(DisabledReason::Client, 0));
    let same = DestinationChange {
        label: Some(before.label.clone()),
        url: Some(before.url.clone()),
        enabled: Some(false),
        skip_waiting: true,
        version: Some(before.version.clone()),
        subscriptions: Some(before.subscriptions.clone()),
        ordering: Some(before.ordering),
    };
    for change in [DestinationChange::default(), same] {
        assert_eq!(change.apply(&before, at(1), at(LATER)), None);
    }
}
