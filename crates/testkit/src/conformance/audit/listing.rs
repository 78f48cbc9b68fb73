//! Pages compared with the reference implementation.

use users_domain::model::{
    AuditFilter, AuditPage, AuditStart, KeyId, ListAudit, Operation, PageSize, Reason, RequestId,
    TimeRange, UserStatus,
};
use users_domain::rules::LegalHoldCommand;

use super::AuditSubject;
use super::scene::{Scene, everything, page_of};
use crate::{Tenant, a_user, base_time, by_name, to_status, vendor_data};

/// Covers each filter and some combinations, several start positions in both directions and several page sizes.
pub async fn pages_equal_audit_listing(subject: &AuditSubject) {
    let scene = Scene::of(subject).await;
    for (filter, matches) in filters(&scene) {
        let question = ListAudit { filter, ..everything() };
        let all = scene.assert_page(subject, &question).await.entries;
        assert_eq!(!all.is_empty(), matches, "{question:?}");
        let middle = all.get(all.len() / 2).map(users_domain::model::AuditRecord::place);
        let last = all.last().map(users_domain::model::AuditRecord::place);
        let places = middle.into_iter().chain(last);
        let starts =
            places.flat_map(|place| [AuditStart::OlderThan(place), AuditStart::NewerThan(place)]);
        for start in starts.chain([AuditStart::Newest]) {
            for rows in [1, 3, u64::from(PageSize::MAX)] {
                let question = ListAudit { start, size: page_of(rows), ..question.clone() };
                scene.assert_page(subject, &question).await;
            }
        }
    }
}

/// Filters, each with whether any entry matches.
fn filters(scene: &Scene) -> Vec<(AuditFilter, bool)> {
    let none = AuditFilter::default;
    let by = |actor| AuditFilter { actor: Some(actor), ..none() };
    let asking = |operation| AuditFilter { operation: Some(operation), ..none() };
    let about = |name: &str| AuditFilter { vendor_data: Some(vendor_data(name)), ..none() };
    let of_request = |id: &str| AuditFilter { request_id: RequestId::parse(id).ok(), ..none() };
    let within = |from: Option<u64>, before: Option<u64>| AuditFilter {
        at: TimeRange {
            from: from.map(|millis| base_time().plus_millis(millis)),
            before: before.map(|millis| base_time().plus_millis(millis)),
        },
        ..none()
    };
    let tenant = &scene.tenant;
    let refusal = scene.appended.first().expect("a refusal");
    let refused = refusal.header.actor_key.expect("a key");
    let (owner, service) = (tenant.caller.grant.key.id, tenant.service.grant.key.id);
    let unknown = KeyId::parse("00000000-0000-7000-8000-000000000000").expect("an id");
    let every_filter = AuditFilter {
        actor: Some(owner),
        operation: Some(Operation::UpdateStatus),
        vendor_data: Some(vendor_data("ada")),
        at: within(Some(1_000), Some(100_000)).at,
        request_id: of_request("test-request").request_id,
    };
    vec![
        (none(), true),
        (by(owner), true),
        (by(service), true),
        (by(refused), true),
        (by(unknown), false),
        (asking(Operation::CreateUser), true),
        (asking(Operation::DeleteUsers), true),
        (asking(Operation::ReportRisks), false),
        (about("ada"), true),
        (about("bob"), true),
        (about("Ada"), false),
        (of_request("test-request"), true),
        (of_request("Test-request"), false),
        (within(Some(3_000), None), true),
        (within(None, Some(3_000)), true),
        (within(Some(2_000), Some(6_000)), true),
        (within(Some(6_000), Some(6_000)), false),
        (AuditFilter { vendor_data: Some(vendor_data("ada")), ..by(service) }, true),
        (every_filter.clone(), true),
        (AuditFilter { actor: Some(service), ..every_filter }, false),
    ]
}

/// The next page contains every confirmed write.
pub async fn pages_show_everything_committed_before_the_request(subject: &AuditSubject) {
    let mut scene = Scene::empty(subject).await;
    for number in 0..5 {
        let name = format!("user {number}");
        scene.tenant.has(a_user(&name)).await;
        let blocked = to_status(UserStatus::Blocked);
        let change = scene.tenant.change_status(by_name(&name), blocked);
        scene.tenant.write(change).await.expect("a change");
        assert_eq!(scene.assert_page(subject, &everything()).await.entries.len(), 3 * number + 2);
        let activity = activity(subject, &scene.tenant, &name).await;
        assert_eq!(activity.expect("a user").entries.len(), 2);
        scene.refuse(subject, Operation::DeleteUsers).await;
        assert_eq!(scene.assert_page(subject, &everything()).await.entries.len(), 3 * number + 3);
    }
}

/// Both applications have users of the same names and entries at the same times.
pub async fn no_page_shows_an_entry_of_another_application(subject: &AuditSubject) {
    let (one, other) = (Scene::of(subject).await, Scene::of(subject).await);
    for (filter, _) in filters(&one) {
        let question = ListAudit { filter, ..everything() };
        one.assert_page(subject, &question).await;
        other.assert_page(subject, &question).await;
    }
    for scene in [&one, &other] {
        let activity = activity(subject, &scene.tenant, "ada").await;
        let ours = |id| scene.entries().iter().any(|entry| entry.header.id == id);
        let entries = activity.expect("a user").entries;
        assert!(!entries.is_empty() && entries.iter().all(|entry| ours(entry.header.id)));
    }
    let lonely = Tenant::of(&subject.users).await;
    lonely.has(a_user("nobody else has this name")).await;
    let elsewhere = activity(subject, &one.tenant, "nobody else has this name").await;
    assert_eq!(elsewhere, None);
}

/// Activity is paged newest first. Deleted and unknown users have no activity.
pub async fn activity_shows_only_the_current_user_of_a_name(subject: &AuditSubject) {
    let scene = Scene::of(subject).await;
    let tenant = &scene.tenant;
    let reason = Reason::parse_required("court order 7/26").expect("a reason");
    for hold in [LegalHoldCommand::Set { reason }, LegalHoldCommand::Lifted] {
        let held = tenant.write(tenant.hold(by_name("bob"), hold)).await;
        held.expect("a change of the legal hold");
    }
    for name in ["ada", "bob", "twin 3"] {
        let user = tenant.find(&by_name(name)).await.expect("a user").record.id;
        let mut expected = tenant.journal.audit_of(user);
        let all = expected.len();
        expected.retain(|entry| entry.header.kind.is_activity());
        assert_eq!(all - expected.len(), if name == "bob" { 2 } else { 0 });
        expected.sort_by_key(|entry| std::cmp::Reverse(entry.header.place()));
        let expected: Vec<_> =
            expected.iter().map(users_domain::model::AuditRecord::from).collect();
        let whole = activity(subject, tenant, name).await.expect("a user");
        assert_eq!((whole.entries, whole.more), (expected.clone(), false), "{name}");

        let name = vendor_data(name);
        let (mut returned, mut start) = (Vec::new(), AuditStart::Newest);
        while returned.len() < expected.len() {
            let page = subject.reader.activity(tenant.id(), &name, start, page_of(2));
            let page = page.await.expect("the store answers").expect("a user");
            returned.extend(page.entries);
            assert_eq!(page.more, returned.len() < expected.len());
            let last = returned.last().expect("no page is empty");
            start = AuditStart::OlderThan(last.place());
        }
        assert_eq!(returned, expected);
    }
    tenant.remove("bob").await;
    for name in ["bob", "Ada", "nobody"] {
        assert_eq!(activity(subject, tenant, name).await, None, "{name}");
    }
}

async fn activity(subject: &AuditSubject, tenant: &Tenant, name: &str) -> Option<AuditPage> {
    let ListAudit { start, size, .. } = everything();
    let name = vendor_data(name);
    let page = subject.reader.activity(tenant.id(), &name, start, size);
    page.await.expect("the store answers")
}
