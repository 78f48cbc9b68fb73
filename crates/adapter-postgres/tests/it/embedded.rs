//! The embedded cluster: starting, rights, restarting.

use adapter_postgres::embedded::{EmbeddedCluster, EmbeddedOptions, testing::throw_away};
use diesel::{Connection, PgConnection, connection::SimpleConnection};

#[test]
fn starts() {
    let c = throw_away();
    let mut owner = PgConnection::establish(&c.owner_url()).unwrap();
    owner
        .batch_execute("create extension pg_trgm; create table t (a int)")
        .unwrap();
    let mut runtime = PgConnection::establish(&c.runtime_url()).unwrap();
    runtime
        .batch_execute("create table t2 (a int)")
        .unwrap_err();
}
