//! Tags are removed with the last user that has them, and only then.

use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use testkit::{Tenant, a_user, by_name, run, tag};
use users_domain::ports::Mutation;
use users_domain::rules::{CreateUser, Patch, UpdateUser};

use crate::purge::Purging;
use crate::sql::{connect, execute, until};

fn tagged(name: &str, tags: &[&str]) -> CreateUser {
    CreateUser { tags: tags.iter().copied().map(tag).collect(), ..a_user(name) }
}

fn retag(tenant: &Tenant, name: &str, tags: &[&str]) -> Mutation {
    let command = UpdateUser {
        tags: Patch::Set(tags.iter().copied().map(tag).collect()),
        ..UpdateUser::default()
    };
    tenant.update(by_name(name), command)
}

/// The names of the application's tags.
fn tags(purging: &Purging) -> Vec<String> {
    purging.scene.lines(&format!(
        "SELECT name AS line FROM tags WHERE application_id = '{}' ORDER BY 1",
        purging.tenant().id()
    ))
}

#[test]
fn a_purge_removes_tags_that_no_user_has_any_more() {
    run(async {
        let purging = Purging::new().await;
        let tenant = purging.tenant();
        let other = Tenant::of(&purging.scene.users).await;
        other.has(tagged("elsewhere", &["shared"])).await;
        let has = ["once", "mine", "taken on", "shared", "kept"];
        tenant.has(tagged("ada", &has)).await;
        tenant.has(tagged("bob", &["shared"])).await;
        tenant.has(tagged("cyd", &["kept", "unrelated"])).await;
        let moves = [("ada", &has[1..]), ("bob", &["taken on"])];
        for (name, tags) in moves {
            tenant.write(retag(tenant, name, tags)).await.unwrap();
        }
        purging.delete("ada").await;
        purging.delete("cyd").await;
        purging.scene.execute(
            "UPDATE users SET legal_hold_since = now(), legal_hold_reason = 'court' WHERE vendor_data = 'cyd'",
        );
        purging.scene.deliver().await;
        let (_, receipt) = purging.purges.run(10).await;
        assert_eq!(receipt.unwrap().purged.users, 1);
        // Tags of bob, and of cyd, who is deleted but held.
        assert_eq!(tags(&purging), ["kept", "taken on", "unrelated"]);
        assert!(other.tag_on(&by_name("elsewhere"), "shared").await.is_some());
    });
}

#[test]
fn a_tag_removed_between_decision_and_write_is_created_again() {
    run(async {
        let purging = Purging::new().await;
        let tenant = purging.tenant();
        tenant.has(tagged("ada", &["vip"])).await;
        tenant.has(a_user("bob")).await;
        let first = tenant.tag_on(&by_name("ada"), "vip").await;
        let retag = retag(tenant, "bob", &["vip"]);
        let (decide, url) =
            (Arc::clone(&retag.decide), purging.scene.database.owner_url().to_owned());
        let meanwhile = Mutation {
            decide: Arc::new(move |facts| {
                execute(&url, "DELETE FROM tags").unwrap();
                decide(facts)
            }),
            ..retag
        };
        assert!(tenant.write(meanwhile).await.unwrap().changed);
        assert_eq!(tenant.tag_on(&by_name("bob"), "vip").await, first);
    });
}

/// The write is suspended after it took its lock, because another transaction is creating a tag that it creates too.
#[test]
fn a_purge_waits_for_a_write_that_tags_a_user() {
    run(async {
        let purging = Arc::new(Purging::new().await);
        let application = purging.tenant().id();
        purging.tenant().has(tagged("ada", &["vip"])).await;
        purging.tenant().has(a_user("bob")).await;
        purging.delete("ada").await;
        purging.scene.deliver().await;
        let mut rival = connect(purging.scene.database.owner_url());
        let making =
            format!("BEGIN; INSERT INTO tags VALUES ('{application}', 'new', '', now(), now())");
        rival.batch_execute(&making).unwrap();
        let writing = tokio::spawn({
            let purging = Arc::clone(&purging);
            async move {
                let tenant = purging.tenant();
                tenant.write(retag(tenant, "bob", &["new", "vip"])).await
            }
        });
        let mut watcher = purging.scene.owner();
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted";
        until(&mut watcher, held, 1);
        let purge = tokio::spawn({
            let purging = Arc::clone(&purging);
            async move { purging.purges.run(10).await }
        });
        let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        until(&mut watcher, waits, 1);
        rival.batch_execute("ROLLBACK").unwrap();
        assert!(writing.await.unwrap().unwrap().changed);
        let (_, receipt) = purge.await.unwrap();
        assert_eq!(receipt.unwrap().purged.users, 1);
        assert_eq!(tags(&purging), ["new", "vip"]);
    });
}
