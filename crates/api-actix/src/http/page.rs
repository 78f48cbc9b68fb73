//! Pages of lists: their body and the links between them.

use serde::Serialize;
use users_domain::model::PageSize;

use super::cursor::{Cursor, Scope};
use super::error::ApiError;
use super::origin;

/// One page in a response.
#[derive(Serialize)]
pub(crate) struct Page<T> {
    count: Option<u64>,
    count_relation: Option<&'static str>,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<T>,
}

impl<T> Page<T> {
    /// A page of a list whose rows are not counted, with the links to its neighbours.
    pub(crate) fn new(
        results: impl IntoIterator<Item = T>,
        next: Option<String>,
        previous: Option<String>,
    ) -> Self {
        Self {
            count: None,
            count_relation: None,
            next,
            previous,
            results: results.into_iter().collect(),
        }
    }

    /// Adds the number of rows on all pages together, and whether it is exact.
    pub(crate) fn counted(self, count: Option<u64>, relation: Option<&'static str>) -> Self {
        Self {
            count,
            count_relation: relation,
            ..self
        }
    }
}

/// The links to other pages of a list.
pub(crate) struct Links<'a> {
    /// The public base URL of the API.
    pub(crate) origin: String,
    /// The path of the list.
    pub(crate) path: String,
    /// The list and its owner.
    pub(crate) scope: &'a Scope<'a>,
    /// The page size.
    pub(crate) size: PageSize,
    /// The parameters that select and order the rows.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Links<'_> {
    /// The link to the page at a place, by cursor.
    pub(crate) fn at<P: Serialize>(&self, place: P) -> Result<String, ApiError> {
        let cursor = Cursor {
            place,
            parameters: self.parameters.clone(),
        };
        let (cursor, limit) = (cursor.seal(self.scope)?, self.size.rows().to_string());
        Ok(self.url([("cursor", cursor.as_str()), ("limit", &limit)].into_iter()))
    }

    /// A link with these parameters.
    pub(crate) fn url<'p>(&self, pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
        origin::url(&self.origin, &self.path, pairs)
    }
}
