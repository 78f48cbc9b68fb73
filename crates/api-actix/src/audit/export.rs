//! The whole audit log as lines of JSON. Owns how much of it is under way at once.
//!
//! Entries are read page by page, each when the client has taken the one before: a slow client costs no connection to the
//! store and no transaction, one page of memory and one of the few places for exports, and it loses those when it stays
//! behind the slowest pace. What cannot be read to its end is broken off, never ended as if it were whole.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpResponse, rt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span};
use users_domain::model::{
    ApplicationId, AuditPage, AuditRecord, AuditStart, Caller, ListAudit, PageSize,
};
use users_domain::service::AuditService;

use super::bodies::EntryBody;
use crate::error::ApiError;
use crate::shares::Shares;
use crate::state::AppState;

/// Newline-delimited JSON.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// How many entries are read at once. Their details are bounded too (`AuditPage::MAX_DETAIL_BYTES`).
pub(super) const PAGE: PageSize = PageSize::LARGEST;

/// About how many bytes are handed over at once; a single long entry may exceed it.
const CHUNK_BYTES: usize = 64 * 1024;

/// The places for exports of this process.
pub(crate) struct Exports {
    places: Arc<Semaphore>,
    most_of_application: usize,
    shares: Shares,
    pace: Pace,
}

impl Exports {
    /// So many at once, half of them for one application. A client that reads fewer bytes a second loses its place once it
    /// is `slack` behind.
    pub(crate) fn new(places: usize, bytes_per_second: u32, slack: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            most_of_application: places.div_ceil(2),
            shares: Shares::default(),
            pace: Pace::new(bytes_per_second, slack),
        }
    }

    fn place(&self, application: ApplicationId) -> Result<[OwnedSemaphorePermit; 2], ApiError> {
        let taken = |_| ApiError::Unavailable {
            reason: "every place for an export is taken".to_owned(),
        };
        let share = self.shares.of(application.uuid(), self.most_of_application);
        let share = share.try_acquire_owned().map_err(taken)?;
        let place = Arc::clone(&self.places).try_acquire_owned();
        Ok([share, place.map_err(taken)?])
    }
}

/// The slowest that a client may read.
#[derive(Debug, Clone, Copy)]
struct Pace {
    bytes_per_second: f64,
    slack: Duration,
    /// What is left of the slack.
    left: Duration,
}

impl Pace {
    fn new(bytes_per_second: u32, slack: Duration) -> Self {
        Self {
            bytes_per_second: f64::from(bytes_per_second.max(1)),
            slack,
            left: slack,
        }
    }

    /// How long the client may take until it has read so many bytes more.
    fn limit(&self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.left + Duration::from_secs_f64(f64::from(bytes) / self.bytes_per_second)
    }

    /// It took this long of the limit. Who is fast catches up, and gathers no more than the slack.
    fn took(&mut self, limit: Duration, time: Duration) {
        self.left = limit.saturating_sub(time).min(self.slack);
    }
}

/// Everything from the beginning of `question` on. What goes wrong before the first line is an answer like any other. Of a
/// request for the head alone no more is read.
pub(super) async fn export(
    state: &AppState,
    caller: Caller,
    question: ListAudit,
    head_alone: bool,
) -> Result<HttpResponse, ApiError> {
    let place = state.exports.place(caller.application())?;
    let audit = Arc::clone(&state.audit);
    let first = audit.list(&caller, &question).await?;
    let (chunks, lines) = mpsc::channel(1);
    let answer = HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, NDJSON))
        .body(Lines {
            chunks: lines,
            ended: head_alone,
        });
    if head_alone {
        return Ok(answer);
    }
    let export = Export {
        audit,
        caller,
        question,
        chunks,
        pace: state.exports.pace,
    };
    let writing = async move {
        let _place = place;
        export.run(first).await;
    };
    rt::spawn(writing.instrument(Span::current()));
    Ok(answer)
}

/// What is handed from the reading of entries to the answer.
enum Chunk {
    Lines(Bytes),
    /// All of them were handed over.
    End,
}

/// Why an export is broken off.
enum BrokenOff {
    /// The client is gone, or reads too slowly.
    Unread(&'static str),
    Unreadable(ApiError),
}

struct Export {
    audit: Arc<AuditService>,
    caller: Caller,
    question: ListAudit,
    chunks: mpsc::Sender<Chunk>,
    pace: Pace,
}

impl Export {
    async fn run(mut self, first: AuditPage) {
        let mut entries = 0_u64;
        match self.hand_over(first, &mut entries).await {
            Ok(()) => tracing::info!(entries, "exported the audit log"),
            Err(BrokenOff::Unread(why)) => {
                tracing::info!(entries, why, "an export of the audit log was broken off");
            }
            Err(BrokenOff::Unreadable(error @ ApiError::Internal { .. })) => {
                tracing::error!(entries, %error, "an export of the audit log was broken off");
            }
            Err(BrokenOff::Unreadable(error)) => {
                tracing::warn!(entries, %error, "an export of the audit log was broken off");
            }
        }
    }

    async fn hand_over(&mut self, first: AuditPage, entries: &mut u64) -> Result<(), BrokenOff> {
        let mut page = first;
        loop {
            self.hand_over_page(&page).await?;
            *entries += u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
            let last = page.entries.last().map(AuditRecord::place);
            let Some(last) = last.filter(|_| page.more) else {
                return self.send(Chunk::End).await;
            };
            self.question.start = AuditStart::OlderThan(last);
            // Before the next one is read.
            drop(page);
            let next = self.audit.list(&self.caller, &self.question).await;
            page = next.map_err(|error| BrokenOff::Unreadable(error.into()))?;
        }
    }

    async fn hand_over_page(&mut self, page: &AuditPage) -> Result<(), BrokenOff> {
        let mut lines = BytesMut::with_capacity(CHUNK_BYTES);
        for entry in &page.entries {
            write_line(&mut lines, entry).map_err(BrokenOff::Unreadable)?;
            if lines.len() >= CHUNK_BYTES {
                self.send(Chunk::Lines(lines.split().freeze())).await?;
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.send(Chunk::Lines(lines.freeze())).await
    }

    /// Waits until the client has taken what was handed over before.
    async fn send(&mut self, chunk: Chunk) -> Result<(), BrokenOff> {
        let bytes = match &chunk {
            Chunk::Lines(lines) => lines.len(),
            Chunk::End => 0,
        };
        let (limit, began) = (self.pace.limit(bytes), Instant::now());
        match timeout(limit, self.chunks.send(chunk)).await {
            Ok(Ok(())) => {
                self.pace.took(limit, began.elapsed());
                Ok(())
            }
            Ok(Err(_)) => Err(BrokenOff::Unread("the client is gone")),
            Err(_) => Err(BrokenOff::Unread("the client reads too slowly")),
        }
    }
}

fn write_line(lines: &mut BytesMut, entry: &AuditRecord) -> Result<(), ApiError> {
    let body = EntryBody::try_from(entry)?;
    let written = serde_json::to_writer(Writer(lines), &body);
    written.map_err(|_| ApiError::Internal {
        reason: "an audit entry has no JSON form".to_owned(),
    })?;
    lines.extend_from_slice(b"\n");
    Ok(())
}

/// Writes to the end.
struct Writer<'a>(&'a mut BytesMut);

impl std::io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The body of the answer.
struct Lines {
    chunks: mpsc::Receiver<Chunk>,
    ended: bool,
}

/// The reading of entries stopped before their end. The connection is closed without the mark of an end, so that the client can tell.
#[derive(Debug, thiserror::Error)]
#[error("the export was broken off")]
struct Unfinished;

impl MessageBody for Lines {
    type Error = Unfinished;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Unfinished>>> {
        let lines = self.get_mut();
        if lines.ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(lines.chunks.poll_recv(context)) {
            Some(Chunk::Lines(bytes)) => Some(Ok(bytes)),
            Some(Chunk::End) => {
                lines.ended = true;
                None
            }
            None => Some(Err(Unfinished)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many chunks of 64 KiB a client gets that takes so many seconds for each, of at most a thousand.
    fn chunks(seconds: u64) -> usize {
        let mut pace = Pace::new(16 * 1024, Duration::from_secs(30));
        let time = Duration::from_secs(seconds);
        (0..1000)
            .take_while(|_| {
                let limit = pace.limit(CHUNK_BYTES);
                pace.took(limit, time);
                time <= limit
            })
            .count()
    }

    #[test]
    fn who_reads_slower_than_the_pace_is_ended_when_the_slack_is_used_up() {
        for (seconds, expected) in [(0, 1000), (4, 1000), (5, 30), (19, 2), (34, 1), (35, 0)] {
            assert_eq!(chunks(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn who_was_fast_has_no_more_slack_than_others() {
        let mut pace = Pace::new(16 * 1024, Duration::from_secs(30));
        for _ in 0..1000 {
            let limit = pace.limit(CHUNK_BYTES);
            pace.took(limit, Duration::ZERO);
        }
        assert_eq!(pace.limit(CHUNK_BYTES), Duration::from_secs(34));
    }
}
