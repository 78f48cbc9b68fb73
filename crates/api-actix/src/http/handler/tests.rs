use super::*;

#[actix_web::test]
async fn a_panic_is_an_internal_error() {
    let answer =
        until(Instant::now() + Duration::from_mins(1), Box::pin(async { panic!("boom") })).await;
    assert!(matches!(answer, Err(ApiError::Internal { .. })));
}

#[actix_web::test]
async fn a_hanging_handler_times_out() {
    let answer = until(Instant::now(), Box::pin(std::future::pending())).await;
    assert!(matches!(answer, Err(ApiError::Unavailable { .. })));
}
