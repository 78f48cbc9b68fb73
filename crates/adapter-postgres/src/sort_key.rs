//! How absent order values are stored and compared: before everything.

/// The stored form of a normalised name; `''` stands for none.
pub(crate) fn of_name(normalised: &str) -> String {
    format!("1{normalised}")
}
