//! Exports the audit log as lines of JSON, with a limit on concurrent exports.
//!
//! Reads entries page by page, each after the client has read the previous one. A slow client thus holds no store
//! connection and no transaction, only one page of memory and its place among the exports, which it loses below the
//! lowest rate. An export that cannot be completed is aborted, so that the client cannot mistake it for a complete one.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, rt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span};
use users_domain::model::{
    ApplicationId, AuditPage, AuditRecord, AuditStart, Caller, ListAudit, PageSize,
};
use users_domain::service::AuditService;

use super::bodies::EntryBody;
use crate::http::error::ApiError;
use crate::http::handler::HandlerResult;
use crate::http::shares::Shares;

/// Newline-delimited JSON.
pub(super) const NDJSON: &str = "application/x-ndjson";

/// The entries of one read. The size of their details is limited too (`AuditPage::MAX_DETAIL_BYTES`).
pub(super) const PAGE: PageSize = PageSize::LARGEST;

/// The approximate bytes of a chunk; a single long entry may exceed it.
const CHUNK_BYTES: usize = 64 * 1024;

/// The limits on exports of this process.
pub(crate) struct Exports {
    places: Arc<Semaphore>,
    most_of_application: usize,
    shares: Shares,
    pace: Pace,
}

impl Exports {
    /// Allows `places` exports at once, half of them for one application. A client below `bytes_per_second` loses its
    /// place once it is `slack` behind.
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
            reason: "the limit of concurrent exports is reached".to_owned(),
        };
        let share = self.shares.of(application.uuid(), self.most_of_application);
        let share = share.try_acquire_owned().map_err(taken)?;
        let place = Arc::clone(&self.places).try_acquire_owned();
        Ok([share, place.map_err(taken)?])
    }
}

/// The lowest rate at which a client may read.
#[derive(Debug, Clone, Copy)]
struct Pace {
    bytes_per_second: f64,
    slack: Duration,
    /// The remaining slack.
    left: Duration,
}

impl Pace {
    fn new(bytes_per_second: u32, slack: Duration) -> Self {
        Self { bytes_per_second: f64::from(bytes_per_second.max(1)), slack, left: slack }
    }

    /// The time limit for reading `bytes` more.
    fn limit(&self, bytes: usize) -> Duration {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.left + Duration::from_secs_f64(f64::from(bytes) / self.bytes_per_second)
    }

    /// Records that reading took `time`. A fast client regains slack, up to the configured one.
    fn took(&mut self, limit: Duration, time: Duration) {
        self.left = limit.saturating_sub(time).min(self.slack);
    }
}

/// Exports everything that `question` matches. Errors before the first line are normal error responses. A HEAD request
/// reads only the first page.
pub(super) async fn export(
    exports: &Exports,
    audit: Arc<AuditService>,
    caller: Caller,
    question: ListAudit,
    head_alone: bool,
) -> HandlerResult {
    let place = exports.place(caller.application())?;
    let first = audit.list(&caller, &question).await?;
    let (chunks, lines) = mpsc::channel(1);
    let answer = HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, NDJSON))
        .body(Lines { chunks: lines, ended: head_alone });
    if head_alone {
        return Ok(answer);
    }
    let export = Export { audit, caller, question, chunks, pace: exports.pace };
    let writing = async move {
        let _place = place;
        export.run(first).await;
    };
    rt::spawn(writing.instrument(Span::current()));
    Ok(answer)
}

/// A message from the reader of entries to the response body.
enum Chunk {
    Lines(Bytes),
    /// All entries were sent.
    End,
}

/// Why an export is aborted.
enum Aborted {
    /// The client has disconnected or reads too slowly.
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
        match self.send_all(first, &mut entries).await {
            Ok(()) => tracing::info!(entries, "exported the audit log"),
            Err(Aborted::Unread(why)) => {
                tracing::info!(entries, why, "an export of the audit log was aborted");
            }
            Err(Aborted::Unreadable(error @ ApiError::Internal { .. })) => {
                tracing::error!(entries, %error, "an export of the audit log was aborted");
            }
            Err(Aborted::Unreadable(error)) => {
                tracing::warn!(entries, %error, "an export of the audit log was aborted");
            }
        }
    }

    async fn send_all(&mut self, first: AuditPage, entries: &mut u64) -> Result<(), Aborted> {
        let mut page = first;
        loop {
            self.send_page(&page).await?;
            *entries += u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
            let last = page.entries.last().map(AuditRecord::place);
            let Some(last) = last.filter(|_| page.more) else {
                return self.send(Chunk::End).await;
            };
            self.question.start = AuditStart::OlderThan(last);
            // Freed before the next page is read.
            drop(page);
            let next = self.audit.list(&self.caller, &self.question).await;
            page = next.map_err(|error| Aborted::Unreadable(error.into()))?;
        }
    }

    async fn send_page(&mut self, page: &AuditPage) -> Result<(), Aborted> {
        let mut lines = Vec::with_capacity(CHUNK_BYTES);
        for entry in &page.entries {
            write_line(&mut lines, entry).map_err(Aborted::Unreadable)?;
            if lines.len() >= CHUNK_BYTES {
                let full = std::mem::replace(&mut lines, Vec::with_capacity(CHUNK_BYTES));
                self.send(Chunk::Lines(full.into())).await?;
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        self.send(Chunk::Lines(lines.into())).await
    }

    /// Waits until the client has read the previous chunks.
    async fn send(&mut self, chunk: Chunk) -> Result<(), Aborted> {
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
            Ok(Err(_)) => Err(Aborted::Unread("the client has disconnected")),
            Err(_) => Err(Aborted::Unread("the client reads too slowly")),
        }
    }
}

fn write_line(lines: &mut Vec<u8>, entry: &AuditRecord) -> Result<(), ApiError> {
    let body = EntryBody::try_from(entry)?;
    serde_json::to_writer(&mut *lines, &body)
        .map_err(|_| ApiError::Internal { reason: "an audit entry has no JSON form".to_owned() })?;
    lines.push(b'\n');
    Ok(())
}

/// The response body.
struct Lines {
    chunks: mpsc::Receiver<Chunk>,
    ended: bool,
}

/// The export stopped before its end. The connection closes without the end of the body, so that the client notices.
#[derive(Debug, thiserror::Error)]
#[error("the export was aborted")]
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
mod tests;
