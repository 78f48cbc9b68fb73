use actix_web::http::header::HeaderValue;

use super::*;

#[test]
fn problem_details_are_sent_only_on_request() {
    let wanted = |accept: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Shape::wanted_by(&headers)
    };
    for accept in [
        "application/problem+json",
        "application/json, Application/Problem+JSON",
        "application/problem+json;q=0.5, */*",
        "application/json;q=0.8, application/problem+json; q=0.9",
    ] {
        assert_eq!(wanted(accept), Shape::ProblemDetails, "{accept}");
    }
    for accept in [
        "",
        "*/*",
        "application/*",
        "application/json",
        "application/problem+json;q=0",
        "application/problem+json;q=x",
        "application/json, application/problem+json;q=0.9",
    ] {
        assert_eq!(wanted(accept), Shape::Reference, "{accept}");
    }
    assert_eq!(Shape::wanted_by(&HeaderMap::new()), Shape::Reference);
}
