//! How many users match, as carefully as asked for.

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use serde::Deserialize;
use users_domain::model::{Count, CountMode};
use users_domain::rules::listing;

use super::filter::Filter;
use crate::failure::Failure;
use crate::rows::{from_json, unsigned};
use crate::statement::Statement;

/// Counts. `seen` is the exact number where the page has shown it already.
pub(super) fn count(
    connection: &mut PgConnection,
    filter: &Filter,
    mode: CountMode,
    seen: Option<u64>,
) -> Result<Count, Failure> {
    let (join, condition) = (filter.join, &filter.condition);
    let text = match (mode, seen) {
        (CountMode::None, _) => return Ok(Count::NotCounted),
        (_, Some(seen)) => return Ok(listing::count(seen, mode)),
        (CountMode::Estimate, None) => return estimate(connection, filter),
        (CountMode::Exact, None) => {
            format!("SELECT count(*) AS count FROM users u {join} WHERE {condition}")
        }
        (CountMode::Capped, None) => {
            let enough = Count::CAP + 1;
            format!(
                "SELECT count(*) AS count FROM (SELECT FROM users u {join} WHERE {condition} LIMIT {enough}) counted"
            )
        }
    };
    let mut statement = Statement::new(text).bind_all(filter.binds.clone());
    if !filter.is_common {
        statement = statement.planned_each_time();
    }
    let row: Option<CountRow> = statement.row(connection)?;
    let matches = unsigned("count", row.map_or(0, |row| row.count))?;
    Ok(listing::count(matches, mode))
}

/// What the planner believes; reads no row.
fn estimate(connection: &mut PgConnection, filter: &Filter) -> Result<Count, Failure> {
    let (join, condition) = (filter.join, &filter.condition);
    let text = format!("EXPLAIN (FORMAT JSON) SELECT FROM users u {join} WHERE {condition}");
    let row: Option<PlanRow> = Statement::new(text)
        .bind_all(filter.binds.clone())
        .planned_each_time()
        .row(connection)?;
    let text = row.map(|row| row.plan).unwrap_or_default();
    let plans: Vec<Explained> = from_json("plan", &text)?;
    let plan = plans
        .first()
        .ok_or_else(|| Failure::defect("a plan without a node"))?;
    Ok(Count::About(plan.plan.rows))
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct PlanRow {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

#[derive(Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: PlanNode,
}

#[derive(Deserialize)]
struct PlanNode {
    #[serde(rename = "Plan Rows")]
    rows: u64,
}
