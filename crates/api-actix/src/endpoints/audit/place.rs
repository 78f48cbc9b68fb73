//! Where a page of the audit trail begins, in the form of cursors.

use serde::{Deserialize, Serialize};
use users_domain::model::{AuditId, AuditPlace, AuditStart};

use crate::http::cursor::RowAt;

/// An entry, and whether the page has newer entries; no entry for the newest page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place(Option<(RowAt, bool)>);

impl Place {
    /// The place of a start.
    pub(super) fn of(start: AuditStart) -> Self {
        let entry = |place: AuditPlace| RowAt::new(place.at, place.id.uuid());
        Self(match start {
            AuditStart::Newest => None,
            AuditStart::OlderThan(place) => Some((entry(place), false)),
            AuditStart::NewerThan(place) => Some((entry(place), true)),
        })
    }

    /// The start; `None` if it is invalid.
    pub(super) fn start(&self) -> Option<AuditStart> {
        let Some((entry, newer)) = &self.0 else {
            return Some(AuditStart::Newest);
        };
        let (at, id) = entry.read()?;
        let id = AuditId::new(id);
        let place = AuditPlace { at, id };
        Some(if *newer { AuditStart::NewerThan(place) } else { AuditStart::OlderThan(place) })
    }
}
