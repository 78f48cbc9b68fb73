//! Files that are the same for every client: those of the interactive page, and the OpenAPI document.

use std::future::poll_fn;
use std::io::Read as _;
use std::pin::pin;

use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::read_body;
use flate2::read::GzDecoder;

use crate::support::Api;

const FILES: [&str; 3] = ["/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/openapi.json"];

async fn get(api: &Api, uri: &str, header: (&str, &str)) -> (StatusCode, HeaderMap, Vec<u8>) {
    let call = api.anonymous("GET", uri).header(header.0, header.1);
    let response = call.response().await;
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, read_body(response).await.to_vec())
}

#[actix_web::test]
async fn a_file_is_compressed_for_clients_that_accept_gzip_and_has_a_tag_per_form() {
    let api = Api::new().await;
    for uri in FILES {
        let (_, plain_headers, plain) = get(&api, uri, ("accept-encoding", "identity")).await;
        assert!(!plain_headers.contains_key("content-encoding"));
        let (status, headers, packed) = get(&api, uri, ("accept-encoding", "br, gzip")).await;
        assert_eq!(status, 200);
        assert_eq!(headers.get("content-encoding").unwrap(), "gzip", "{uri}");
        assert_eq!(headers.get("vary").unwrap(), "accept-encoding");
        let mut unpacked = Vec::new();
        GzDecoder::new(&*packed).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain && packed.len() < plain.len(), "{uri}");
        let (_, default, _) = get(&api, uri, ("accept", "*/*")).await;
        assert!(!default.contains_key("content-encoding"));

        let tag = |headers: &HeaderMap| headers.get("etag").unwrap().to_str().unwrap().to_owned();
        let tags = [tag(&plain_headers), tag(&headers)];
        assert_ne!(tags[0], tags[1]);
        let (status, headers, body) = get(&api, uri, ("if-none-match", &tags[0])).await;
        assert_eq!((status.as_u16(), body.len()), (304, 0), "{uri}");
        assert_eq!(tag(&headers), tags[0]);
        assert_eq!(get(&api, uri, ("if-none-match", &tags[1])).await.0, 200);
    }
}

#[actix_web::test]
async fn responses_share_the_bytes_of_a_file() {
    let api = Api::new().await;
    for uri in FILES {
        let mut places = Vec::new();
        for _ in 0..2 {
            let response = api.anonymous("GET", uri).response().await;
            let mut body = pin!(response.into_body());
            let piece = poll_fn(|context| body.as_mut().poll_next(context)).await;
            places.push(piece.unwrap().ok().unwrap().as_ptr());
        }
        assert_eq!(places[0], places[1], "{uri}");
    }
}
