//! Erased details and long details.

use users_domain::model::{AuditPage, AuditRecord, AuditStart, Json, ListAudit, Metadata};
use users_domain::rules::{MetadataPatch, UpdateUser};

use super::AuditSubject;
use super::scene::{Scene, everything};
use crate::{a_user, by_name, json_object};

/// The header and the position of the entry do not change; other entries do not change either.
pub async fn an_entry_whose_detail_was_erased_is_shown_without_it(subject: &AuditSubject) {
    let scene = Scene::of(subject).await;
    let mut expected = scene.ask(subject, &everything()).await;
    for entry in expected.entries.iter_mut().step_by(3) {
        entry.detail = None;
        let id = entry.header.id;
        subject.breaker.erase_detail(scene.tenant.id(), id).await;
    }
    assert_eq!(scene.ask(subject, &everything()).await, expected);
    let is_about_bob = |record: &&AuditRecord| {
        let bob = scene.tenant.journal.users();
        let bob = bob.iter().find(|user| user.record.vendor_data.as_str() == "bob");
        record.header.user == bob.map(|user| user.record.id)
    };
    let named = ListAudit {
        filter: users_domain::model::AuditFilter {
            vendor_data: Some(crate::vendor_data("bob")),
            ..users_domain::model::AuditFilter::default()
        },
        ..everything()
    };
    let expected: Vec<_> = expected.entries.iter().filter(is_about_bob).cloned().collect();
    assert!(expected.iter().any(|entry| entry.detail.is_none()));
    assert_eq!(scene.ask(subject, &named).await.entries, expected);
}

/// If the details exceed the size limit of a page, the page contains fewer entries than requested and `more` is set.
/// Paging still returns every entry.
pub async fn long_details_shorten_a_page(subject: &AuditSubject) {
    let scene = Scene::empty(subject).await;
    let tenant = &scene.tenant;
    tenant.has(a_user("ada")).await;
    let longest = Metadata::MAX_BYTES - 20;
    let edits = AuditPage::MAX_DETAIL_BYTES / (2 * longest) + 5;
    for number in 0..edits {
        let digit = char::from_digit(u32::try_from(number % 10).expect("a digit"), 10);
        let text = digit.expect("a digit").to_string().repeat(longest);
        let object = json_object([("text", Json::String(text))]);
        let metadata = Metadata::new(object).expect("metadata");
        let edit = UpdateUser {
            metadata: Some(MetadataPatch::Replace(metadata)),
            ..UpdateUser::default()
        };
        tenant.write(tenant.update(by_name("ada"), edit)).await.expect("an edit");
    }
    let first = scene.assert_page(subject, &everything()).await;
    assert!(first.more && first.entries.len() < edits);
    let last = first.entries.last().expect("an entry").place();
    let rest = ListAudit { start: AuditStart::OlderThan(last), ..everything() };
    let rest = scene.assert_page(subject, &rest).await;
    assert!(!rest.more);
    assert_eq!(first.entries.len() + rest.entries.len(), edits + 1);
    let oldest = rest.entries.last().expect("an entry").place();
    let back = ListAudit { start: AuditStart::NewerThan(oldest), ..everything() };
    assert!(scene.assert_page(subject, &back).await.more);
}
