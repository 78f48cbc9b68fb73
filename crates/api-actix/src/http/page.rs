//! Pages of lists: their body and the links between them.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};
use users_domain::model::PageSize;

use super::cursor::{Cursor, Scope};
use super::error::ApiError;
use super::origin;

#[derive(Serialize)]
pub(crate) struct Page<T> {
    count: Option<u64>,
    count_relation: Option<&'static str>,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<T>,
}

/// A row of a list.
pub(crate) trait Row: JsonSchema {
    /// The name of the schema of its pages.
    const PAGE: &'static str;

    /// Whether the rows are counted.
    const IS_COUNTED: bool = false;

    /// Whether pages link to the previous page.
    const HAS_PREVIOUS: bool = true;
}

impl<T: Row> JsonSchema for Page<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::PAGE.into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let link = |description: &str| json!({ "type": ["string", "null"], "format": "uri", "description": description });
        let [count, relation]: [Value; 2] = if T::IS_COUNTED {
            [
                json!({
                    "type": ["integer", "null"],
                    "minimum": 0,
                    "description": "The number of matching rows on all pages together.",
                }),
                json!({
                    "enum": ["eq", "gte", "approx", null],
                    "description": "Whether `count` is exact, a lower bound or an estimate.",
                }),
            ]
        } else {
            [(); 2].map(|()| json!({ "type": "null", "description": "The rows are not counted." }))
        };
        let previous = if T::HAS_PREVIOUS {
            link("The URL of the previous page; null if there is none.")
        } else {
            json!({ "type": "null", "description": "Pages only lead forward." })
        };
        json_schema!({
            "type": "object",
            "description": "One page of a list.",
            "required": ["count", "count_relation", "next", "previous", "results"],
            "properties": {
                "count": count,
                "count_relation": relation,
                "next": link("The URL of the next page; null on the last page."),
                "previous": previous,
                "results": { "type": "array", "items": schemas.subschema_for::<T>() },
            },
        })
    }
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
        Self { count, count_relation: relation, ..self }
    }
}

pub(crate) struct Links<'a> {
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) size: PageSize,
    /// The parameters that select and order the rows.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Links<'_> {
    /// The link to the page at a place, by cursor.
    pub(crate) fn at<P: Serialize>(&self, place: P) -> Result<String, ApiError> {
        let cursor = Cursor { place, parameters: self.parameters.clone() };
        let (cursor, limit) = (cursor.seal(self.scope)?, self.size.rows().to_string());
        Ok(self.url([("cursor", cursor.as_str()), ("limit", &limit)].into_iter()))
    }

    /// A link with these parameters.
    pub(crate) fn url<'p>(&self, pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
        origin::url(&self.origin, &self.path, pairs)
    }
}
