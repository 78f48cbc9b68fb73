//! Converts parameters to a query for the domain, and checks a cursor against the parameters beside it.

use users_domain::model::{CountMode, ListUsers, PageStart};

use super::parameters::{Selection, count_mode};
use super::place::Place;
use crate::http::cursor::Scope;
use crate::http::error::FieldErrors;
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
    let first = offset.map_or(PageStart::First, PageStart::Offset);
    let start = |place: Place, selection: &Selection| place.start(selection.order());
    let (selection, start) =
        reader.selection(cursor, first, Selection::read, Selection::parameters, start);
    let list = ListUsers {
        order: selection.order(),
        filter: selection.filter,
        start,
        size,
        count: count.unwrap_or(CountMode::Capped),
    };
    reader.finish(Question { list, offset, count })
}
