use super::*;

fn json(text: &str) -> Json {
    Json::String(text.to_owned())
}

/// Cases of RFC 7396 appendix A that are objects.
#[test]
fn merging_follows_rfc_7396() {
    let object = |members: &[(&str, Json)]| -> JsonObject {
        members.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    };
    let nested = |members| Json::Object(object(members));
    let cases = [
        (object(&[("a", json("b"))]), object(&[("a", json("c"))]), object(&[("a", json("c"))])),
        (object(&[("a", json("b"))]), object(&[("a", Json::Null)]), object(&[])),
        (
            object(&[("a", nested(&[("b", json("c"))]))]),
            object(&[("a", nested(&[("b", json("d")), ("c", Json::Null)]))]),
            object(&[("a", nested(&[("b", json("d"))]))]),
        ),
        (
            object(&[("a", json("b"))]),
            object(&[("a", Json::Array(vec![]))]),
            object(&[("a", Json::Array(vec![]))]),
        ),
        (
            object(&[]),
            object(&[("a", nested(&[("bb", nested(&[("ccc", Json::Null)]))]))]),
            object(&[("a", nested(&[("bb", nested(&[]))]))]),
        ),
    ];
    for (target, patch, result) in cases {
        assert_eq!(merged(&target, &patch), result);
    }
}
