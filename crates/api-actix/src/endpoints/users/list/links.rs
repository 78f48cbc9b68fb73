//! Builds the links to the next and the previous page, without access to the store.

use users_domain::model::{
    ListUsers, PageStart, Position, UserId, UserOrder, UserPage, UserRecord,
};
use users_domain::rules::listing;
use uuid::Uuid;

use super::Question;
use super::parameters::{COUNT_MODES, METADATA_PREFIX, Selection};
use super::place::{Direction, Place};
use crate::http::cursor::Scope;
use crate::http::error::ApiError;
use crate::http::page;
use crate::http::request::parameters::{MAX_OFFSET, canonical_name};

/// The path of the list in links, in its canonical form.
const PATH: &str = "/v3/users/";

/// The links of one page.
pub(super) struct Links<'a> {
    pages: page::Links<'a>,
    pairs: &'a [(String, String)],
    question: &'a Question,
}

impl<'a> Links<'a> {
    /// The links of a page; `pairs` are the known parameters of its request.
    pub(super) fn new(
        origin: String,
        scope: &'a Scope<'a>,
        pairs: &'a [(String, String)],
        question: &'a Question,
    ) -> Self {
        let selection =
            Selection { order: Some(question.list.order), filter: question.list.filter.clone() };
        let pages = page::Links {
            origin,
            path: PATH.to_owned(),
            scope,
            size: question.list.size,
            parameters: selection.parameters(),
        };
        Self { pages, pairs, question }
    }

    /// The link to the next page; `None` if there is none.
    pub(super) fn next(&self, page: &UserPage) -> Result<Option<String>, ApiError> {
        if !page.has_next {
            return Ok(None);
        }
        // A page may have fewer rows than its limit.
        let rows = page.rows.len();
        if let Some(offset) = self.question.offset {
            let next = u32::try_from(rows).ok().and_then(|rows| offset.checked_add(rows));
            // Beyond the greatest offset, links use cursors.
            if let Some(next) = next.filter(|next| *next <= MAX_OFFSET) {
                return Ok(Some(self.by_offset(next)));
            }
        }
        let place = match page.rows.last() {
            Some(last) => Some(self.position(last)),
            None => self.beside(Direction::After),
        };
        self.by_cursor(Direction::After, place)
    }

    /// The link to the previous page; `None` if there is none.
    pub(super) fn previous(&self, page: &UserPage) -> Result<Option<String>, ApiError> {
        if !page.has_previous {
            return Ok(None);
        }
        if let Some(offset) = self.question.offset {
            let rows = u32::try_from(self.question.list.size.rows()).unwrap_or(u32::MAX);
            return Ok(Some(self.by_offset(offset.saturating_sub(rows))));
        }
        let place = match page.rows.first() {
            Some(first) => Some(self.position(first)),
            None => self.beside(Direction::Before),
        };
        self.by_cursor(Direction::Before, place)
    }

    fn position(&self, user: &UserRecord) -> Position {
        let ListUsers { order, filter, .. } = &self.question.list;
        listing::position(user, order.key, filter.search.as_ref())
    }

    /// The position for the link of an empty page. The page on its other side must include a user exactly at the
    /// requested position, so the position moves by one id.
    fn beside(&self, direction: Direction) -> Option<Position> {
        match (&self.question.list.start, direction) {
            (PageStart::After(place), Direction::Before)
            | (PageStart::Before(place), Direction::After) => {
                Some(one_id_further(place, self.question.list.order, direction))
            }
            _ => None,
        }
    }

    fn by_cursor(
        &self,
        direction: Direction,
        position: Option<Position>,
    ) -> Result<Option<String>, ApiError> {
        let Some(position) = position else {
            return Ok(None);
        };
        let url = self.pages.at(Place::new(direction, position))?;
        let word = COUNT_MODES.iter().find(|(_, mode)| Some(*mode) == self.question.count);
        Ok(Some(match word {
            Some((word, _)) => format!("{url}&count={word}"),
            None => url,
        }))
    }

    /// The same request with another offset.
    fn by_offset(&self, offset: u32) -> String {
        let (limit, offset) = (self.question.list.size.rows().to_string(), offset.to_string());
        let retained = self.pairs.iter().filter(|(name, value)| {
            let name = canonical_name(name);
            (!value.is_empty() || name.starts_with(METADATA_PREFIX))
                && !["limit", "page_size", "offset", "page"].contains(&name.as_ref())
        });
        self.pages.url(
            retained
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .chain([("limit", limit.as_str()), ("offset", offset.as_str())]),
        )
    }
}

fn one_id_further(place: &Position, order: UserOrder, direction: Direction) -> Position {
    let id = place.id.uuid().as_u128();
    // In ascending order, later rows have greater ids; the position moves away from the page that it bounds.
    let upwards = (direction == Direction::Before) != order.descending;
    let id = if upwards { id.saturating_add(1) } else { id.saturating_sub(1) };
    Position { key: place.key.clone(), id: UserId::new(Uuid::from_u128(id)) }
}
