use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::x509::X509Builder;

use super::*;

fn a_certificate() -> Vec<u8> {
    let key = PKey::generate_ed25519().unwrap();
    let mut certificate = X509Builder::new().unwrap();
    certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    certificate.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate.sign(&key, MessageDigest::null()).unwrap();
    certificate.build().to_pem().unwrap()
}

#[test]
fn only_files_with_a_certificate_count() {
    let directory = std::env::temp_dir().join(format!("users-roots-{}", std::process::id()));
    let file = directory.join("roots.pem");
    fs::create_dir_all(&directory).unwrap();
    let mut found = vec![
        holds_certificate([directory.join("absent.pem")]),
        holds_certificate([directory.clone()]),
    ];
    for content in [Vec::new(), b"no certificate".to_vec(), a_certificate()] {
        fs::write(&file, content).unwrap();
        found.push(holds_certificate([file.clone()]));
        found.push(holds_certificate([directory.clone()]));
    }
    fs::remove_dir_all(&directory).unwrap();
    assert_eq!(found, [false, false, false, false, false, false, true, true]);
}
