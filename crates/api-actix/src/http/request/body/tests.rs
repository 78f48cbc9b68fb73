use actix_web::FromRequest as _;
use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;

use super::*;

#[test]
fn only_json_in_utf_8_is_read() {
    let read = |value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
        media_type(&headers, &[JSON, MERGE_PATCH_JSON])
    };
    assert_eq!(read("application/json"), Some(JSON));
    assert_eq!(read("Application/JSON; charset=\"UTF-8\""), Some(JSON));
    assert_eq!(read("application/merge-patch+json"), Some(MERGE_PATCH_JSON));
    for value in [
        "",
        "text/plain",
        "application/jsonp",
        "application/json; charset=latin1",
        "application/x-www-form-urlencoded",
    ] {
        assert_eq!(read(value), None, "{value}");
    }
}

#[actix_web::test]
async fn only_small_bodies_are_parsed_on_the_worker() {
    let here = std::thread::current().id();
    for (bytes, stays) in [(MAX_BYTES_ON_THE_WORKER, true), (MAX_BYTES_ON_THE_WORKER + 1, false)] {
        let body = [b"[]".to_vec(), vec![b' '; bytes - 2]].concat();
        let request = TestRequest::default().insert_header((CONTENT_TYPE, JSON));
        let request = request.app_data(web::Data::new(Readers::default()));
        let (request, mut payload) = request.set_payload(body).to_http_parts();
        let payload = web::Payload::from_request(&request, &mut payload).await;
        let read = |_| std::thread::current().id();
        let there = read_items(&request, payload.unwrap(), bytes, 1, read).await;
        assert_eq!(there.unwrap() == here, stays, "{bytes}");
    }
}

#[test]
fn an_encoded_body_is_not_read() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    assert_eq!(media_type(&headers, &[JSON]), None);
}
