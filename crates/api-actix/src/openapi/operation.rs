//! Descriptions of operations. Parameters, failures, roles and headers that follow from the route are derived from it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use users_domain::model::Role;
use users_domain::rules::role_matrix;

use super::responses::Failure;
use super::schema::{reference, with};
use super::{headers, parameters};
use crate::http::request::{JSON, MERGE_PATCH_JSON};
use crate::http::route::Route;

/// What an operation does, accepts and returns.
pub(crate) struct Description {
    tag: &'static str,
    id: String,
    summary: String,
    text: String,
    parameters: Vec<Value>,
    request: Value,
    status: &'static str,
    headers: Map<String, Value>,
    response: Value,
    content: Vec<Content>,
    failures: Vec<Failure>,
    others: Map<String, Value>,
}

/// A body in one media type.
struct Content {
    media_type: &'static str,
    schema: fn(&mut SchemaGenerator) -> Schema,
    example: Option<Value>,
}

impl Description {
    pub(crate) fn new(tag: &'static str, id: &str, summary: &str, text: impl Into<String>) -> Self {
        Self {
            tag,
            id: id.to_owned(),
            summary: summary.to_owned(),
            text: text.into(),
            parameters: Vec::new(),
            request: Value::Null,
            status: "200",
            headers: headers::of_every_response(),
            response: json!({}),
            content: Vec::new(),
            failures: Vec::new(),
            others: Map::new(),
        }
    }

    /// The same operation on users by id.
    pub(crate) fn by_id(mut self) -> Self {
        self.id.push_str("ById");
        self.summary.push_str(" that may be deleted");
        self
    }

    pub(crate) fn parameters(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// Has a required body with the schema of this name.
    pub(crate) fn takes(self, schema: &str, example: Value) -> Self {
        let mut description = self.may_take(schema, example);
        insert(&mut description.request, "required", json!(true));
        description
    }

    /// Has an optional body with the schema of this name.
    pub(crate) fn may_take(mut self, schema: &str, example: Value) -> Self {
        let content = with(json!({ "schema": reference(schema) }), [("example", example)]);
        self.request = json!({ "content": { JSON: content } });
        self
    }

    /// Accepts the body also as a merge patch.
    pub(crate) fn or_merge_patch(mut self, schema: &str, example: Value) -> Self {
        if let Some(content) = self.request.get_mut("content") {
            let patch = with(json!({ "schema": reference(schema) }), [("example", example)]);
            insert(content, MERGE_PATCH_JSON, patch);
        }
        self
    }

    pub(crate) fn responds(mut self, status: &'static str, description: &str) -> Self {
        self.status = status;
        insert(&mut self.response, "description", description.into());
        self
    }

    /// Responds with a JSON body.
    pub(crate) fn returns<T: JsonSchema>(self, description: &str, example: Value) -> Self {
        let status = self.status;
        self.responds(status, description).with_content::<T>(JSON, Some(example))
    }

    /// The status of the successful response, unless it is 200.
    pub(crate) fn status(self, status: &'static str) -> Self {
        Self { status, ..self }
    }

    /// Adds a form of the response body.
    pub(crate) fn with_content<T: JsonSchema>(
        mut self,
        media_type: &'static str,
        example: Option<Value>,
    ) -> Self {
        self.content.push(Content {
            media_type,
            schema: SchemaGenerator::subschema_for::<T>,
            example,
        });
        self
    }

    pub(crate) fn header(mut self, name: &str, header: Value) -> Self {
        self.headers.insert(name.to_owned(), header);
        self
    }

    /// The response has the path of a new resource.
    pub(crate) fn location(self, description: &str) -> Self {
        self.header("Location", headers::location(description))
    }

    pub(crate) fn secret(self) -> Self {
        self.header("Cache-Control", headers::no_store())
    }

    /// Adds links to operations whose path parameters are these values of the request or the response.
    pub(crate) fn links(mut self, parameters: &[(&str, &str)], links: &[(&str, &str)]) -> Self {
        let parameters: Map<_, _> =
            (parameters.iter()).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let links: Map<_, _> = (links.iter())
            .map(|(name, id)| {
                let link = json!({ "operationId": id, "parameters": parameters });
                ((*name).to_owned(), link)
            })
            .collect();
        insert(&mut self.response, "links", links.into());
        self
    }

    /// Adds failures; they replace the derived ones with the same status.
    pub(crate) fn fails(mut self, failures: impl IntoIterator<Item = Failure>) -> Self {
        self.failures.extend(failures);
        self
    }

    /// Adds a response that is neither a failure nor the usual one.
    pub(crate) fn or(mut self, status: &str, description: &str, header: (&str, Value)) -> Self {
        let mut headers: Map<String, Value> = headers::of_every_response();
        headers.insert(header.0.to_owned(), header.1);
        let response = json!({ "description": description, "headers": headers });
        self.others.insert(status.to_owned(), response);
        self
    }

    /// The operation object of this route; `path` has the parameters of its path.
    pub(crate) fn operation(
        mut self,
        route: &Route,
        path: Vec<Value>,
        schemas: &mut SchemaGenerator,
    ) -> Value {
        let failures = self.all_failures(route);
        if route.is_carried_out_once() {
            self.parameters.push(parameters::idempotency_key());
            self = self.header("Idempotency-Replayed", headers::replayed());
        }
        let prefer = json!({ "$ref": "#/components/parameters/Prefer" });
        let parameters = path.into_iter().chain(self.parameters).chain([prefer]);
        insert(&mut self.response, "headers", self.headers.into());
        if !self.content.is_empty() {
            let content = self.content.into_iter().map(|content| {
                let mut media = json!({ "schema": (content.schema)(schemas) });
                if let Some(example) = content.example {
                    insert(&mut media, "example", example);
                }
                (content.media_type.to_owned(), media)
            });
            insert(&mut self.response, "content", Value::Object(content.collect()));
        }
        let mut responses = self.others;
        responses.insert(self.status.to_owned(), self.response);
        for failure in failures {
            responses.insert(failure.status().to_owned(), failure.reference());
        }
        let mut operation = json!({
            "tags": [self.tag],
            "operationId": self.id,
            "summary": self.summary,
            "parameters": parameters.collect::<Vec<_>>(),
            "responses": responses,
        });
        let text = self.text + &roles(route);
        if !text.is_empty() {
            insert(&mut operation, "description", text.into());
        }
        if !self.request.is_null() {
            insert(&mut operation, "requestBody", self.request);
        }
        if route.operation().is_none() {
            insert(&mut operation, "security", json!([{}]));
        }
        operation
    }

    /// The failures that follow from the route and the parameters, then the added ones.
    fn all_failures(&self, route: &Route) -> Vec<Failure> {
        let has = |kind: &str| (self.parameters.iter()).any(|parameter| parameter["in"] == kind);
        let mut failures = vec![
            Failure::Malformed,
            Failure::MethodNotAllowed,
            Failure::RateLimited,
            Failure::Internal,
        ];
        if route.operation().is_some() {
            failures.extend([Failure::Unauthorized, Failure::Forbidden, Failure::Unavailable]);
        }
        if has("query") || route.is_strict() || !self.request.is_null() {
            failures.push(Failure::Invalid);
        }
        if route.method != "GET" {
            failures.extend([Failure::RequestTimeout, Failure::TooLarge, Failure::UnsupportedType]);
        }
        if route.path.contains('{') {
            failures.push(Failure::NotFound);
        }
        if route.is_carried_out_once() {
            failures.extend([Failure::KeyInUse, Failure::KeyReused]);
        }
        if self.parameters.contains(&parameters::if_match()) {
            failures.push(Failure::PreconditionFailed);
        }
        failures.extend(&self.failures);
        failures
    }
}

/// The roles that may call the operation, as a sentence; empty if no role may.
fn roles(route: &Route) -> String {
    let allowed = |role: &Role| {
        (route.operation()).is_some_and(|operation| role_matrix::allows(*role, operation))
    };
    let roles: Vec<_> = (Role::ALL.into_iter().filter(allowed)).map(Role::as_str).collect();
    if roles.is_empty() {
        return String::new();
    }
    format!(" Roles: {}.", roles.join(", "))
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}
