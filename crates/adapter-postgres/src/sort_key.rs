//! How absent order values are stored and compared: before everything.

use users_domain::model::DisplayName;
use users_domain::rules::listing;

/// The stored form of a normalised name; `''` stands for none.
pub(crate) fn of_name(normalised: &str) -> String {
    format!("1{normalised}")
}

/// The stored form of a name as it was given.
pub(crate) fn of_display_name(name: Option<&DisplayName>) -> String {
    name.map_or_else(String::new, |name| of_name(&listing::name_key(name)))
}
