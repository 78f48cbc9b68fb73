use testkit::{a_key, an_application};
use users_domain::model::{KeyKind, Role};

use super::*;

const MIB: usize = 1024 * 1024;

fn keys<const N: usize>() -> [ApiKey; N] {
    let application = an_application();
    [(); N].map(|()| a_key(&application, KeyKind::Role(Role::Reader)).0)
}

#[tokio::test(start_paused = true)]
async fn a_key_has_a_quarter_and_an_application_half() {
    let memory = Memory::new(16 * MIB, "answers");
    let [first, second, third] = keys();
    let [foreign, other] = keys();
    let held = memory.reserve(&first, 4 * MIB).await.unwrap();
    for (key, bytes, admitted) in [
        (&first, 1, false),
        (&second, 3 * MIB, true),
        (&second, 9 * MIB, true),
        (&third, 4 * MIB, true),
        (&foreign, 4 * MIB, true),
    ] {
        assert_eq!(memory.reserve(key, bytes).await.is_ok(), admitted, "{bytes}");
    }
    let of_second = memory.reserve(&second, 4 * MIB).await.unwrap();
    assert!(memory.reserve(&third, 1).await.is_err());
    let of_foreign = memory.reserve(&foreign, 4 * MIB).await.unwrap();
    let all = memory.reserve(&other, 4 * MIB).await.unwrap();
    let [late] = keys();
    assert!(memory.reserve(&late, 1).await.is_err());
    drop((held, of_second, of_foreign, all));
    assert!(memory.reserve(&late, 4 * MIB).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_memory_that_is_released() {
    let memory = Memory::new(4 * MIB, "answers");
    let [key] = keys();
    let held = memory.reserve(&key, MIB).await.unwrap();
    let freeing = async {
        tokio::time::sleep(WAIT / 2).await;
        drop(held);
    };
    let (waited, ()) = tokio::join!(memory.reserve(&key, MIB), freeing);
    assert!(waited.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reservation_grows_within_the_limit() {
    let memory = Memory::new(4 * MIB, "answers");
    let [key] = keys();
    let mut small = memory.reserve(&key, 0).await.unwrap();
    let held = memory.reserve(&key, MIB / 2).await.unwrap();
    assert!(small.grow_to(MIB / 2 + 1).await.is_err());
    small.grow_to(MIB / 2).await.unwrap();
    assert!(memory.reserve(&key, 1).await.is_err());
    drop(held);
    small.grow_to(2 * MIB).await.unwrap();
    assert!(memory.reserve(&key, 1).await.is_err());
    drop(small);
    assert!(memory.reserve(&key, MIB).await.is_ok());
}
