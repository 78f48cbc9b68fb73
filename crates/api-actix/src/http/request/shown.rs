//! The current representation of a resource, for comparison with members that a client sends back.

use serde::Serialize;
use serde_json::{Map, Value};

use super::body::ReadBody;
use super::fields::Fields;
use super::json::{Members, Raw};
use crate::http::error::FieldErrors;

/// The members of the current representation, by name.
pub(crate) struct Shown(Map<String, Value>);

impl Shown {
    pub(crate) fn of(body: &impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(Value::Object(members)) => Self(members),
            _ => Self(Map::new()),
        }
    }

    fn matches(&self, name: &str, sent: &Raw) -> bool {
        let shown = self.0.get(name);
        shown.is_some_and(|shown| {
            serde_json::from_str(sent.text()).is_ok_and(|sent: Value| sent == *shown)
        })
    }

    /// Removes the members that equal the current values: they change nothing, and old values may violate newer rules.
    pub(crate) fn without(&self, mut members: Members) -> Members {
        members.retain(|name, sent| !self.matches(name, sent));
        members
    }

    /// Reads the editable members; on errors, reads again without the members that equal the current values. A read-only
    /// member that differs from the current value is reported as ignored.
    pub(crate) fn read<T>(
        &self,
        body: &mut ReadBody,
        editable: &[&str],
        read: impl Fn(Fields<'_>) -> Result<T, FieldErrors>,
    ) -> Result<T, FieldErrors> {
        let ReadBody { members, ignored, .. } = body;
        members.retain(|name, sent| {
            let stays = !self.0.contains_key(name) || editable.contains(&name.as_str());
            if !stays && !self.matches(name, sent) {
                ignored.add(name);
            }
            stays
        });
        let (before, sent) = (ignored.clone(), members.clone());
        let first = read(body.fields());
        if first.is_ok() {
            return first;
        }
        body.ignored = before;
        body.members = self.without(sent);
        read(body.fields())
    }
}
