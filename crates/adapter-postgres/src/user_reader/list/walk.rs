//! Reads users through several consecutive scans: exact matches of a search come before all others.

use users_domain::model::{Position, SortKey, UserOrder};

use super::count;
use super::filter::Filter;
use super::scan::{Edge, Scan};
use crate::failure::Failure;
use crate::pool::Reading;
use crate::rows::RecordRow;

/// Consecutive scans. If there are several, the first one contains the exact matches.
pub(super) struct Walk<'a> {
    scans: Vec<Scan<'a>>,
    is_reversed: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(filters: &'a [Filter], order: UserOrder) -> Self {
        let scan = |filter| Scan::new(filter, order);
        Self { scans: filters.iter().map(scan).collect(), is_reversed: false }
    }

    pub(super) fn reversed(&self) -> Self {
        Self {
            scans: self.scans.iter().rev().map(|scan| scan.reversed()).collect(),
            is_reversed: !self.is_reversed,
        }
    }

    pub(super) fn rows(
        &self,
        reading: &mut Reading<'_>,
        behind: Option<&Position>,
        limit: usize,
    ) -> Result<Vec<RecordRow>, Failure> {
        let mut rows = Vec::new();
        for (scan, behind) in self.from(behind) {
            let missing = limit - rows.len();
            if missing > 0 {
                rows.extend(scan.rows(reading, behind, missing)?);
            }
        }
        Ok(rows)
    }

    pub(super) fn rows_from(
        &self,
        reading: &mut Reading<'_>,
        mut skipped: u32,
        limit: usize,
    ) -> Result<Vec<RecordRow>, Failure> {
        let mut rows = Vec::new();
        let mut scans = self.scans.iter().peekable();
        while let Some(scan) = scans.next() {
            rows.extend(scan.rows_from(reading, skipped, limit - rows.len())?);
            if rows.len() == limit || scans.peek().is_none() {
                break;
            }
            if skipped > 0 && !rows.is_empty() {
                skipped = 0;
            } else if skipped > 0 {
                let passed = count::matches(reading, scan.filter(), Some(skipped.into()))?;
                skipped = skipped.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX));
            }
        }
        Ok(rows)
    }

    /// Whether there is any user, or any at or after a position.
    pub(super) fn any(
        &self,
        reading: &mut Reading<'_>,
        from: Option<&Position>,
    ) -> Result<bool, Failure> {
        for (scan, place) in self.from(from) {
            if scan.any(reading, place.map(|place| (place, Edge::Inclusive)))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The scan that contains a position, starting there, and the scans after it.
    fn from<'p>(
        &self,
        place: Option<&'p Position>,
    ) -> impl Iterator<Item = (Scan<'a>, Option<&'p Position>)> {
        let is_first = place.is_none_or(|place| {
            let is_exact = matches!(place.key, SortKey::Match(true, _));
            is_exact != self.is_reversed
        });
        let skipped = if is_first { 0 } else { self.scans.len() - 1 };
        let mut place = place;
        let scans = self.scans.iter().skip(skipped);
        scans.map(move |scan| (*scan, place.take()))
    }
}
