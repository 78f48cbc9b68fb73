//! What is shown of a thing, beside what is sent back to change it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Ignored, Members, Raw};
use crate::error::FieldErrors;

/// The members that are shown, by name.
pub(crate) struct Shown(Map<String, Value>);

impl Shown {
    /// Those of a body.
    pub(crate) fn of(body: &impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(Value::Object(members)) => Self(members),
            _ => Self(Map::new()),
        }
    }

    fn says(&self, name: &str, sent: &Raw) -> bool {
        let shown = self.0.get(name);
        shown.is_some_and(|shown| {
            serde_json::from_str(sent.text()).is_ok_and(|sent: Value| sent == *shown)
        })
    }

    /// Takes out what is shown and is not among the editable members. It is ignored, and named where it says something else.
    pub(crate) fn take_read_only(
        &self,
        members: &mut Members,
        editable: &[&str],
        ignored: &mut Ignored,
    ) {
        members.retain(|name, sent| {
            let stays = !self.0.contains_key(name) || editable.contains(&name.as_str());
            if !stays && !self.says(name, sent) {
                ignored.add(name);
            }
            stays
        });
    }

    /// Without the members that say what is shown anyway: nothing is to change there, and what was right once need not be right
    /// today.
    pub(crate) fn without(&self, mut members: Members) -> Members {
        members.retain(|name, sent| !self.says(name, sent));
        members
    }

    /// Reads members; where something is wrong with them, without those that say what is shown anyway.
    pub(crate) fn read<T>(
        &self,
        members: Members,
        ignored: &mut Ignored,
        read: impl Fn(Members, &mut Ignored) -> Result<T, FieldErrors>,
    ) -> Result<T, FieldErrors> {
        let before = ignored.clone();
        let first = read(members.clone(), ignored);
        if first.is_ok() {
            return first;
        }
        *ignored = before;
        read(self.without(members), ignored)
    }
}
