//! Stored sort keys of names: absent names sort first.

use users_domain::model::DisplayName;
use users_domain::rules::listing;

/// The stored form of a normalised name; `''` stands for no name.
pub(crate) fn of_name(normalised: &str) -> String {
    format!("1{normalised}")
}

/// The stored form of a display name.
pub(crate) fn of_display_name(name: Option<&DisplayName>) -> String {
    name.map_or_else(String::new, |name| of_name(&listing::name_key(name)))
}
