//! Paging during concurrent writes.

use users_domain::model::{AuditId, AuditStart, ListAudit, Operation};

use super::AuditSubject;
use super::scene::{Scene, everything, page_of};
use crate::a_user;

/// Pages from the newest entry to the oldest and back. Entries that are written meanwhile are newer and shift no page.
pub async fn paging_returns_every_entry_once_during_writes(subject: &AuditSubject) {
    for size in [1, 2, 7] {
        let mut scene = Scene::of(subject).await;
        let whole: Vec<AuditId> = ids(&scene.ask(subject, &everything()).await.entries);
        let mut returned = Vec::new();
        let mut start = AuditStart::Newest;
        let mut places = Vec::new();
        loop {
            let question = ListAudit { start, size: page_of(size), ..everything() };
            let page = scene.ask(subject, &question).await;
            returned.extend(ids(&page.entries));
            places.extend(page.entries.iter().map(users_domain::model::AuditRecord::place));
            let last = places.last().expect("no page is empty");
            start = AuditStart::OlderThan(*last);
            assert!(returned.len() <= whole.len(), "an entry is returned twice");
            if !page.more {
                break;
            }
            let name = format!("during {size} {}", returned.len());
            scene.tenant.has(a_user(&name)).await;
            scene.refuse(subject, Operation::UpdateStatus).await;
        }
        assert_eq!(returned, whole, "by {size}");

        let mut back: Vec<AuditId> = returned.last().copied().into_iter().collect();
        let mut edge = *places.last().expect("entries");
        while back.len() < returned.len() {
            let question = ListAudit {
                start: AuditStart::NewerThan(edge),
                size: page_of(size),
                ..everything()
            };
            let page = scene.ask(subject, &question).await;
            edge = page.entries.first().expect("no page is empty").place();
            back.splice(0..0, ids(&page.entries));
        }
        assert_eq!(back.split_off(back.len() - returned.len()), returned, "back by {size}");
    }
}

fn ids(entries: &[users_domain::model::AuditRecord]) -> Vec<AuditId> {
    entries.iter().map(|entry| entry.header.id).collect()
}
