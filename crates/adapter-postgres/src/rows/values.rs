//! How the columns store the values of the domain.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::deserialize::FromSql;
use diesel::pg::Pg;
use diesel::sql_types::{
    Array, BigInt, Binary, Date, Nullable, SqlType, Text, Timestamptz, Uuid as SqlUuid, is_nullable,
};
use serde::Serializer;
use users_domain::model::evidence::{
    PortraitUrl, Revision, RiskEventId, RiskKind, RuleAction, SentDigest, SessionId, SessionStatus,
    TransactionId, TransactionStatus,
};
use users_domain::model::{
    ApplicationId, CountryCode, DateOfBirth, DisplayName, Email, Feature, FeatureStatus, Features,
    FullName, InvalidValue, Phone, Reason, Timestamp, UserId, UserStatus, VendorData,
};
use uuid::Uuid;

use super::columns::Value;
use crate::audit::hex;

/// A value that is stored as text.
pub(super) trait TextValue: Sized {
    fn parse(text: String) -> Result<Self, InvalidValue>;

    fn text(&self) -> &str;
}

macro_rules! text_values {
    ($($type:ty: $stored:ident => $parsed:expr, $text:ident;)+) => {
        $(impl TextValue for $type {
            fn parse($stored: String) -> Result<Self, InvalidValue> {
                $parsed
            }

            fn text(&self) -> &str {
                self.$text()
            }
        })+
    };
}

text_values! {
    VendorData: text => Self::from_stored(text), as_str;
    DisplayName: text => Ok(Self::from_stored(text)), as_str;
    FullName: text => Ok(Self::from_stored(text)), as_str;
    Email: text => Ok(Self::from_stored(text)), as_str;
    Phone: text => Ok(Self::from_stored(text)), as_str;
    PortraitUrl: text => Self::parse(text), as_str;
    CountryCode: text => Self::parse(&text), alpha_3;
    UserStatus: text => Self::parse(&text), as_str;
    Reason: text => Self::parse(text), as_str;
    SessionId: text => Self::parse(text), as_str;
    SessionStatus: text => Self::parse(&text), as_str;
    TransactionId: text => Self::parse(text), as_str;
    TransactionStatus: text => Self::parse(&text), as_str;
    RuleAction: text => Self::parse(&text), as_str;
    RiskEventId: text => Self::parse(text), as_str;
    RiskKind: text => Self::parse(&text), as_str;
}

impl<T: TextValue> Value for T {
    type Sql = Text;
    type Stored = String;
    const TYPE: &'static str = "text";

    fn read(stored: String) -> Result<Self, InvalidValue> {
        T::parse(stored)
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.text())
    }
}

macro_rules! text_lists {
    ($($list:ident: $($bound:path),+;)+) => {
        $(impl<T: $($bound +)+> Value for $list<T> {
            type Sql = Array<Text>;
            type Stored = Vec<String>;
            const TYPE: &'static str = "text[]";

            fn read(stored: Vec<String>) -> Result<Self, InvalidValue> {
                stored.into_iter().map(T::parse).collect()
            }

            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_seq(self.iter().map(TextValue::text))
            }
        })+
    };
}

text_lists! {
    Vec: TextValue;
    BTreeSet: TextValue, Ord;
}

impl<T: Value> Value for Option<T>
where
    T::Sql: SqlType<IsNull = is_nullable::NotNull>,
    Option<T::Stored>: FromSql<Nullable<T::Sql>, Pg>,
{
    type Sql = Nullable<T::Sql>;
    type Stored = Option<T::Stored>;
    const TYPE: &'static str = T::TYPE;

    fn read(stored: Self::Stored) -> Result<Self, InvalidValue> {
        stored.map(T::read).transpose()
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(to),
            None => to.serialize_none(),
        }
    }
}

macro_rules! values {
    ($($type:ty: $kind:literal, $sql:ty, $stored_type:ty,
        $stored:ident => $read:expr, $value:ident => $written:expr;)+) => {
        $(impl Value for $type {
            type Sql = $sql;
            type Stored = $stored_type;
            const TYPE: &'static str = $kind;

            fn read($stored: $stored_type) -> Result<Self, InvalidValue> {
                $read
            }

            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let $value = self;
                serde::Serialize::serialize(&$written, to)
            }
        })+
    };
}

values! {
    ApplicationId: "uuid", SqlUuid, Uuid, id => Ok(Self::new(id)), id => id.to_string();
    UserId: "uuid", SqlUuid, Uuid, id => Ok(Self::new(id)), id => id.to_string();
    DateOfBirth: "date", Date, NaiveDate, date => Self::from_stored(date), date => date.to_string();
    Timestamp: "timestamptz", Timestamptz, DateTime<Utc>, at => Ok(Self::from_datetime(at)), at => at.to_string();
    u32: "bigint", BigInt, i64, number => Self::try_from(number).map_err(|_| OUT_OF_RANGE), number => number;
    u64: "bigint", BigInt, i64, number => Self::try_from(number).map_err(|_| OUT_OF_RANGE), number => number;
    Revision: "bigint", BigInt, i64, number => Self::new(u64::read(number)?), revision => revision.number();
    SentDigest: "bytea", Binary, Vec<u8>,
        bytes => bytes.try_into().map(Self::from_stored).map_err(|_| InvalidValue::Malformed),
        digest => hex(&digest.bytes());
    // Read as text.
    Features: "jsonb", Text, String, text => features(&text), features => words(features);
}

const OUT_OF_RANGE: InvalidValue = InvalidValue::OutOfRange { min: 0, max: u64::MAX };

fn features(text: &str) -> Result<Features, InvalidValue> {
    let words: BTreeMap<String, String> =
        serde_json::from_str(text).map_err(|_| InvalidValue::Malformed)?;
    let feature = |(feature, status): (&String, &String)| {
        Ok((Feature::parse(feature)?, FeatureStatus::parse(status)?))
    };
    words.iter().map(feature).collect()
}

fn words(features: &Features) -> BTreeMap<&'static str, &'static str> {
    let words = features.iter();
    words.map(|(feature, status)| (feature.as_str(), status.as_str())).collect()
}
