//! What the checker found.

/// Each list has one text per offence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Events that are in the database.
    pub events: usize,
    /// Requests that arrived.
    pub arrivals: usize,
    /// Pairs of event and destination that were accepted at least once.
    pub delivered: usize,
    /// Requests for what that destination had accepted before: allowed, and counted.
    pub duplicates: usize,
    /// Requests that arrived after their process had been stopped for longer than an attempt may take: allowed, counted.
    pub late: usize,
    /// Deliveries that are owed.
    pub lost: Vec<String>,
    /// Deliveries of what is not in the database or not subscribed to.
    pub not_owed: Vec<String>,
    /// Deliveries before an earlier one of that name was accepted.
    pub out_of_order: Vec<String>,
    /// Requests that were under way together.
    pub overlaps: Vec<String>,
    /// Requests with a signature that is wrong.
    pub invalid: Vec<String>,
    /// Acknowledged changes without an event.
    pub unwritten: Vec<String>,
    /// Gaps and repetitions of sequences.
    pub misnumbered: Vec<String>,
}

impl Findings {
    /// Every offence with what it is called.
    pub fn offences(&self) -> impl Iterator<Item = (&'static str, &str)> {
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
            .flat_map(|(what, list)| list.iter().map(move |offence| (what, offence.as_str())))
    }

    /// Whether everything is as it was promised.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.offences().next().is_none()
    }
}
