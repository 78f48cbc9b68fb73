//! Tags of users.

use users_domain::model::UserKey;
use users_domain::rules::{CreateUser, Patch, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, by_name, tag};

/// The first use of a tag creates it; later users share it. Names are matched exactly, applications have separate tags,
/// and a tag is not deleted when its last user loses it.
pub async fn tags_are_created_on_first_use_and_shared(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let tagged = |name: &str, tags: &[&str]| CreateUser {
        tags: tags.iter().copied().map(tag).collect(),
        ..a_user(name)
    };
    let retag = |name: &str, tags: &[&str]| {
        let tags = Patch::Set(tags.iter().copied().map(tag).collect());
        let command = UpdateUser { tags, ..UpdateUser::default() };
        tenant.update(by_name(name), command)
    };

    tenant.has(tagged("ada", &["vip", "é", "VIP"])).await;
    let first = tenant.tag_on(&by_name("ada"), "vip").await.expect("the tag");
    tenant.has(tagged("bob", &["new", "vip"])).await;
    assert_eq!(tenant.tag_on(&by_name("bob"), "vip").await.as_ref(), Some(&first));

    let swap = vec![retag("ada", &["new", "é"]), retag("bob", &[])];
    for answer in tenant.commit(swap).await {
        assert!(answer.expect("no refusal").changed);
    }
    assert_eq!(tenant.tag_on(&by_name("ada"), "vip").await, None);
    tenant.has(tagged("eve", &["vip"])).await;
    assert_eq!(tenant.tag_on(&by_name("eve"), "vip").await.as_ref(), Some(&first));
    tenant.assert_stored_as_decided().await;

    let both =
        vec![tenant.create(tagged("x", &["shared"])), tenant.create(tagged("y", &["shared"]))];
    assert!(tenant.commit(both).await.iter().all(Result::is_ok));
    let on = async |name: &str| tenant.tag_on(&by_name(name), "shared").await;
    assert_eq!(on("x").await, on("y").await);
    tenant.assert_stored_as_decided().await;

    let elsewhere = Tenant::of(subject).await;
    elsewhere.clock.advance(5_000_000);
    elsewhere.has(tagged("ada", &["vip"])).await;
    let theirs = elsewhere.tag_on(&by_name("ada"), "vip").await.expect("the tag");
    assert_ne!(theirs.id(), first.id());
    assert_ne!(theirs.created_at, first.created_at);

    let ada = tenant.find(&by_name("ada")).await.expect("ada").record;
    tenant.write(tenant.delete(UserKey::Id(ada.id))).await.expect("a deletion");
    tenant.has(tagged("ada", &["é"])).await;
    let unused = tenant.tag_on(&by_name("ada"), "é").await.expect("the tag");
    assert_eq!(unused.created_at, ada.created_at, "a tag is not deleted with its users");
    tenant.assert_stored_as_decided().await;
}
