use super::*;
use crate::model::VerifiedFieldsPolicy;
use crate::ports::{MockApplicationStore, MockKeyStore};
use crate::service::fixtures::{FixedClock, FixedEntropy, application};

fn service(applications: MockApplicationStore) -> AccessService {
    AccessService::new(
        Arc::new(applications),
        Arc::new(MockKeyStore::new()),
        Arc::new(FixedClock),
        Arc::new(FixedEntropy),
    )
}

fn finding() -> MockApplicationStore {
    let mut store = MockApplicationStore::new();
    store.expect_find().returning(|_| Ok(Some(application())));
    store
}

const BLOCKING: Setting = Setting::AutoBlockOnDecline(true);

#[tokio::test]
async fn settings_are_changed_with_their_entry() {
    let mut store = finding();
    store
        .expect_replace_settings()
        .times(1)
        .return_once(|_, before, after, entry| {
            assert_eq!(after, before.with(BLOCKING));
            assert_eq!(
                (entry.header.user, entry.header.actor_kind),
                (None, "system")
            );
            let values = (entry.detail.previous_value, entry.detail.new_value);
            let shown = (values.0.to_string(), values.1.to_string());
            let expected = ["false", "true"].map(|v| format!("{{\"auto_block_on_decline\":{v}}}"));
            assert_eq!([shown.0, shown.1], expected);
            Ok(true)
        });
    let changed = service(store)
        .change_settings(application().id, &[BLOCKING])
        .await;
    assert!(changed.unwrap().settings.auto_block_on_decline);
}

#[tokio::test]
async fn settings_that_are_there_already_leave_nothing_in_writing() {
    let same = Setting::VerifiedFields(VerifiedFieldsPolicy::ReadOnly);
    let kept = service(finding())
        .change_settings(application().id, &[same])
        .await;
    assert_eq!(kept, Ok(application()));
}

#[tokio::test]
async fn a_lost_race_is_run_again_and_not_for_ever() {
    let mut store = finding();
    store
        .expect_replace_settings()
        .times(5)
        .returning(|_, _, _, _| Ok(false));
    let id = application().id;
    let lost = service(store).change_settings(id, &[BLOCKING]).await;
    assert_eq!(lost, Err(AccessError::Contended(id)));
}
