//! Translates a filter of audit entries into SQL.

use users_domain::model::{
    ApplicationId, AuditFilter, AuditStart, KeyId, TimeRange, UserId, VendorData,
};

use crate::statement::Bind;

/// The query for the ids of the users with a `vendor_data`. Its two parts match the predicates of two indexes.
const NAMED: &str = "(SELECT u.id FROM users u
        WHERE u.application_id = $1 AND u.vendor_data BETWEEN $2 AND $2 AND u.deleted_at IS NULL
        ORDER BY u.vendor_data LIMIT 1)
        UNION ALL
        (SELECT u.id FROM users u
        WHERE u.application_id = $1 AND u.vendor_data BETWEEN $2 AND $2 AND u.deleted_at IS NOT NULL
        ORDER BY u.vendor_data, u.deleted_at, u.id)";
const THIS: &str = "SELECT this.id FROM (SELECT $1::uuid AS application_id, $2::uuid AS id) this";

/// The condition on `audit_entries e`, and the users of the entries. `$1` is the application.
pub(super) struct Filter {
    /// A query of user ids; `None` selects entries of all users and of the application itself.
    pub(super) owners: Option<&'static str>,
    pub(super) condition: String,
    pub(super) binds: Vec<Bind>,
}

impl Filter {
    pub(super) fn of(application: ApplicationId, wanted: &AuditFilter) -> Self {
        let mut filter = match &wanted.vendor_data {
            None => Self::new(application),
            Some(name) => Self::named(application, name),
        };
        if let Some(actor) = wanted.actor.map(KeyId::uuid) {
            filter.compare("e.actor_key =", actor);
        }
        if let Some(operation) = wanted.operation {
            filter.compare("e.operation =", operation.as_str());
        }
        if let Some(request) = &wanted.request_id {
            filter.compare("e.request_id =", request.as_str());
        }
        if filter.binds.len() == 1 {
            // True for every entry; lets the planner use the index that contains all entries.
            filter.add("e.kind <> ''");
        }
        let TimeRange { from, before } = wanted.at;
        if let Some(from) = from {
            filter.compare("e.at >=", from);
        }
        if let Some(before) = before {
            filter.compare("e.at <", before);
        }
        filter
    }

    pub(super) fn about(application: ApplicationId, user: UserId) -> Self {
        let mut filter = Self::new(application);
        filter.owners = Some(THIS);
        filter.binds.push(user.uuid().into());
        filter
    }

    fn named(application: ApplicationId, name: &VendorData) -> Self {
        let mut filter = Self::new(application);
        filter.owners = Some(NAMED);
        filter.binds.push(name.as_str().into());
        filter
    }

    fn new(application: ApplicationId) -> Self {
        Self {
            owners: None,
            condition: "e.application_id = $1".to_owned(),
            binds: vec![application.uuid().into()],
        }
    }

    /// Adds the start of a page, in the requested direction.
    pub(super) fn from(mut self, start: AuditStart) -> Self {
        let (comparison, place) = match start {
            AuditStart::Newest => return self,
            AuditStart::OlderThan(place) => ("<", place),
            AuditStart::NewerThan(place) => (">", place),
        };
        let (at, id) = (self.value(place.at), self.value(place.id.uuid()));
        self.add(&format!("(e.at, e.id) {comparison} ({at}, {id})"));
        self
    }

    fn compare(&mut self, left: &str, right: impl Into<Bind>) {
        let right = self.value(right);
        self.add(&format!("{left} {right}"));
    }

    /// Adds a value and returns its placeholder.
    fn value(&mut self, value: impl Into<Bind>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }

    pub(super) fn and(mut self, condition: &str) -> Self {
        self.add(condition);
        self
    }

    fn add(&mut self, condition: &str) {
        self.condition.push_str(" AND ");
        self.condition.push_str(condition);
    }
}
