//! Translates a user filter into SQL.

use std::collections::BTreeSet;

use users_domain::model::{
    ApplicationId, Email, Json, MetadataFilter, SearchTerm, TimeRange, UserFilter, UserStatus,
};
use users_domain::rules::listing::metadata_candidates;
use users_domain::rules::search_text::digits_text;

use crate::statement::Bind;

/// Terms below this many characters have no trigram.
const TRIGRAM_CHARACTERS: usize = 3;

/// The condition that matches no user.
const NONE: &str = "FALSE";

/// The condition on `users u`, and the join it needs. `$1` is the application.
#[derive(Clone)]
pub(super) struct Filter {
    pub(super) join: &'static str,
    pub(super) condition: String,
    pub(super) binds: Vec<Bind>,
    /// Whether the statement text is one of a small set, so that it may be cached as a prepared statement.
    pub(super) is_common: bool,
}

impl Filter {
    pub(super) fn of(application: ApplicationId, wanted: &UserFilter) -> Self {
        let mut filter = Self {
            join: "",
            condition: "u.application_id = $1 AND u.deleted_at IS NULL".to_owned(),
            binds: vec![application.uuid().into()],
            is_common: true,
        };
        let UserFilter {
            statuses,
            search,
            vendor_data,
            email,
            phone,
            country,
            tags,
            metadata,
            created,
            updated,
            last_activity,
        } = wanted;
        filter.statuses(statuses);
        filter.is_common = wanted.is_by_status();
        if let Some(term) = search {
            filter.search(term);
        }
        let whole = [email.as_ref().map(Email::caseless), phone.as_ref().map(digits_text)];
        for whole in whole.into_iter().flatten() {
            filter.join_search();
            let whole = filter.value(whole);
            filter.and(&format!("s.short_grams @> ARRAY[{whole}]"));
        }
        if !vendor_data.is_empty() {
            let names = vendor_data.iter();
            let names: Vec<_> = names.map(|name| name.as_str().to_owned()).collect();
            let names = filter.value(names);
            filter.and(&format!("u.vendor_data = ANY({names})"));
        }
        if let Some(country) = country {
            // The shown issuing states; exactly the expression of the index.
            let country = filter.value(country.alpha_3());
            filter.and(&format!(
                "(u.declared_issuing_states || u.verified_issuing_states) @> ARRAY[{country}]"
            ));
        }
        if !tags.is_empty() {
            let names = tags.iter().map(|name| ("name", Json::String(name.as_str().to_owned())));
            let all = Json::Array(names.map(|name| Json::object([name])).collect());
            let all = filter.value(all.to_string());
            filter.and(&format!("u.tags @> {all}::jsonb"));
        }
        for wanted in metadata {
            filter.metadata(wanted);
        }
        filter.range("u.created_at", *created);
        filter.range("u.updated_at", *updated);
        filter.range("u.last_activity_at", *last_activity);
        filter
    }

    /// Adds a value and returns its placeholder.
    fn value(&mut self, value: impl Into<Bind>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }

    fn and(&mut self, condition: &str) {
        self.condition.push_str(" AND ");
        self.condition.push_str(condition);
    }

    fn statuses(&mut self, wanted: &[UserStatus]) {
        // Literals in a fixed order: a closed set of seven texts, each with its own plan. A plan for placeholders could
        // not use an index that excludes the common status.
        let words: BTreeSet<&str> = wanted.iter().map(|status| status.as_str()).collect();
        let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        match words.as_slice() {
            [] => {}
            [word] => self.and(&format!("u.status = {word}")),
            words => self.and(&format!("u.status IN ({})", words.join(", "))),
        }
    }

    fn join_search(&mut self) {
        if self.join.is_empty() {
            self.join =
                "JOIN user_search s ON s.application_id = u.application_id AND s.user_id = u.id";
            // On both tables, so that the plan can start with an index of either.
            self.and("s.application_id = $1");
        }
    }

    fn search(&mut self, term: &SearchTerm) {
        self.join_search();
        let mut condition = self.parts(term.parts());
        if let Some(digits) = term.digits() {
            let digits = self.value(containing(&digits_text(digits)));
            condition = format!("({condition} OR s.body LIKE {digits})");
        }
        self.and(&condition);
    }

    /// The condition that a body contains all of these parts.
    fn parts(&mut self, parts: &[String]) -> String {
        let mut grams = BTreeSet::new();
        let mut patterns = Vec::new();
        for part in parts {
            if part.chars().count() < TRIGRAM_CHARACTERS {
                grams.insert(part.clone());
                continue;
            }
            if !has_long_run(part) {
                // Such a part has no or hardly any trigrams.
                grams.extend(pairs_of(part));
            }
            patterns.push(containing(part));
        }
        let mut conditions = Vec::new();
        if !grams.is_empty() {
            let grams = self.value(Vec::from_iter(grams));
            conditions.push(format!("s.short_grams @> {grams}"));
        }
        for pattern in patterns {
            conditions.push(format!("s.body LIKE {}", self.value(pattern)));
        }
        conditions.join(" AND ")
    }

    /// Splits the matches of a search into the users whose name or address equals the term, and all others, in the
    /// order of the best match. Returns only the others if no value can equal the term.
    pub(super) fn by_match(self, term: &SearchTerm) -> Vec<Self> {
        let name = term.vendor_data().map(|name| name.as_str().to_owned());
        let email = term.email().map(|email| email.caseless());
        let (mut exact, mut others) = (self.clone(), self);
        let mut found = Vec::new();
        if let Some(name) = name {
            let (in_exact, in_others) = (exact.value(name.clone()), others.value(name));
            found.push(format!("SELECT e.id FROM users e WHERE e.application_id = $1 AND e.vendor_data = {in_exact} AND e.deleted_at IS NULL"));
            others.and(&format!("u.vendor_data <> {in_others}"));
        }
        if let Some(email) = email {
            let (in_exact, in_others) = (exact.value(email.clone()), others.value(email));
            found.push(format!("SELECT e.user_id FROM user_search e WHERE e.application_id = $1 AND e.short_grams @> ARRAY[{in_exact}]"));
            others.and(&format!("NOT s.short_grams @> ARRAY[{in_others}]"));
        }
        if found.is_empty() {
            return vec![others];
        }
        exact.and(&format!("u.id IN ({})", found.join(" UNION ALL ")));
        vec![exact, others]
    }

    fn metadata(&mut self, wanted: &MetadataFilter) {
        let key = wanted.key.as_str();
        let candidates = metadata_candidates(wanted);
        let at = |path: &[&str], value: &Json| {
            let nest = |value, key: &&str| Json::object([(*key, value)]);
            path.iter().rev().fold(value.clone(), nest)
        };
        let literal = candidates.iter().map(|value| at(&[key], value));
        let mut condition = self.contains_any(literal);
        if key.contains('.') && condition != NONE {
            let path: Vec<_> = key.split('.').collect();
            let nested = candidates.iter().map(|value| at(&path, value));
            let (nested, key) = (self.contains_any(nested), self.value(key));
            condition =
                format!("({condition} OR {nested} AND NOT jsonb_exists(u.metadata::jsonb, {key}))");
        }
        self.and(&condition);
    }

    /// The condition that the metadata contain one of these objects; exactly the expression of the index.
    fn contains_any(&mut self, objects: impl Iterator<Item = Json>) -> String {
        // No stored value contains NUL, and jsonb rejects it.
        let objects = objects.filter(|object| !object.holds_nul());
        let contained = objects.map(|object| {
            let object = self.value(object.to_string());
            format!("u.metadata::jsonb @> {object}::jsonb")
        });
        let alternatives: Vec<String> = contained.collect();
        if alternatives.is_empty() {
            NONE.to_owned()
        } else {
            format!("({})", alternatives.join(" OR "))
        }
    }

    fn range(&mut self, column: &str, range: TimeRange) {
        if let Some(from) = range.from {
            let from = self.value(from);
            self.and(&format!("{column} >= {from}"));
        }
        if let Some(before) = range.before {
            let before = self.value(before);
            self.and(&format!("{column} < {before}"));
        }
    }
}

/// Whether the text has enough consecutive letters and digits for a trigram.
fn has_long_run(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|run| run.chars().count() >= TRIGRAM_CHARACTERS)
}

/// Every sequence of two characters.
fn pairs_of(text: &str) -> impl Iterator<Item = String> {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs.map(|(first, second)| String::from_iter([first, second]))
}

/// The `LIKE` pattern for texts that contain this one, with wildcards escaped.
fn containing(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests;
