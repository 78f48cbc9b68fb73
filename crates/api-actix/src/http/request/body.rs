//! Reads request bodies: media type, size and bytes.

use std::future::poll_fn;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::thread::available_parallelism;

use actix_web::body::{BodyStream, MessageBody as _};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::{HttpMessage as _, HttpRequest, web};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::fields::Fields;
use super::ignored::Ignored;
use super::json::{Item, Members, read_items as read_json_items, read_object};
use crate::http::connections::while_client_sends;
use crate::http::error::{ApiError, Malformed};
use crate::http::memory::Reserved;

/// RFC 8259.
pub(crate) const JSON: &str = "application/json";
/// RFC 7396.
pub(crate) const MERGE_PATCH_JSON: &str = "application/merge-patch+json";

/// The largest body that the worker thread parses itself, in less than a millisecond.
const MAX_BYTES_ON_THE_WORKER: usize = 32 * 1024;

/// The largest body that needs no memory reservation.
const MAX_SMALL_BYTES: usize = 16 * 1024;

/// Limits how many large bodies are parsed at once: half of the cores, as the server's threads need the others.
pub(crate) struct Readers(Semaphore);

impl Default for Readers {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self(Semaphore::new((cores / 2).max(1)))
    }
}

/// The deepest nesting of a body, including the body itself. Metadata has up to 16 levels, and a detail that a client
/// sends back contains comments with metadata. Other bodies need less, but unknown members must be ignored, not rejected.
const MAX_DEPTH: usize = 32;

/// A JSON object and its media type.
#[derive(Clone)]
pub(crate) struct ReadBody {
    /// One of the media types that the route accepts.
    pub(crate) media_type: &'static str,
    /// The members of the object.
    pub(crate) members: Members,
    /// The text of the body.
    pub(crate) bytes: web::Bytes,
    /// The query parameters and members that were not read.
    pub(crate) ignored: Ignored,
}

impl ReadBody {
    /// The members, to be read.
    pub(crate) fn fields(&mut self) -> Fields<'_> {
        Fields::new(std::mem::take(&mut self.members), &mut self.ignored)
    }
}

/// Reads a JSON object of at most `max_bytes` of an operation without query parameters. Type and size are checked before
/// the first byte is read.
pub(crate) async fn read_body(
    request: &HttpRequest,
    payload: web::Payload,
    media_types: &'static [&'static str],
    max_bytes: usize,
) -> Result<ReadBody, ApiError> {
    let media_type = supported(request.headers(), media_types)?;
    let bytes = read_bytes(request, payload, max_bytes).await?;
    let text = bytes.clone();
    let members = parse_off_worker(request, &bytes, move || read_object(&text, MAX_DEPTH)).await?;
    Ok(ReadBody { media_type, members, bytes, ignored: Ignored::query(request)? })
}

/// Reads a JSON object or an array of at most `max_items` objects, with the checks of [`read_body`], and returns the
/// result of `read` on the items.
pub(crate) async fn read_items<T: Send + 'static>(
    request: &HttpRequest,
    payload: web::Payload,
    max_bytes: usize,
    max_items: usize,
    read: impl FnOnce(Vec<Item>) -> T + Send + 'static,
) -> Result<T, ApiError> {
    supported(request.headers(), &[JSON])?;
    let bytes = read_bytes(request, payload, max_bytes).await?;
    let text = bytes.clone();
    let items = move || read_json_items(&text, MAX_DEPTH, max_items).map(read);
    parse_off_worker(request, &bytes, items).await
}

/// As [`read_body`] for JSON; an empty body has no members.
pub(crate) async fn read_optional_body(
    request: &HttpRequest,
    payload: web::Payload,
    max_bytes: usize,
) -> Result<ReadBody, ApiError> {
    let bytes = read_bytes(request, payload, max_bytes).await?;
    let mut members = Members::new();
    if !bytes.is_empty() {
        supported(request.headers(), &[JSON])?;
        let text = bytes.clone();
        members = parse_off_worker(request, &bytes, move || read_object(&text, MAX_DEPTH)).await?;
    }
    Ok(ReadBody { media_type: JSON, members, bytes, ignored: Ignored::query(request)? })
}

async fn parse_off_worker<T: Send + 'static>(
    request: &HttpRequest,
    body: &web::Bytes,
    read: impl FnOnce() -> Result<T, Malformed> + Send + 'static,
) -> Result<T, ApiError> {
    Ok(on_reader_thread(request, body.len(), read).await??)
}

/// Parses a large body on another thread: a worker that parses cannot serve its other requests.
pub(crate) async fn on_reader_thread<T: Send + 'static>(
    request: &HttpRequest,
    body_bytes: usize,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    if body_bytes <= MAX_BYTES_ON_THE_WORKER {
        return Ok(read());
    }
    let ended_early =
        || ApiError::Internal { reason: "the parsing of a body ended early".to_owned() };
    let readers = request.app_data::<web::Data<Readers>>();
    let readers = Arc::clone(readers.ok_or_else(ended_early)?);
    let turn = readers.0.acquire().await.map_err(|_| ended_early())?;
    let reading = web::block(read).await.map_err(|_| ended_early());
    drop(turn);
    reading
}

async fn read_bytes(
    request: &HttpRequest,
    payload: web::Payload,
    max_bytes: usize,
) -> Result<web::Bytes, ApiError> {
    let too_large = || ApiError::PayloadTooLarge { max_bytes };
    if announced_bytes(request.headers()).is_some_and(|bytes| bytes > max_bytes) {
        return Err(too_large());
    }
    let announced = announced_bytes(request.headers()).unwrap_or_default();
    let room = request.extensions_mut().remove::<BodyRoom>();
    let mut room = room.unwrap_or_default();
    room.grow_to(announced).await?;
    let mut chunks = BodyStream::new(payload);
    let reading = async {
        let mut body = web::BytesMut::with_capacity(announced);
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut chunks).poll_next(context)).await {
            let chunk = chunk.map_err(|_| Malformed::Incomplete)?;
            let bytes = body.len() + chunk.len();
            if bytes > max_bytes {
                return Err(too_large());
            }
            if bytes > body.capacity() {
                room.grow_to(2 * bytes).await?;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    let reading = while_client_sends(request, reading);
    let deadline = request.extensions().get::<BodyDeadline>().copied();
    let arrived = match deadline {
        Some(BodyDeadline(deadline)) => timeout_at(deadline, reading).await,
        None => Ok(reading.await),
    };
    let body = arrived.map_err(|_| ApiError::RequestTimeout)??;
    request.extensions_mut().insert(room);
    Ok(body)
}

/// By when the body must have arrived, as a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BodyDeadline(pub(crate) Instant);

/// The memory reservation of a request body, held until the response is sent.
#[derive(Default)]
pub(crate) struct BodyRoom(pub(crate) Option<Reserved>);

impl BodyRoom {
    /// Waits until `bytes` are reserved. Small bodies need no reservation.
    async fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        match &mut self.0 {
            Some(reserved) if bytes > MAX_SMALL_BYTES => reserved.grow_to(bytes).await,
            _ => Ok(()),
        }
    }
}

fn supported(
    headers: &HeaderMap,
    supported: &'static [&'static str],
) -> Result<&'static str, ApiError> {
    media_type(headers, supported).ok_or(ApiError::UnsupportedMediaType { supported })
}

/// The supported type of the body; `None` for encoded bodies and for charsets other than UTF-8.
fn media_type(headers: &HeaderMap, supported: &[&'static str]) -> Option<&'static str> {
    let identity = |value: &str| value.eq_ignore_ascii_case("identity");
    if headers.get_all(CONTENT_ENCODING).any(|value| !value.to_str().is_ok_and(identity)) {
        return None;
    }
    let mut values = headers.get_all(CONTENT_TYPE);
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else {
        return None;
    };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next()?;
    let utf_8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let charset = value.trim().trim_matches('"');
            charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    };
    if !parts.all(utf_8) {
        return None;
    }
    supported.iter().find(|media_type| media_type.eq_ignore_ascii_case(essence)).copied()
}

fn announced_bytes(headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    // The framework has checked that these are digits; a number that does not fit exceeds every limit.
    Some(value.trim().parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests;
