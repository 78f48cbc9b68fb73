//! The cluster retains its address and its data after crashes.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use trials::cluster::{Cluster, Flush};
use trials::scratch::Scratch;

fn holds(connection: &mut PgConnection, condition: &str) -> bool {
    let statement = format!(
        "DO $$ BEGIN IF NOT ({condition}) THEN RAISE 'the condition is false'; END IF; END $$"
    );
    connection.batch_execute(&statement).is_ok()
}

#[test]
fn a_crash_breaks_sessions_and_preserves_committed_data() {
    let scratch = Scratch::new().unwrap();
    let mut cluster = Cluster::start(scratch.path(), Flush::ToSystem).unwrap();
    let owner = cluster.urls().owner.clone();
    let mut before = PgConnection::establish(&owner).unwrap();
    before.batch_execute("CREATE TABLE stored AS SELECT 1 AS number").unwrap();
    before.batch_execute("BEGIN; DELETE FROM stored").unwrap();

    cluster.restart_immediately().unwrap();

    assert!(before.batch_execute("COMMIT").is_err(), "the session broke");
    assert_eq!(cluster.urls().owner, owner);
    let mut after = PgConnection::establish(&owner).unwrap();
    let preserved = "(SELECT count(*) FROM stored) = 1";
    assert!(holds(&mut after, preserved));
    assert!(!holds(&mut after, "false"));
}

#[test]
fn only_sessions_of_the_service_are_terminated() {
    let scratch = Scratch::new().unwrap();
    let cluster = Cluster::start(scratch.path(), Flush::ToSystem).unwrap();
    let session = |url: &str| PgConnection::establish(url).unwrap();
    let mut owner = session(&cluster.urls().owner);
    let mut services: Vec<_> = (0..3).map(|_| session(&cluster.urls().runtime)).collect();

    assert_eq!(cluster.terminate_sessions(2, 1).unwrap(), 2);

    let alive = services.iter_mut().map(|session| holds(session, "true"));
    assert_eq!(alive.filter(|alive| *alive).count(), 1);
    assert!(holds(&mut owner, "true"));
    assert_eq!(cluster.terminate_sessions(9, 1).unwrap(), 1);
}
