use actix_web::test::TestRequest;

use super::*;

#[test]
fn the_first_preference_for_handling_counts() {
    for (values, strict) in [
        (&["handling=strict"][..], true),
        (&["Handling = \"Strict\" ; x=y"], true),
        (&["respond-async, wait=10, handling=strict"], true),
        (&["return=minimal", "handling=strict"], true),
        (&["handling=strict", "handling=lenient"], true),
        (&["handling=lenient, handling=strict"], false),
        (&["handling=lenient"], false),
        (&["strict", "handling"], false),
        (&[], false),
    ] {
        let request = values
            .iter()
            .fold(TestRequest::default(), |request, value| request.append_header((PREFER, *value)));
        let request = request.to_http_request();
        assert_eq!(prefers_strict(request.headers()), strict, "{values:?}");
    }
}
