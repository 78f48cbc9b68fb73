//! Result of the checker.

/// Counts, and lists with one message per violation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Events in the database.
    pub events: usize,
    /// Requests that arrived.
    pub arrivals: usize,
    /// Pairs of event and destination that were accepted at least once.
    pub delivered: usize,
    /// Requests for events that the destination had accepted before; allowed.
    pub duplicates: usize,
    /// Requests whose process was stopped for longer than an attempt may take; allowed.
    pub late: usize,
    /// Deliveries that are missing.
    pub lost: Vec<String>,
    /// Deliveries of events that are not in the database or not subscribed to.
    pub not_owed: Vec<String>,
    /// Deliveries before an earlier event of the same name was accepted.
    pub out_of_order: Vec<String>,
    /// Requests that were in progress at the same time.
    pub overlaps: Vec<String>,
    /// Requests with an invalid signature.
    pub invalid: Vec<String>,
    /// Acknowledged changes without an event.
    pub unwritten: Vec<String>,
    /// Gaps and duplicates in sequences.
    pub misnumbered: Vec<String>,
}

impl Findings {
    /// Returns every violation with the name of its kind.
    pub fn violations(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let lists = [
            ("lost", &self.lost),
            ("not owed", &self.not_owed),
            ("out of order", &self.out_of_order),
            ("overlap", &self.overlaps),
            ("invalid signature", &self.invalid),
            ("acknowledged and not written", &self.unwritten),
            ("misnumbered", &self.misnumbered),
        ];
        lists
            .into_iter()
            .flat_map(|(what, list)| list.iter().map(move |violation| (what, violation.as_str())))
    }

    /// Whether there are no violations.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations().next().is_none()
    }
}
