use adapter_webhooks::KeyRingVault;
use key_ring::{KeyRing, Purpose, Secret};
use users_domain::model::DestinationId;
use users_domain::model::webhooks::{SealedSecret, WebhookSecret};
use users_domain::ports::{SecretVault as _, VaultError};

const SECRET: [u8; 32] = *b"thirty-two bytes, that are known";

fn owner(number: u8) -> DestinationId {
    DestinationId::parse(&format!("f4e5e1f2-94a9-7f86-8c16-2b7d9b4db4{number:02x}")).unwrap()
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes(SECRET)
}

#[test]
fn a_sealed_secret_opens_for_its_destination_only() {
    let vault = KeyRingVault::new(KeyRing::new(Secret::generate().unwrap(), Vec::new()));
    let sealed = vault.seal(&secret(), owner(1)).unwrap();
    assert_eq!(vault.open(&sealed, owner(1)), Ok(secret()));
    assert_eq!(vault.open(&sealed, owner(2)), Err(VaultError::NotOurs));
    assert!(!sealed.as_bytes().windows(32).any(|part| part == SECRET));
}

#[test]
fn after_a_rotation_old_secrets_open_but_are_not_current() {
    let (old, new) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let before = KeyRingVault::new(KeyRing::new(old.clone(), Vec::new()));
    let after = KeyRingVault::new(KeyRing::new(new.clone(), vec![old]));
    let forgotten = KeyRingVault::new(KeyRing::new(new, Vec::new()));
    let sealed = before.seal(&secret(), owner(1)).unwrap();
    assert!(before.is_current(&sealed));
    assert!(!after.is_current(&sealed));
    assert_eq!(after.open(&sealed, owner(1)), Ok(secret()));
    assert_eq!(forgotten.open(&sealed, owner(1)), Err(VaultError::NotOurs));

    let anew = after.seal(&secret(), owner(1)).unwrap();
    assert!(after.is_current(&anew));
    assert_eq!(forgotten.open(&anew, owner(1)), Ok(secret()));
    assert_eq!(before.open(&anew, owner(1)), Err(VaultError::NotOurs));
}

#[test]
fn other_values_sealed_with_the_ring_do_not_open() {
    let ring = KeyRing::new(Secret::generate().unwrap(), Vec::new());
    let vault = KeyRingVault::new(ring.clone());
    let bound_to = [&b"webhook-secret/v1/"[..], owner(1).uuid().as_bytes()].concat();
    let sealed = |purpose, plaintext: &[u8], data: &[u8]| {
        SealedSecret::from_bytes(ring.seal(purpose, plaintext, data).unwrap())
    };
    let ours = sealed(Purpose::Sealing, &SECRET, &bound_to);
    assert_eq!(vault.open(&ours, owner(1)), Ok(secret()));
    for other in [
        sealed(Purpose::Cursor, &SECRET, &bound_to),
        sealed(Purpose::Sealing, &SECRET, owner(1).uuid().as_bytes()),
        sealed(Purpose::Sealing, &SECRET[..31], &bound_to),
        sealed(Purpose::Sealing, &[&SECRET[..], b"x"].concat(), &bound_to),
    ] {
        assert_eq!(vault.open(&other, owner(1)), Err(VaultError::NotOurs));
    }
}
