use super::*;

#[test]
fn only_semaphores_in_use_are_stored() {
    let shares = Shares::default();
    let taken = shares.of(Uuid::nil(), 1).try_acquire_owned().unwrap();
    for number in 1..2 * MAX_KNOWN {
        shares.of(Uuid::from_u128(number as u128), 1);
    }
    assert!(shares.0.lock().unwrap().len() <= MAX_KNOWN);
    assert!(shares.of(Uuid::nil(), 1).try_acquire_owned().is_err());
    drop(taken);
    assert!(shares.of(Uuid::nil(), 1).try_acquire_owned().is_ok());
}
