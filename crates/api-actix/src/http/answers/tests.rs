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
