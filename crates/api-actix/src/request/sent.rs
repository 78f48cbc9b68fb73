//! What a body says about one member.

use serde::{Serialize, Serializer};
use users_domain::rules::Patch;
use validator::{ValidateLength, ValidateRange};

/// Absent and null are not the same: the one leaves a value alone, the other clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Sent<T> {
    /// The key is not there, or what it holds was noted as an error.
    #[default]
    Absent,
    /// `null`
    Null,
    /// A value of the right type.
    Value(T),
}

impl<T> Sent<T> {
    /// The value, if there is one.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }

    /// As the domain says it. `parse` answers nothing where it has noted an error.
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

/// `validator` keeps the value beside its errors.
impl<T: Serialize> Serialize for Sent<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
