//! Where a page of the audit trail begins, and the links to the pages of older and newer entries.

use serde::{Deserialize, Serialize};
use users_domain::model::{AuditId, AuditPage, AuditPlace, AuditRecord, AuditStart};
use uuid::Uuid;

use crate::http::cursor::RowAt;
use crate::http::error::ApiError;
use crate::http::page::Links;

/// The links to older and to newer entries; `None` where there are none.
pub(super) fn around(
    links: &Links<'_>,
    start: AuditStart,
    page: &AuditPage,
) -> Result<(Option<String>, Option<String>), ApiError> {
    let (older, newer) = neighbours(start, page);
    let link =
        |start: Option<AuditStart>| start.map(|start| links.at(Place::of(start))).transpose();
    Ok((link(older)?, link(newer)?))
}

/// The starts of the older and the newer page. Entries are never removed, so the entry at a page's start still exists,
/// on the page on its other side.
fn neighbours(start: AuditStart, page: &AuditPage) -> (Option<AuditStart>, Option<AuditStart>) {
    let first = page.entries.first().map(AuditRecord::place);
    let last = page.entries.last().map(AuditRecord::place);
    let (more_older, more_newer, edges) = match start {
        AuditStart::Newest => (page.more, false, None),
        AuditStart::OlderThan(place) => (page.more, true, Some(place)),
        AuditStart::NewerThan(place) => (true, page.more, Some(place)),
    };
    let older = last.or_else(|| edges.map(one_id_above));
    let newer = first.or_else(|| edges.map(one_id_below));
    (
        older.filter(|_| more_older).map(AuditStart::OlderThan),
        newer.filter(|_| more_newer).map(AuditStart::NewerThan),
    )
}

/// The start for the link of an empty page. The page on its other side must include the entry at the requested place,
/// so the start moves by one id.
fn one_id_above(place: AuditPlace) -> AuditPlace {
    let id = place.id.uuid().as_u128().saturating_add(1);
    at_id(place, id)
}

fn one_id_below(place: AuditPlace) -> AuditPlace {
    let id = place.id.uuid().as_u128().saturating_sub(1);
    at_id(place, id)
}

fn at_id(place: AuditPlace, id: u128) -> AuditPlace {
    AuditPlace { id: AuditId::new(Uuid::from_u128(id)), ..place }
}

/// An entry, and whether the page has newer entries; no entry for the newest page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place(Option<(RowAt, bool)>);

impl Place {
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

#[cfg(test)]
mod tests;
