use serde_json::json;

use super::*;

fn written(json: bool, write: impl Fn(&mut Answer<'_>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut Answer::new(&mut out, json)).unwrap();
    String::from_utf8(out).unwrap()
}

fn row() -> Record {
    vec![("id", json!("k1")), ("at", json!(null)), ("ips", json!(["::1", "10.0.0.0/8"]))]
}

#[test]
fn text_and_json_hold_the_same_values() {
    let table = |answer: &mut Answer<'_>| answer.table(&["id", "at", "ips"], [row()]);
    assert_eq!(written(false, table), "id\tat\tips\nk1\t-\t::1,10.0.0.0/8\n");
    assert_eq!(
        written(true, table),
        "{\"at\":null,\"id\":\"k1\",\"ips\":[\"::1\",\"10.0.0.0/8\"]}\n"
    );
    assert_eq!(written(false, |answer| answer.pairs(row())), "id=k1 at=- ips=::1,10.0.0.0/8\n");
}
