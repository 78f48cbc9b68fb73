use super::*;

#[test]
fn sort_keys_of_names_have_a_maximum_length() {
    let key = |name: &str| name_key(&DisplayName::parse(name).unwrap());
    assert_eq!(key("Ünal"), "unal");
    let longest = key(&"\u{fdfa}".repeat(255));
    assert!(longest.len() <= MAX_NAME_KEY_BYTES && longest.len() > MAX_NAME_KEY_BYTES - 4);
}
