use super::*;

fn network(text: &str) -> Network {
    Network::parse(text).unwrap()
}

#[test]
fn networks_are_read_and_shown_in_one_form() {
    for (text, shown) in [
        ("192.0.2.7", "192.0.2.7/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
        ("::/0", "::/0"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
    ] {
        assert_eq!(network(text).to_string(), shown);
        assert_eq!(network(shown), network(text));
    }
}

#[test]
fn an_invalid_network_is_rejected() {
    for text in [
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0.0/999",
        "10.1.2.3/8",
        "010.0.0.0/8",
        "::1/64",
        "::ffff:10.1.2.3/104",
        "::ffff:0:0/95",
        "fe80::1%eth0",
        "10.0.0",
        "localhost",
        " 10.0.0.0/8",
    ] {
        assert_eq!(Network::parse(text), Err(InvalidValue::NotANetwork), "{text}");
    }
}

#[test]
fn an_address_is_matched_by_the_bits_of_the_prefix() {
    for (text, inside, outside) in [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
        ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.0"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
        ("::/0", "2001:db8::1", "192.0.2.1"),
    ] {
        assert!(network(text).contains(inside.parse().unwrap()), "{text}");
        assert!(!network(text).contains(outside.parse().unwrap()), "{text}");
    }
}

#[test]
fn an_empty_list_admits_any_address() {
    let address = |text: &str| Some(text.parse().unwrap());
    assert!(AllowedNetworks::default().admits(None));
    assert!(AllowedNetworks::default().admits(address("192.0.2.1")));
    let allowed = AllowedNetworks::new([network("192.0.2.0/24"), network("::1")]).unwrap();
    assert!(allowed.admits(address("192.0.2.9")));
    assert!(allowed.admits(address("::1")));
    assert!(!allowed.admits(address("198.51.100.1")));
    assert!(!allowed.admits(None));
}

#[test]
fn a_list_is_deduplicated_and_limited() {
    let of = |count: u8| (0..count).map(|last| network(&format!("192.0.2.{last}")));
    let twice = AllowedNetworks::new(of(50).chain(of(50))).unwrap();
    assert_eq!(twice.networks().len(), AllowedNetworks::MAX);
    let most = AllowedNetworks::MAX;
    assert_eq!(AllowedNetworks::new(of(51)), Err(InvalidValue::TooMany { max: most }));
}
