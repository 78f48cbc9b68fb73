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

/// The largest list page, in bytes.
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
    BoxBody::new(Pieces {
        rest,
        _reserved: reserved,
    })
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
mod tests {
    use std::future::poll_fn;

    use testkit::{a_key, an_application};
    use users_domain::model::{KeyKind, Role};

    use super::*;
    use crate::http::memory::Memory;

    const MIB: usize = 1024 * 1024;

    #[tokio::test(start_paused = true)]
    async fn a_body_reserves_its_length_until_it_is_dropped() {
        let memory = Memory::new(4 * MIB, "answers");
        let (key, _) = a_key(&an_application(), KeyKind::Role(Role::Reader));
        let reserved = memory.reserve(&key, MIB).await.unwrap();
        let text = Bytes::from(vec![b'x'; MIB / 2 + 1]);
        let mut body = Box::pin(in_pieces(BoxBody::new(text.clone()), Some(reserved)));
        assert_eq!(body.size(), BodySize::Sized(text.len() as u64));
        assert!(memory.reserve(&key, MIB / 2 - 1).await.is_ok());
        assert!(memory.reserve(&key, MIB / 2).await.is_err());
        let mut read = Vec::new();
        while let Some(piece) = poll_fn(|context| body.as_mut().poll_next(context)).await {
            let piece = piece.unwrap();
            assert!(piece.len() <= PIECE_BYTES);
            read.extend_from_slice(&piece);
        }
        assert_eq!(read, text);
        drop(body);
        assert!(memory.reserve(&key, MIB).await.is_ok());
    }
}
