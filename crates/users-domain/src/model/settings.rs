//! Settings of one application, set by the operator (docs/OPERATIONS.md).

use std::fmt;

use super::{InvalidValue, Json, VerifiedFieldsPolicy};

/// Retention period of deleted users, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionDays(u32);

impl RetentionDays {
    /// Maximum, about a hundred years.
    pub const MAX: u32 = 36_500;

    /// # Errors
    /// [`InvalidValue::OutOfRange`] for more than [`Self::MAX`].
    pub const fn new(days: u32) -> Result<Self, InvalidValue> {
        if days <= Self::MAX {
            Ok(Self(days))
        } else {
            Err(InvalidValue::OutOfRange { min: 0, max: Self::MAX as u64 })
        }
    }

    /// The number of days.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.0
    }
}

impl Default for RetentionDays {
    /// Five years.
    fn default() -> Self {
        Self(1825)
    }
}

/// The settings of an application. A new application has the default values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplicationSettings {
    /// Effect of edits of verified fields.
    pub verified_fields: VerifiedFieldsPolicy,
    /// Whether a declined session blocks the user.
    pub auto_block_on_decline: bool,
    /// Whether the block of a deleted user still applies to its `vendor_data` while the deleted user is stored.
    pub block_survives_deletion: bool,
    /// Retention period of deleted users.
    pub retention: RetentionDays,
    /// Read requests per minute of each key; `None` applies the server's setting, 0 means no limit.
    pub rate_limit_get_per_minute: Option<u32>,
    /// Write requests per minute of each key; `None` applies the server's setting, 0 means no limit.
    pub rate_limit_write_per_minute: Option<u32>,
}

impl Default for ApplicationSettings {
    fn default() -> Self {
        Self {
            verified_fields: VerifiedFieldsPolicy::default(),
            auto_block_on_decline: false,
            block_survives_deletion: true,
            retention: RetentionDays::default(),
            rate_limit_get_per_minute: None,
            rate_limit_write_per_minute: None,
        }
    }
}

/// One setting with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// [`ApplicationSettings::verified_fields`].
    VerifiedFields(VerifiedFieldsPolicy),
    /// [`ApplicationSettings::auto_block_on_decline`].
    AutoBlockOnDecline(bool),
    /// [`ApplicationSettings::block_survives_deletion`].
    BlockSurvivesDeletion(bool),
    /// [`ApplicationSettings::retention`].
    Retention(RetentionDays),
    /// [`ApplicationSettings::rate_limit_get_per_minute`].
    RateLimitGetPerMinute(Option<u32>),
    /// [`ApplicationSettings::rate_limit_write_per_minute`].
    RateLimitWritePerMinute(Option<u32>),
}

/// Why the text of a setting was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidSetting {
    /// No setting has this name.
    UnknownName,
    /// The value is not valid for the setting.
    Value {
        /// Description of the accepted values.
        expected: &'static str,
    },
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownName => {
                let settings = ApplicationSettings::default().values();
                let names = settings.map(|(name, _)| name).join(", ");
                write!(f, "unknown setting; there are {names}")
            }
            Self::Value { expected } => write!(f, "must be {expected}"),
        }
    }
}

impl std::error::Error for InvalidSetting {}

impl Setting {
    /// Parses a setting from its name and value.
    ///
    /// # Errors
    /// [`InvalidSetting`].
    pub fn parse(name: &str, value: &str) -> Result<Self, InvalidSetting> {
        let wrong = |expected| InvalidSetting::Value { expected };
        let flag = || value.parse().map_err(|_| wrong("true or false"));
        let limit = || match value {
            "default" => Ok(None),
            number => number
                .parse()
                .map(Some)
                .map_err(|_| wrong("a number of requests a minute, 0 for no limit, or default")),
        };
        Ok(match name {
            "verified_fields" => Self::VerifiedFields(
                VerifiedFieldsPolicy::parse(value).map_err(|_| wrong("read_only or override"))?,
            ),
            "auto_block_on_decline" => Self::AutoBlockOnDecline(flag()?),
            "block_survives_deletion" => Self::BlockSurvivesDeletion(flag()?),
            "retention_days" => {
                let days = value.parse().ok().and_then(|days| RetentionDays::new(days).ok());
                Self::Retention(days.ok_or_else(|| wrong("a number of days from 0 to 36500"))?)
            }
            "rate_limit_get_per_minute" => Self::RateLimitGetPerMinute(limit()?),
            "rate_limit_write_per_minute" => Self::RateLimitWritePerMinute(limit()?),
            _ => return Err(InvalidSetting::UnknownName),
        })
    }
}

impl ApplicationSettings {
    /// Returns the settings with one setting changed.
    #[must_use]
    pub const fn with(mut self, setting: Setting) -> Self {
        match setting {
            Setting::VerifiedFields(policy) => self.verified_fields = policy,
            Setting::AutoBlockOnDecline(block) => self.auto_block_on_decline = block,
            Setting::BlockSurvivesDeletion(survives) => self.block_survives_deletion = survives,
            Setting::Retention(retention) => self.retention = retention,
            Setting::RateLimitGetPerMinute(limit) => self.rate_limit_get_per_minute = limit,
            Setting::RateLimitWritePerMinute(limit) => self.rate_limit_write_per_minute = limit,
        }
        self
    }

    /// Names and values of all settings, in the order they are shown.
    #[must_use]
    pub fn values(&self) -> [(&'static str, Json); 6] {
        let limit =
            |limit: Option<u32>| limit.map_or(Json::Null, |limit| Json::count(limit.into()));
        let verified_fields = Json::String(self.verified_fields.as_str().to_owned());
        let block_survives = Json::Bool(self.block_survives_deletion);
        let writes = limit(self.rate_limit_write_per_minute);
        [
            ("verified_fields", verified_fields),
            ("auto_block_on_decline", Json::Bool(self.auto_block_on_decline)),
            ("block_survives_deletion", block_survives),
            ("retention_days", Json::count(self.retention.days().into())),
            ("rate_limit_get_per_minute", limit(self.rate_limit_get_per_minute)),
            ("rate_limit_write_per_minute", writes),
        ]
    }
}

#[cfg(test)]
mod tests;
