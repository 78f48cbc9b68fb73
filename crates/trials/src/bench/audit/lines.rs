//! Counts the lines of an export as they arrive and checks their order.

use crate::Error;

/// Text before the time of an entry; ids have a fixed length.
const BEFORE_TIME: &str = r#"{"uuid":"00000000-0000-0000-0000-000000000000","created_at":""#;
const TIME: &str = "2026-01-01T00:00:00.000000Z";

/// Lines received so far.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) count: usize,
    pub(super) bytes: u64,
    /// The beginning of an incomplete line.
    begun: Vec<u8>,
    last_time: Option<Vec<u8>>,
}

impl Lines {
    /// Adds a chunk of the response.
    ///
    /// # Errors
    /// If an entry is not older than the one before it.
    pub(super) fn add(&mut self, mut chunk: &[u8]) -> Result<(), Error> {
        self.bytes += u64::try_from(chunk.len())?;
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = chunk.split_at(end);
            if self.begun.is_empty() {
                self.line(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(line);
                self.line(&whole)?;
            }
            chunk = rest.get(1..).unwrap_or_default();
        }
        self.begun.extend_from_slice(chunk);
        Ok(())
    }

    /// Checks the end of the response.
    ///
    /// # Errors
    /// If the number of lines is not the expected one, or the last line is incomplete.
    pub(super) fn end(&self, expected: usize) -> Result<(), Error> {
        if self.count == expected && self.begun.is_empty() {
            return Ok(());
        }
        Err(format!("{} of {expected} lines arrived", self.count).into())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Error> {
        let time = BEFORE_TIME.len()..BEFORE_TIME.len() + TIME.len();
        let time = line.get(time).ok_or("a line is too short")?;
        if self.last_time.as_deref().is_some_and(|last| last <= time) {
            return Err("an entry is not older than the one before it".into());
        }
        // The length is the same each time, so the buffer is reused.
        let last = self.last_time.get_or_insert_default();
        last.clear();
        last.extend_from_slice(time);
        self.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: u32) -> String {
        let time = TIME.replace(":00.", &format!(":{second:02}."));
        format!("{BEFORE_TIME}{time}\",\"more\":1}}\n")
    }

    #[test]
    fn lines_are_counted_for_any_chunk_size() {
        let text = line(9) + &line(5) + &line(4);
        for size in [1, 7, 100, 1000] {
            let mut lines = Lines::default();
            for chunk in text.as_bytes().chunks(size) {
                lines.add(chunk).unwrap();
            }
            lines.end(3).unwrap();
            assert!(lines.end(4).is_err());
        }
        let mut lines = Lines::default();
        lines.add(&text.as_bytes()[..text.len() - 1]).unwrap();
        assert!(lines.end(3).is_err());
    }

    #[test]
    fn unordered_and_repeated_entries_are_rejected() {
        for second in [5, 6] {
            let mut lines = Lines::default();
            lines.add(line(5).as_bytes()).unwrap();
            assert!(lines.add(line(second).as_bytes()).is_err());
        }
    }
}
