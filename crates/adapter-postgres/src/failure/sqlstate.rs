//! Determines the SQLSTATE of an error and its class.
//!
//! diesel does not expose SQLSTATE: it maps a dozen codes to kinds, and returns only the message of the others. Their
//! code is therefore derived from PostgreSQL's message (docs/adr/0032). Only this module interprets messages.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind};

use super::Kind;

/// Five characters; the first two are the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SqlState(&'static str);

/// Beginnings of messages that belong to one code, with `lc_messages` set to C.
const MESSAGES: [(&str, &str); 33] = [
    ("cached plan must not change result type", "0A000"),
    ("value too long", "22001"),
    ("invalid input syntax", "22P02"),
    ("unsupported Unicode escape sequence", "22P05"),
    ("prepared statement", "26000"),
    ("canceling statement due to conflict with recovery", "40001"),
    ("deadlock detected", "40P01"),
    ("permission denied", "42501"),
    ("must be owner", "42501"),
    ("new row violates row-level security policy", "42501"),
    ("could not extend file", "53100"),
    ("could not write", "53100"),
    ("out of memory", "53200"),
    ("out of shared memory", "53200"),
    ("could not resize shared memory segment", "53200"),
    ("too many connections", "53300"),
    ("sorry, too many clients", "53300"),
    ("remaining connection slots", "53300"),
    ("temporary file size exceeds", "53400"),
    ("canceling statement due to lock timeout", "55P03"),
    ("could not obtain lock", "55P03"),
    ("canceling statement due to statement timeout", "57014"),
    ("canceling statement due to user request", "57014"),
    ("terminating connection", "57P01"),
    ("the database system is", "57P03"),
    ("could not read", "58030"),
    ("could not access file", "58P01"),
    ("could not open file", "58P01"),
    ("cache lookup failed", "XX000"),
    ("could not find function", "42883"),
    ("could not load library", "XX000"),
    ("incompatible library", "XX000"),
    ("invalid page", "XX001"),
];

impl SqlState {
    /// In any language: syntax errors and missing objects have a position in the statement.
    const POINTED: Self = Self("42000");

    /// The end of messages about objects that a function did not find; such errors have no position in the statement.
    /// The names in the message belong to the schema.
    const MISSING: (&'static str, Self) = (" does not exist", Self("42704"));

    /// The code of an error that the server or libpq returned.
    pub(super) fn of(
        kind: DatabaseErrorKind,
        information: &dyn DatabaseErrorInformation,
    ) -> Option<Self> {
        Some(Self(match kind {
            DatabaseErrorKind::UniqueViolation => "23505",
            DatabaseErrorKind::ForeignKeyViolation => "23503",
            DatabaseErrorKind::NotNullViolation => "23502",
            DatabaseErrorKind::CheckViolation => "23514",
            DatabaseErrorKind::RestrictViolation => "23001",
            DatabaseErrorKind::ExclusionViolation => "23P01",
            DatabaseErrorKind::SerializationFailure => "40001",
            DatabaseErrorKind::ReadOnlyTransaction => "25006",
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => "08006",
            _ => return Self::of_message(information),
        }))
    }

    fn of_message(information: &dyn DatabaseErrorInformation) -> Option<Self> {
        let message = information.message();
        let mut known = MESSAGES.iter();
        let known = known.find(|(beginning, _)| message.starts_with(beginning));
        let pointed = || information.statement_position().map(|_| Self::POINTED);
        let (ending, missing) = Self::MISSING;
        let missing = || message.ends_with(ending).then_some(missing);
        known.map(|(_, code)| Self(code)).or_else(pointed).or_else(missing)
    }

    pub(super) const fn as_str(self) -> &'static str {
        self.0
    }

    /// The class of the code.
    pub(super) fn kind(self) -> Kind {
        match self.0 {
            // A cached plan is outdated after a schema change: a new connection has none.
            "0A000" => Kind::Lost,
            "25006" => Kind::ReadOnly,
            "42000" => Kind::Pointed,
            "55P03" => Kind::Unavailable,
            "57014" => Kind::Cancelled,
            code => match code.get(..2).unwrap_or_default() {
                // A connection that lost its prepared statements cannot restore them.
                "08" | "26" | "57" => Kind::Lost,
                "23" => Kind::Constraint,
                "40" => Kind::Rerun,
                "53" => Kind::Unavailable,
                "42" | "58" | "XX" => Kind::Broken,
                _ => Kind::Defect,
            },
        }
    }

    /// A description for operators.
    pub(super) fn meaning(self) -> &'static str {
        match (self.0, self.kind()) {
            ("0A000", _) => "the schema changed under a prepared statement",
            ("25006", _) => "the server accepts no writes",
            ("26000", _) => "the connection lost its prepared statements",
            ("40P01", _) => "deadlock",
            ("53100", _) => "the server cannot write to its disk",
            ("53200", _) => "the server is out of memory",
            ("53300", _) => "the server accepts no more connections",
            ("55P03", _) => "a lock was not available in time",
            ("57014", _) => "a statement took too long, or an operator cancelled it",
            (_, Kind::Lost) => "the connection was closed",
            (_, Kind::Rerun) => "transactions collided",
            (_, Kind::Constraint) => "a constraint refused a row",
            (_, Kind::Broken | Kind::Pointed) => "the database is not as it should be",
            (_, _) => "the server refused a statement",
        }
    }
}

#[cfg(test)]
mod tests;
