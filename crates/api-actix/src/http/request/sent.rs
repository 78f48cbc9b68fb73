//! The state of one member in a body: absent, null or a value.

use serde::{Serialize, Serializer};
use users_domain::rules::Patch;
use validator::{ValidateLength, ValidateRange};

/// A member of a body. Absent leaves a value unchanged, null clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Sent<T> {
    /// The key is absent, or its value was recorded as an error.
    #[default]
    Absent,
    /// `null`
    Null,
    /// A value of the right type.
    Value(T),
}

impl<T> Sent<T> {
    /// The value, if the member has one.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Converts to the domain's patch. `parse` returns `None` after it has recorded an error.
    pub(crate) fn patch<U>(self, parse: impl FnOnce(T) -> Option<U>) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Clear,
            Self::Value(value) => parse(value).map_or(Patch::Absent, Patch::Set),
        }
    }
}

impl<T: ValidateLength<u64>> ValidateLength<u64> for Sent<T> {
    fn length(&self) -> Option<u64> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => value.length(),
        }
    }
}

impl<T: ValidateRange<T>> ValidateRange<T> for Sent<T> {
    fn greater_than(&self, max: T) -> Option<bool> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => value.greater_than(max),
        }
    }

    fn less_than(&self, min: T) -> Option<bool> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => value.less_than(min),
        }
    }
}

/// Required by `validator`, which stores the value in its errors.
impl<T: Serialize> Serialize for Sent<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
