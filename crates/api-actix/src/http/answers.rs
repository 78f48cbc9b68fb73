//! Response bodies on their way to clients. Limits the memory that unread responses hold: a response above 16 KiB keeps
//! its reservation until it is sent, and a list page reserves before it is built.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::web::Bytes;

use crate::http::memory::Reserved;
use crate::http::route::Route;

/// A body is copied to its connection in pieces of this size, in bytes.
const PIECE_BYTES: usize = 16 * 1024;

const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Bytes reserved before the handler of the route runs: the page size for lists, zero for other routes.
pub(super) const fn answer_bytes(route: &Route) -> usize {
    if route.has_pages() { MAX_PAGE_BYTES } else { 0 }
}

/// Returns the response in pieces, which hold its memory reservation until the last piece is taken, or an error
/// response if the memory is not available. Small, streamed and static bodies need no reservation.
pub(crate) async fn with_reserved_memory(
    response: ServiceResponse<BoxBody>,
) -> ServiceResponse<BoxBody> {
    let bytes = match response.response().body().size() {
        BodySize::Sized(bytes) if bytes > PIECE_BYTES as u64 => bytes,
        _ => return response,
    };
    let mut reserved = response.request().extensions_mut().remove::<Reserved>();
    if let Some(reserved) = &mut reserved {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        if let Err(error) = reserved.grow_to(bytes).await {
            return response.error_response(error);
        }
    }
    response.map_body(|_, body| in_pieces(body, reserved))
}

fn in_pieces(body: BoxBody, mut reserved: Option<Reserved>) -> BoxBody {
    let rest = match body.try_into_bytes() {
        Ok(whole) => whole,
        Err(streamed) => return streamed,
    };
    if let Some(reserved) = &mut reserved {
        reserved.shrink_to(rest.len());
    }
    BoxBody::new(Pieces { rest, _reserved: reserved })
}

struct Pieces {
    rest: Bytes,
    _reserved: Option<Reserved>,
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let next = self.rest.len().min(PIECE_BYTES);
        let piece = (next > 0).then(|| self.rest.split_to(next));
        Poll::Ready(piece.map(Ok))
    }
}

#[cfg(test)]
mod tests;
