//! The users of the benchmark: some that the service creates, and copies of them.

use crate::Error;

/// Maximum number of users that the service creates itself.
const MOST_TEMPLATES: usize = 1_000;
/// Maximum number of copies, which are numbered with four digits.
const MOST_COPIES: usize = 9_999;

/// Users with their sessions. The first [`Population::templates`] are created by reports; the others are copies of
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    templates: usize,
    copies: usize,
    sessions_each: usize,
}

impl Population {
    /// Creates a population with at least these numbers, rounded up if necessary.
    ///
    /// # Errors
    /// If there are no users, or more than can be numbered.
    pub fn new(users: usize, sessions: usize) -> Result<Self, Error> {
        let templates = users.min(MOST_TEMPLATES);
        let copies = users.checked_div(templates).ok_or("at least one user is needed")?;
        let copies = copies + usize::from(copies * templates < users);
        if copies > MOST_COPIES {
            return Err(format!("at most {} users", MOST_COPIES * MOST_TEMPLATES).into());
        }
        Ok(Self {
            templates,
            copies,
            // Reports create users, so each user needs a session.
            sessions_each: sessions.div_ceil(templates * copies).max(1),
        })
    }

    /// Number of users that the service creates itself.
    #[must_use]
    pub const fn templates(self) -> usize {
        self.templates
    }

    /// Number of users per template, including the template.
    #[must_use]
    pub const fn copies(self) -> usize {
        self.copies
    }

    /// Number of all users.
    #[must_use]
    pub const fn users(self) -> usize {
        self.templates * self.copies
    }

    /// Number of sessions of each user before the measurement.
    #[must_use]
    pub const fn sessions_each(self) -> usize {
        self.sessions_each
    }

    /// Number of all sessions before the measurement.
    #[must_use]
    pub const fn sessions(self) -> usize {
        self.users() * self.sessions_each
    }

    /// Returns the user of this number.
    #[must_use]
    pub fn person(self, number: usize) -> Person {
        let copy = number.checked_div(self.templates).unwrap_or(0);
        Person { template: number - copy * self.templates, mark: mark(copy) }
    }
}

/// Prefix of the names of a copy; no other value contains it.
#[must_use]
pub(super) fn mark(copy: usize) -> String {
    format!("copy{copy:04}-")
}

/// A user of the benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    template: usize,
    mark: String,
}

impl Person {
    /// The user's `vendor_data`.
    #[must_use]
    pub fn vendor_data(&self) -> String {
        format!("{}user-{}", self.mark, self.template)
    }

    /// Id of a session from before the measurement.
    #[must_use]
    pub fn session(&self, number: usize) -> String {
        format!("{}session-{}-{number}", self.mark, self.template)
    }

    /// Full name; copies share it with their template.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("José Álvarez {}", self.template)
    }

    /// Email address; shared like the name.
    #[must_use]
    pub fn email(&self) -> String {
        format!("jose-{}@mail.example", self.template)
    }

    /// Phone number; shared like the name.
    #[must_use]
    pub fn phone(&self) -> String {
        format!("+34600{:06}", self.template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_population_has_at_least_the_requested_numbers() {
        let all = Population::new(100_000, 1_000_000).unwrap();
        assert_eq!((all.templates(), all.copies(), all.sessions_each()), (1_000, 100, 10));
        let odd = Population::new(1_500, 1_600).unwrap();
        assert_eq!((odd.users(), odd.sessions()), (2_000, 2_000));
        let few = Population::new(3, 0).unwrap();
        assert_eq!((few.users(), few.copies(), few.sessions()), (3, 1, 3));
        assert!(Population::new(0, 1).is_err());
        assert!(Population::new(10_000_000, 1).is_err());
    }

    #[test]
    fn every_number_is_a_different_user() {
        let all = Population::new(2_000, 0).unwrap();
        assert_eq!(all.person(7).vendor_data(), "copy0000-user-7");
        assert_eq!(all.person(1_007).vendor_data(), "copy0001-user-7");
        assert_eq!(all.person(1_007).session(2), "copy0001-session-7-2");
        assert_eq!(all.person(1_007).full_name(), all.person(7).full_name());
    }
}
