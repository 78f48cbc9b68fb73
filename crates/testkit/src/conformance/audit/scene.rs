//! A tenant with a history, and the expected pages of its audit trail.

use users_domain::model::evidence::SessionStatus;
use users_domain::model::{
    AuditEntry, AuditFilter, AuditPage, AuditRecord, AuditStart, KeyKind, ListAudit, Operation,
    PageSize, Role, UserId, UserStatus, VendorData,
};
use users_domain::rules::{Patch, UpdateUser, audit_listing, refusal_entry};

use super::AuditSubject;
use crate::{Tenant, a_caller, a_session_report, a_user, by_name, display_name, to_status};

/// A tenant and all its decided audit entries.
pub(super) struct Scene {
    pub(super) tenant: Tenant,
    /// Entries that belong to no change.
    pub(super) appended: Vec<AuditEntry>,
}

/// A request for the newest entries with the largest page size.
pub(super) fn everything() -> ListAudit {
    ListAudit {
        filter: AuditFilter::default(),
        start: AuditStart::Newest,
        size: page_of(u64::from(PageSize::MAX)),
    }
}

pub(super) fn page_of(rows: u64) -> PageSize {
    PageSize::new(rows).expect("a size")
}

impl Scene {
    pub(super) async fn empty(subject: &AuditSubject) -> Self {
        Self { tenant: Tenant::of(&subject.users).await, appended: Vec::new() }
    }

    /// A scene with users that were created, edited, changed in status, reported, deleted and created again, partly at
    /// equal times, and with refused requests.
    pub(super) async fn of(subject: &AuditSubject) -> Self {
        let mut scene = Self::empty(subject).await;
        let tenant = &scene.tenant;
        for name in ["ada", "bob", "ada"] {
            tenant.has(a_user(name)).await;
            let edit = UpdateUser {
                display_name: Patch::Set(display_name(name)),
                ..UpdateUser::default()
            };
            tenant.write(tenant.update(by_name(name), edit)).await.expect("an edit");
            for status in [UserStatus::Blocked, UserStatus::Flagged] {
                // The second change is refused, and the refusal is noted.
                let _ = tenant.write(tenant.change_status(by_name(name), to_status(status))).await;
            }
            let session = format!("{name} {}", tenant.context().at);
            let report = a_session_report(&session, name, 1, SessionStatus::InReview);
            tenant.session(report).await.expect("a report");
            if name == "ada" {
                tenant.remove(name).await;
            }
        }
        // At equal times, so that only the ids differ.
        tenant.clock.tick_by(0);
        for number in 0..5 {
            tenant.has(a_user(&format!("twin {number}"))).await;
        }
        tenant.has(a_user("ada")).await;
        tenant.clock.tick_by(1_000_000);
        scene.refuse(subject, Operation::DeleteUsers).await;
        scene.refuse(subject, Operation::UpdateUser).await;
        scene
    }

    /// Appends the entry of an operation that was refused to another caller.
    pub(super) async fn refuse(&mut self, subject: &AuditSubject, operation: Operation) {
        let reader = a_caller(&self.tenant.application, KeyKind::Role(Role::Reader));
        let context = reader.context(self.tenant.context().at, crate::unique_seed());
        let entry = refusal_entry(self.tenant.id(), operation, &context);
        let appended = subject.trail.append(self.tenant.id(), vec![entry.clone()]);
        appended.await.expect("the store answers");
        self.appended.push(entry);
    }

    /// All decided entries.
    pub(super) fn entries(&self) -> Vec<AuditEntry> {
        let users = self.tenant.journal.users();
        let of_users = users.iter().flat_map(|user| self.tenant.journal.audit_of(user.record.id));
        of_users.chain(self.appended.clone()).collect()
    }

    pub(super) async fn ask(&self, subject: &AuditSubject, question: &ListAudit) -> AuditPage {
        let page = subject.reader.list(self.tenant.id(), question).await;
        page.expect("the store answers")
    }

    /// The page of the reference implementation.
    pub(super) fn expected(&self, question: &ListAudit) -> AuditPage {
        let users = self.tenant.journal.users();
        let is_named = |id: UserId, name: &VendorData| {
            let named = |user: &&users_domain::model::User| user.record.id == id;
            let user = users.iter().find(named);
            user.is_some_and(|user| user.record.vendor_data == *name)
        };
        let entries = self.entries();
        let matching = entries
            .iter()
            .filter(|entry| audit_listing::matches(&entry.header, &question.filter, is_named));
        let (entries, more) = audit_listing::page(
            matching.collect(),
            question,
            |entry: &&AuditEntry| entry.header.place(),
            |entry| entry.detail.text().len(),
        );
        AuditPage { entries: entries.into_iter().map(AuditRecord::from).collect(), more }
    }

    /// Compares a page with the reference implementation.
    pub(super) async fn assert_page(
        &self,
        subject: &AuditSubject,
        question: &ListAudit,
    ) -> AuditPage {
        let page = self.ask(subject, question).await;
        assert_eq!(page, self.expected(question), "{question:?}");
        page
    }
}
