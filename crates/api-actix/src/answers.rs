//! Answers on their way to clients. Owns how much memory they take: what a client does not read is held, so each answer has a
//! place from before it is made until it is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use users_domain::model::ApiKey;

use crate::error::ApiError;
use crate::routes::Route;
use crate::shares::Shares;

/// How long a request waits for a place.
const WAIT: Duration = Duration::from_secs(2);

/// A body is handed to its connection in pieces of this size; each is copied there.
const PIECE_BYTES: usize = 16 * 1024;

/// Where a page of a list ends.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A user by itself.
const MAX_DETAIL_BYTES: usize = 256 * 1024;

impl Route {
    /// The largest answers that it commonly has, in bytes.
    pub(crate) const fn answer_bytes(&self) -> usize {
        match self.path.as_bytes() {
            b"/v3/users/"
            | b"/v3/users/deleted/"
            | b"/v3/users/{vendor_data}/activity/"
            | b"/v3/audit-log/" => MAX_PAGE_BYTES,
            _ => MAX_DETAIL_BYTES,
        }
    }
}

/// The bytes that answers may take at once: all of them together, those of one application half of it, and those of one key
/// a quarter.
pub(crate) struct AnswerMemory {
    all: Arc<Semaphore>,
    bytes: usize,
    shares: Shares,
}

impl AnswerMemory {
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(bytes)),
            bytes,
            shares: Shares::default(),
        }
    }

    /// Waits for so many bytes, or for all that a key may have.
    pub(crate) async fn reserve(&self, key: &ApiKey, bytes: usize) -> Result<Reserved, ApiError> {
        let (most_of_key, most_of_application) = (self.bytes / 4, self.bytes / 2);
        let bytes = u32::try_from(bytes.min(most_of_key)).unwrap_or(u32::MAX);
        // In the same order by every request.
        let places = [
            self.shares.of(key.id.uuid(), most_of_key),
            self.shares.of(key.application.uuid(), most_of_application),
            Arc::clone(&self.all),
        ];
        let reserving = async {
            let mut permits = Vec::with_capacity(places.len());
            for place in places {
                permits.push(place.acquire_many_owned(bytes).await?);
            }
            Ok::<_, AcquireError>(Reserved(permits))
        };
        match timeout(WAIT, reserving).await {
            Ok(reserved) => reserved.map_err(|error| unavailable(&error)),
            Err(_) => Err(unavailable(
                &"answers that are not read take all the memory there is",
            )),
        }
    }
}

fn unavailable(reason: &dyn std::fmt::Display) -> ApiError {
    ApiError::Unavailable {
        reason: reason.to_string(),
    }
}

/// Bytes that an answer may take. They are free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Reserved(Vec<OwnedSemaphorePermit>);

impl Reserved {
    /// Gives back what is not needed.
    fn shrink_to(&mut self, bytes: usize) {
        for permit in &mut self.0 {
            let spare = permit.num_permits().saturating_sub(bytes);
            drop(permit.split(spare));
        }
    }
}

/// The body in pieces, holding its place until the last of them is taken. What is small, or made while it is read, needs
/// none.
pub(crate) fn in_pieces(body: BoxBody, mut reserved: Option<Reserved>) -> BoxBody {
    if !matches!(body.size(), BodySize::Sized(bytes) if bytes > PIECE_BYTES as u64) {
        return body;
    }
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

    const MIB: usize = 1024 * 1024;

    fn keys<const N: usize>() -> [ApiKey; N] {
        let application = an_application();
        [(); N].map(|()| a_key(&application, KeyKind::Role(Role::Reader)).0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_has_a_quarter_and_an_application_half() {
        let memory = AnswerMemory::new(16 * MIB);
        let [first, second, third] = keys();
        let [stranger, other] = keys();
        let held = memory.reserve(&first, 4 * MIB).await.unwrap();
        for (key, bytes, admitted) in [
            (&first, 1, false),
            (&second, 3 * MIB, true),
            (&second, 9 * MIB, true),
            (&third, 4 * MIB, true),
            (&stranger, 4 * MIB, true),
        ] {
            assert_eq!(
                memory.reserve(key, bytes).await.is_ok(),
                admitted,
                "{bytes}"
            );
        }
        let of_second = memory.reserve(&second, 4 * MIB).await.unwrap();
        assert!(memory.reserve(&third, 1).await.is_err());
        let strangers = memory.reserve(&stranger, 4 * MIB).await.unwrap();
        let all = memory.reserve(&other, 4 * MIB).await.unwrap();
        let [anybody] = keys();
        assert!(memory.reserve(&anybody, 1).await.is_err());
        drop((held, of_second, strangers, all));
        assert!(memory.reserve(&anybody, 4 * MIB).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_a_place_that_becomes_free() {
        let memory = AnswerMemory::new(4 * MIB);
        let [key] = keys();
        let held = memory.reserve(&key, MIB).await.unwrap();
        let freeing = async {
            tokio::time::sleep(WAIT / 2).await;
            drop(held);
        };
        let (waited, ()) = tokio::join!(memory.reserve(&key, MIB), freeing);
        assert!(waited.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_holds_as_much_as_it_is_long_until_it_is_dropped() {
        let memory = AnswerMemory::new(4 * MIB);
        let [key] = keys();
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
        let reserved = memory.reserve(&key, MIB).await.unwrap();
        let small = in_pieces(BoxBody::new("small"), Some(reserved));
        assert!(memory.reserve(&key, MIB).await.is_ok());
        assert_eq!(small.try_into_bytes().unwrap(), "small");
    }
}
