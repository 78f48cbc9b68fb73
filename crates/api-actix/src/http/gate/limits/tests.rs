use super::*;

#[test]
fn unsafe_methods_are_writes() {
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
        assert_eq!(kind_of(&method), RequestKind::Read, "{method}");
    }
    let odd = Method::from_bytes(b"PURGE").unwrap();
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, odd] {
        assert_eq!(kind_of(&method), RequestKind::Write, "{method}");
    }
}
