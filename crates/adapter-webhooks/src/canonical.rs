//! The canonical form of event bodies, which `X-Signature-V2` signs: whole floats as integers, and no unnecessary
//! escapes. The input must be the raw form (see [`crate::RawJson`]): its keys are already sorted and it has no
//! whitespace between tokens, so only single tokens differ and most bodies are already canonical.

use std::borrow::Cow;

/// A body in its canonical form, and the members that `X-Signature-Simple` signs, as written there: quoted and escaped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Canonical<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) status: Option<&'a str>,
    pub(crate) webhook_type: Option<&'a str>,
}

impl<'a> Canonical<'a> {
    /// Canonicalises a body in the raw form. Any other text gives an unspecified result, without a panic.
    pub(crate) fn of(raw: &'a str) -> Self {
        let mut rewriter = Rewriter { raw, written: None, copied: 0 };
        let (mut session_id, mut status, mut webhook_type) = (None, None, None);
        let mut key = None;
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(byte) = raw.as_bytes().get(at) {
            let from = at;
            at += 1;
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'-' | b'0'..=b'9' => at = rewriter.number(from),
                b'"' => {
                    at = rewriter.string(from);
                    if depth == 1 {
                        let text = raw.get(from..at);
                        if raw.as_bytes().get(at) == Some(&b':') {
                            key = text;
                        } else {
                            match key {
                                Some("\"session_id\"") => session_id = text,
                                Some("\"status\"") => status = text,
                                Some("\"webhook_type\"") => webhook_type = text,
                                _ => {}
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Self { text: rewriter.finish(), session_id, status, webhook_type }
    }
}

/// Copies a text with some tokens replaced; copies nothing before the first replacement.
struct Rewriter<'a> {
    raw: &'a str,
    written: Option<String>,
    copied: usize,
}

impl<'a> Rewriter<'a> {
    fn replace(&mut self, from: usize, to: usize, token: &str) {
        let written = self.written.get_or_insert_with(|| String::with_capacity(self.raw.len()));
        written.push_str(self.raw.get(self.copied..from).unwrap_or_default());
        written.push_str(token);
        self.copied = to;
    }

    fn finish(self) -> Cow<'a, str> {
        match self.written {
            None => Cow::Borrowed(self.raw),
            Some(mut written) => {
                written.push_str(self.raw.get(self.copied..).unwrap_or_default());
                Cow::Owned(written)
            }
        }
    }

    /// Returns the end of the string that begins at `from`.
    fn string(&mut self, from: usize) -> usize {
        let bytes = self.raw.as_bytes();
        let mut at = from + 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => return at + 1,
                b'\\' if bytes.get(at + 1) == Some(&b'u') => at = self.escape(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.raw.len()
    }

    /// Returns the end of the `\u` escape that begins at `from`, or of its surrogate pair.
    fn escape(&mut self, from: usize) -> usize {
        let to = from + 6;
        let Some(first) = self.unit(from) else {
            return from + 2;
        };
        let (decoded, to) = match self.unit(to) {
            Some(second) if (0xd800..0xdc00).contains(&first) => {
                (char::decode_utf16([first, second]).next(), to + 6)
            }
            _ => (char::decode_utf16([first]).next(), to),
        };
        match decoded {
            Some(Ok(c)) if c >= ' ' && c != '"' && c != '\\' => {
                self.replace(from, to, c.encode_utf8(&mut [0; 4]));
                to
            }
            _ => from + 6,
        }
    }

    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    }

    /// Returns the end of the number that begins at `from`.
    fn number(&mut self, from: usize) -> usize {
        let rest = self.raw.get(from..).unwrap_or_default();
        let length = rest
            .bytes()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .count();
        let token = rest.get(..length).unwrap_or_default();
        if token.contains(['.', 'e', 'E'])
            && let Ok(value) = token.parse::<f64>()
            && value.fract() == 0.0
        {
            // All digits, not the shortest that read back the same, as Python's `int` prints them.
            let all_digits = format!("{:.0}", value.abs());
            let sign = if value < 0.0 { "-" } else { "" };
            self.replace(from, from + length, &format!("{sign}{all_digits}"));
        }
        from + length
    }
}

#[cfg(test)]
mod tests;
