//! Requirements for every `ApplicationStore`.

use users_domain::model::{
    Application, ApplicationName, ApplicationSettings, Environment, RetentionDays,
    VerifiedFieldsPolicy,
};

use super::AccessSubject;
use crate::{an_application, base_time};

/// `add` returns `false` if the id exists.
pub async fn adding_an_application_whose_id_exists_changes_nothing(subject: &AccessSubject) {
    let first = an_application();
    assert_eq!(subject.applications.add(first.clone()).await, Ok(true));
    let second = Application {
        name: ApplicationName::parse("Another").expect("a name"),
        environment: Environment::Sandbox,
        ..first.clone()
    };
    assert_eq!(subject.applications.add(second).await, Ok(false));
    assert_eq!(subject.applications.find(first.id).await, Ok(Some(first)));
}

/// Settings that all differ from the default.
fn settings(verified_fields: VerifiedFieldsPolicy) -> ApplicationSettings {
    ApplicationSettings {
        verified_fields,
        auto_block_on_decline: true,
        block_survives_deletion: false,
        retention: RetentionDays::new(RetentionDays::MAX).expect("a period"),
        rate_limit_get_per_minute: Some(0),
        rate_limit_write_per_minute: Some(u32::MAX),
    }
}

/// Covers every environment, every policy and an unusual name.
pub async fn an_application_is_found_as_it_was_added(subject: &AccessSubject) {
    for environment in Environment::ALL {
        for verified_fields in VerifiedFieldsPolicy::ALL {
            let application = Application {
                name: ApplicationName::from_stored(" Ünï\u{202e}'x' ".to_owned()),
                environment,
                settings: settings(verified_fields),
                ..an_application()
            };
            assert_eq!(subject.applications.add(application.clone()).await, Ok(true));
            let found = subject.applications.find(application.id).await;
            assert_eq!(found, Ok(Some(application)));
        }
    }
    assert_eq!(subject.applications.find(an_application().id).await, Ok(None));
}

/// The order of insertion does not matter. The store may contain other applications.
pub async fn applications_are_listed_oldest_first(subject: &AccessSubject) {
    let mut added = Vec::new();
    for age in [2_u64, 0, 1] {
        let application =
            Application { created_at: base_time().plus_millis(age), ..an_application() };
        assert_eq!(subject.applications.add(application.clone()).await, Ok(true));
        added.push(application);
    }
    let mut listed = subject.applications.list().await.expect("the store answers");
    assert!(listed.is_sorted_by_key(|application| application.created_at));
    listed.retain(|application| added.contains(application));
    added.sort_by_key(|application| application.created_at);
    assert_eq!(listed, added);
}
