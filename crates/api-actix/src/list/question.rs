//! From parameters to a question for the domain. Owns how a cursor and the parameters beside it go together.

use key_ring::KeyRing;
use users_domain::model::{
    ApplicationId, CountMode, ListUsers, PageStart, Position, UserFilter, UserOrder,
};

use super::cursor::{Cursor, Direction};
use super::parameters::{METADATA_PREFIX, Parameters};
use crate::error::{FieldErrors, messages};

/// What the parameters ask for. `errors` is what was wrong with them by themselves.
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
            errors.add(&name, messages::OTHER_THAN_THE_CURSORS);
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

/// The given parameters that say something else than the cursor.
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
    let kept = &cursor.filter;
    let by_name = [
        ("ordering", differs(given.order, Some(cursor.order))),
        ("status", !statuses.is_empty() && *statuses != kept.statuses),
        ("search", differs(search.as_ref(), kept.search.as_ref())),
        (
            "vendor_data",
            !vendor_data.is_empty() && *vendor_data != kept.vendor_data,
        ),
        ("email", differs(email.as_ref(), kept.email.as_ref())),
        ("phone", differs(phone.as_ref(), kept.phone.as_ref())),
        ("country", differs(*country, kept.country)),
        ("tag", !tags.is_empty() && *tags != kept.tags),
    ];
    let by_range = [
        ("created", created, kept.created),
        ("updated", updated, kept.updated),
        ("last_activity", last_activity, kept.last_activity),
    ];
    let by_key = (metadata.iter()).filter(|wanted| !kept.metadata.contains(wanted));

    let mut names: Vec<String> = (by_name.into_iter())
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect();
    for (name, given, kept) in by_range {
        if differs(given.from, kept.from) {
            names.push(format!("{name}_after"));
        }
        if differs(given.before, kept.before) {
            names.push(format!("{name}_before"));
        }
    }
    names.extend(by_key.map(|wanted| format!("{METADATA_PREFIX}{}", wanted.key)));
    names
}

/// What is left out is as in the cursor.
fn differs<T: PartialEq + Copy>(given: Option<T>, kept: Option<T>) -> bool {
    given.is_some() && given != kept
}
