//! Reads users along the index of one sort order.

use diesel::OptionalExtension as _;
use diesel::sql_types::Bool;
use users_domain::model::{OrderKey, PageSize, Position, SortKey, UserOrder};

use super::filter::Filter;
use crate::failure::Failure;
use crate::pool::Reading;
use crate::rows::{RecordRow, page_of_records};
use crate::sort_key;
use crate::statement::{Bind, Statement};

/// Whether a range that starts at a position includes it.
#[derive(Clone, Copy)]
pub(super) enum Edge {
    Inclusive,
    Exclusive,
}

/// Matching users in one order.
#[derive(Clone, Copy)]
pub(super) struct Scan<'a> {
    filter: &'a Filter,
    order: UserOrder,
}

impl<'a> Scan<'a> {
    pub(super) fn new(filter: &'a Filter, order: UserOrder) -> Self {
        Self { filter, order }
    }

    pub(super) fn filter(self) -> &'a Filter {
        self.filter
    }

    /// The same scan in the opposite direction.
    pub(super) fn reversed(self) -> Self {
        let order = UserOrder { descending: !self.order.descending, ..self.order };
        Self { order, ..self }
    }

    /// At most `limit` rows from the start or after a position.
    pub(super) fn rows(
        self,
        reading: &mut Reading<'_>,
        behind: Option<&Position>,
        limit: usize,
    ) -> Result<Vec<RecordRow>, Failure> {
        let (condition, binds) = self.condition(behind.map(|place| (place, Edge::Exclusive)))?;
        let text = self.page(&condition, limit, 0);
        let kept = self.filter.is_common && limit == PageSize::DEFAULT.rows() + 1;
        reading.rows(statement(text, binds, kept))
    }

    /// At most `limit` rows after `skipped` rows.
    pub(super) fn rows_from(
        self,
        reading: &mut Reading<'_>,
        skipped: u32,
        limit: usize,
    ) -> Result<Vec<RecordRow>, Failure> {
        let (condition, binds) = self.condition(None)?;
        let text = self.page(&condition, limit, skipped);
        reading.rows(statement(text, binds, false))
    }

    /// Whether there is any user, or any after a position.
    pub(super) fn any(
        self,
        reading: &mut Reading<'_>,
        behind: Option<(&Position, Edge)>,
    ) -> Result<bool, Failure> {
        let (condition, binds) = self.condition(behind)?;
        let (from, order) = (self.from(), self.order());
        let text =
            format!("SELECT TRUE AS found FROM {from} WHERE {condition} ORDER BY {order} LIMIT 1");
        let statement = statement(text, binds, self.filter.is_common);
        let found: Option<bool> = reading
            .run(|connection| Ok(statement.typed_row::<Bool, _>(connection).optional()?))?;
        Ok(found.is_some())
    }

    /// Limit and offset are literals: with placeholders, the planner would not choose the generic plan.
    fn page(self, condition: &str, limit: usize, skipped: u32) -> String {
        page_of_records(&self.from(), condition, &self.order(), limit, skipped)
    }

    fn from(self) -> String {
        format!("users u {}", self.filter.join)
    }

    fn order(self) -> String {
        let key = self.key();
        let direction = if self.order.descending { "DESC" } else { "ASC" };
        format!("{key} {direction}, u.id {direction}")
    }

    fn condition(self, behind: Option<(&Position, Edge)>) -> Result<(String, Vec<Bind>), Failure> {
        let mut binds = self.filter.binds.clone();
        let Some((place, edge)) = behind else {
            return Ok((self.filter.condition.clone(), binds));
        };
        let comparison = match (self.order.descending, edge) {
            (false, Edge::Exclusive) => ">",
            (false, Edge::Inclusive) => ">=",
            (true, Edge::Exclusive) => "<",
            (true, Edge::Inclusive) => "<=",
        };
        let (first, second) = (binds.len() + 1, binds.len() + 2);
        binds.extend([self.value(&place.key)?, place.id.uuid().into()]);
        let value = match self.order.key {
            OrderKey::DisplayName => format!("${first}"),
            _ => format!("coalesce(${first}, '-infinity')"),
        };
        let (condition, key) = (&self.filter.condition, self.key());
        Ok((format!("{condition} AND ({key}, u.id) {comparison} ({value}, ${second})"), binds))
    }

    /// Exactly the expression of the sort order's index.
    fn key(self) -> &'static str {
        match self.order.key {
            OrderKey::LastSessionAt | OrderKey::BestMatch => {
                "coalesce(u.last_session_at, '-infinity')"
            }
            OrderKey::CreatedAt => "u.created_at",
            OrderKey::UpdatedAt => "u.updated_at",
            OrderKey::LastActivityAt => "u.last_activity_at",
            OrderKey::DisplayName => "u.display_sort",
        }
    }

    fn value(self, key: &SortKey) -> Result<Bind, Failure> {
        match (self.order.key, key) {
            (OrderKey::DisplayName, SortKey::Name(name)) => {
                Ok(name.as_deref().map_or_else(String::new, sort_key::of_name).into())
            }
            (OrderKey::BestMatch, SortKey::Match(_, time)) => Ok((*time).into()),
            (OrderKey::DisplayName | OrderKey::BestMatch, _)
            | (_, SortKey::Name(_) | SortKey::Match(..)) => {
                Err(Failure::defect("a position of another order"))
            }
            (_, SortKey::Time(time)) => Ok((*time).into()),
        }
    }
}

fn statement(text: String, binds: Vec<Bind>, kept: bool) -> Statement {
    let statement = Statement::new(text).bind_all(binds);
    if kept { statement } else { statement.planned_each_time() }
}
