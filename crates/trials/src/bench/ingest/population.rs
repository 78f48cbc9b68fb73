//! Who there is: some users that the service made, and copies of all of them.

use crate::Error;

/// Users that the service makes itself.
const MOST_TEMPLATES: usize = 1_000;
/// Four digits number them.
const MOST_COPIES: usize = 9_999;

/// Users with their sessions. The first [`Population::templates`] are made by reports; the others are copies of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    templates: usize,
    copies: usize,
    sessions_each: usize,
}

impl Population {
    /// At least so many of each: what does not divide evenly is rounded up.
    ///
    /// # Errors
    /// When there would be nobody, or more than can be numbered.
    pub fn new(users: usize, sessions: usize) -> Result<Self, Error> {
        let templates = users.min(MOST_TEMPLATES);
        let copies = users.checked_div(templates).ok_or("nobody to measure on")?;
        let copies = copies + usize::from(copies * templates < users);
        if copies > MOST_COPIES {
            return Err(format!("at most {} users", MOST_COPIES * MOST_TEMPLATES).into());
        }
        Ok(Self {
            templates,
            copies,
            // It is reports that make users.
            sessions_each: sessions.div_ceil(templates * copies).max(1),
        })
    }

    /// Users that the service makes itself.
    #[must_use]
    pub const fn templates(self) -> usize {
        self.templates
    }

    /// How often there is each of them, itself included.
    #[must_use]
    pub const fn copies(self) -> usize {
        self.copies
    }

    /// All users.
    #[must_use]
    pub const fn users(self) -> usize {
        self.templates * self.copies
    }

    /// Sessions that each user has before anything is measured.
    #[must_use]
    pub const fn sessions_each(self) -> usize {
        self.sessions_each
    }

    /// All of these sessions.
    #[must_use]
    pub const fn sessions(self) -> usize {
        self.users() * self.sessions_each
    }

    /// The user of this number.
    #[must_use]
    pub fn person(self, number: usize) -> Person {
        let copy = number.checked_div(self.templates).unwrap_or(0);
        Person {
            template: number - copy * self.templates,
            mark: mark(copy),
        }
    }
}

/// What the names of a copy begin with, and nothing else contains.
#[must_use]
pub(super) fn mark(copy: usize) -> String {
    format!("copy{copy:04}-")
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    template: usize,
    mark: String,
}

impl Person {
    /// What the application calls it.
    #[must_use]
    pub fn vendor_data(&self) -> String {
        format!("{}user-{}", self.mark, self.template)
    }

    /// What one of the sessions is called that it has before anything is measured.
    #[must_use]
    pub fn session(&self, number: usize) -> String {
        format!("{}session-{}-{number}", self.mark, self.template)
    }

    /// Copies have the name of whom they are copied from.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("José Álvarez {}", self.template)
    }

    /// As the name.
    #[must_use]
    pub fn email(&self) -> String {
        format!("jose-{}@mail.example", self.template)
    }

    /// As the name.
    #[must_use]
    pub fn phone(&self) -> String {
        format!("+34600{:06}", self.template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_least_as_many_as_asked_for() {
        let all = Population::new(100_000, 1_000_000).unwrap();
        assert_eq!(
            (all.templates(), all.copies(), all.sessions_each()),
            (1_000, 100, 10)
        );
        let odd = Population::new(1_500, 1_600).unwrap();
        assert_eq!((odd.users(), odd.sessions()), (2_000, 2_000));
        let few = Population::new(3, 0).unwrap();
        assert_eq!((few.users(), few.copies(), few.sessions()), (3, 1, 3));
        assert!(Population::new(0, 1).is_err());
        assert!(Population::new(10_000_000, 1).is_err());
    }

    #[test]
    fn every_number_is_another_user() {
        let all = Population::new(2_000, 0).unwrap();
        assert_eq!(all.person(7).vendor_data(), "copy0000-user-7");
        assert_eq!(all.person(1_007).vendor_data(), "copy0001-user-7");
        assert_eq!(all.person(1_007).session(2), "copy0001-session-7-2");
        assert_eq!(all.person(1_007).full_name(), all.person(7).full_name());
    }
}
