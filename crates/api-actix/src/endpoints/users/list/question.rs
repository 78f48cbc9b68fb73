//! Converts parameters to a query for the domain, and checks a cursor against the parameters beside it.

use users_domain::model::{CountMode, ListUsers, PageStart};

use super::parameters::{Selection, count_mode};
use super::place::Place;
use crate::http::cursor::{Cursor, Scope};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::parameters::Reader;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) list: ListUsers,
    /// The offset, if given; links then use offsets too.
    pub(super) offset: Option<u32>,
    /// How to count, if given.
    pub(super) count: Option<CountMode>,
}

/// Reads the parameters, or all field errors.
pub(super) fn read(pairs: &[(String, String)], scope: &Scope<'_>) -> Result<Question, FieldErrors> {
    let mut reader = Reader::new(pairs);
    let (size, cursor, offset) = reader.page_or_offset(scope);
    let count = reader.one(&["count"], count_mode);
    let given = Selection::read(&mut reader);
    let opened = match cursor {
        None => Some((given, offset.map_or(PageStart::First, PageStart::Offset))),
        Some(cursor) => {
            reader.refuse_differences(&given.parameters(), &cursor.parameters);
            open(cursor)
        }
    };
    let (selection, start) = opened.unwrap_or_else(|| {
        reader.refuse("cursor", messages::INVALID_CURSOR);
        (Selection::default(), PageStart::First)
    });
    let list = ListUsers {
        order: selection.order(),
        filter: selection.filter,
        start,
        size,
        count: count.unwrap_or(CountMode::Capped),
    };
    reader.finish(Question { list, offset, count })
}

/// The selection and the start that a cursor contains.
fn open(cursor: Cursor<Place>) -> Option<(Selection, PageStart)> {
    let mut reader = Reader::of_cursor(&cursor.parameters);
    let selection = Selection::read(&mut reader);
    let selection = reader.finish(selection).ok()?;
    let start = cursor.place.start(selection.order())?;
    Some((selection, start))
}
