//! The JSON forms of identifiers, times, dates, words and stored JSON in response bodies.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use users_domain::model::evidence::ReportOutcome;
use users_domain::model::webhooks::{
    AttemptOutcome, AttemptTrigger, DeliveryOrdering, DisabledReason, RecoveryState, TransportError,
};
use users_domain::model::{
    ActivityKind, CountryCode, Feature, FeatureStatus, JsonText, Operation, Origin, Role,
    StatusTrigger, UserStatus,
};
use users_domain::rules::enforcement::{NewSession, NewTransaction};

use crate::http::error::ApiError;

/// Serializes a value as its `Display` text.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A closed set of values, each with a word.
pub(crate) trait Words {
    /// The name and the description of the set in the OpenAPI document, if other schemas refer to it.
    const COMPONENT: Option<(&'static str, &'static str)> = None;

    fn all() -> Vec<&'static str>;

    fn word(&self) -> &'static str;
}

/// Serializes a value as its word.
#[derive(Clone, Copy)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Words> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

macro_rules! words {
    ($($Type:ident: $all:expr, $word:ident $(, $name:literal: $description:literal)?;)+) => {
        $(impl Words for $Type {
            $(const COMPONENT: Option<(&'static str, &'static str)> = Some(($name, $description));)?

            fn all() -> Vec<&'static str> {
                $all.into_iter().map(|value| Self::$word(value.to_owned())).collect()
            }

            fn word(&self) -> &'static str {
                self.to_owned().$word()
            }
        })+
    };
}

words! {
    ActivityKind: Self::ALL, as_str;
    AttemptOutcome: Self::ALL, as_str;
    AttemptTrigger: Self::ALL, as_str;
    CountryCode: Self::all(), alpha_3,
        "Country": "ISO 3166-1 alpha-3, another code of ICAO 9303-3 section 5, or XKX.";
    DeliveryOrdering: Self::ALL, as_str;
    DisabledReason: Self::ALL, as_str;
    Feature: Self::ALL, as_str;
    FeatureStatus: Self::ALL, as_str;
    NewSession: [Self::Normal, Self::InReview, Self::Declined], as_str;
    NewTransaction: [Self::Normal, Self::Escalate, Self::Declined], as_str;
    Operation: Self::ALL, as_str;
    Origin: [Self::Declared, Self::Verified, Self::Override], as_str;
    RecoveryState: Self::ALL, as_str;
    ReportOutcome: [Self::Applied, Self::Duplicate, Self::Stale], as_str;
    Role: Self::ALL, as_str;
    StatusTrigger: Self::ALL, as_str;
    TransportError: Self::ALL, as_str;
    UserStatus: Self::ALL, as_str, "UserStatus": "The status of a user.";
}

/// Returns a stored JSON text unchanged. Fails if the stored text is not JSON, which is a defect.
pub(crate) fn raw(text: &JsonText) -> Result<&RawValue, ApiError> {
    serde_json::from_str(text.as_str())
        .map_err(|_| ApiError::Internal { reason: "a stored JSON text is not JSON".to_owned() })
}
