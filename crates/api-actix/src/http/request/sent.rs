//! The state of one member in a body: absent, null or a value.

use users_domain::rules::Patch;

/// Conversions of a member: absent leaves a value unchanged, null clears it.
pub(crate) trait Sent<T> {
    /// The value, if the member has one.
    fn value(self) -> Option<T>;

    /// Converts the value. `parse` returns `None` after it has recorded an error; the member is then absent.
    fn patch<U>(self, parse: impl FnOnce(T) -> Option<U>) -> Patch<U>;
}

impl<T> Sent<T> for Patch<T> {
    fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    fn patch<U>(self, parse: impl FnOnce(T) -> Option<U>) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Clear => Patch::Clear,
            Self::Set(value) => parse(value).map_or(Patch::Absent, Patch::Set),
        }
    }
}
