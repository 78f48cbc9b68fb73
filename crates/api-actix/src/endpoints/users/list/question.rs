//! Converts parameters to a query for the domain, and checks a cursor against the parameters beside it.

use key_ring::KeyRing;
use users_domain::model::{
    ApplicationId, CountMode, ListUsers, PageStart, Position, UserFilter, UserOrder,
};

use super::cursor::{Cursor, Direction};
use super::parameters::{METADATA_PREFIX, Parameters};
use crate::http::error::{FieldErrors, messages};

/// The query that the parameters describe. `errors` has the errors of individual parameters.
pub(crate) fn question(
    parameters: &Parameters,
    mut errors: FieldErrors,
    keys: &KeyRing,
    application: ApplicationId,
) -> Result<ListUsers, FieldErrors> {
    let cursor = parameters.cursor.as_deref().and_then(|text| {
        Cursor::open(text, keys, application)
            .map_err(|_| errors.add("cursor", messages::INVALID_CURSOR))
            .ok()
    });
    if let Some(cursor) = &cursor {
        for name in differences(parameters, cursor) {
            errors.add(&name, messages::DIFFERS_FROM_CURSOR);
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let (filter, order, start) = match cursor {
        Some(cursor) => (
            cursor.filter,
            cursor.order,
            start(cursor.direction, cursor.position),
        ),
        None => (
            parameters.filter.clone(),
            parameters.order.unwrap_or(match parameters.filter.search {
                Some(_) => UserOrder::BEST_MATCH,
                None => UserOrder::DEFAULT,
            }),
            parameters
                .offset
                .map_or(PageStart::First, PageStart::Offset),
        ),
    };
    Ok(ListUsers {
        filter,
        order,
        start,
        size: parameters.size(),
        count: parameters.count.unwrap_or(CountMode::Capped),
    })
}

fn start(direction: Direction, position: Position) -> PageStart {
    match direction {
        Direction::After => PageStart::After(position),
        Direction::Before => PageStart::Before(position),
    }
}

/// The given parameters that differ from the cursor.
fn differences(given: &Parameters, cursor: &Cursor) -> Vec<String> {
    let UserFilter {
        statuses,
        search,
        vendor_data,
        email,
        phone,
        country,
        tags,
        metadata,
        created,
        updated,
        last_activity,
    } = &given.filter;
    let of_cursor = &cursor.filter;
    let by_name = [
        ("ordering", differs(given.order, Some(cursor.order))),
        (
            "status",
            !statuses.is_empty() && *statuses != of_cursor.statuses,
        ),
        (
            "search",
            differs(search.as_ref(), of_cursor.search.as_ref()),
        ),
        (
            "vendor_data",
            !vendor_data.is_empty() && *vendor_data != of_cursor.vendor_data,
        ),
        ("email", differs(email.as_ref(), of_cursor.email.as_ref())),
        ("phone", differs(phone.as_ref(), of_cursor.phone.as_ref())),
        ("country", differs(*country, of_cursor.country)),
        ("tag", !tags.is_empty() && *tags != of_cursor.tags),
    ];
    let by_range = [
        ("created", created, of_cursor.created),
        ("updated", updated, of_cursor.updated),
        ("last_activity", last_activity, of_cursor.last_activity),
    ];
    let by_key = (metadata.iter()).filter(|wanted| !of_cursor.metadata.contains(wanted));

    let mut names: Vec<String> = (by_name.into_iter())
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect();
    for (name, given, of_cursor) in by_range {
        if differs(given.from, of_cursor.from) {
            names.push(format!("{name}_after"));
        }
        if differs(given.before, of_cursor.before) {
            names.push(format!("{name}_before"));
        }
    }
    names.extend(by_key.map(|wanted| format!("{METADATA_PREFIX}{}", wanted.key)));
    names
}

/// A parameter that is not given does not differ.
fn differs<T: PartialEq + Copy>(given: Option<T>, of_cursor: Option<T>) -> bool {
    given.is_some() && given != of_cursor
}
