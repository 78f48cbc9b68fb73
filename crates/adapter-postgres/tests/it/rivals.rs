//! Writers over several pools, like several processes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use testkit::conformance::UserStoreSubject;
use testkit::{CountingEntropy, Tenant, unique_seed};
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use users_domain::model::evidence::SessionReport;
use users_domain::ports::{Mutation, WriteError, Written};
use users_domain::service::{IngestService, ReportAnswer, ServiceError};

use crate::sql::{OTHERS, connect, number, until};
use crate::subject::users_on;

/// How often a writer retries after `Contended`.
const TRIES: usize = 50;

pub(crate) type Answer = Result<Written, WriteError>;

/// Two stores that share only the database, and a tenant in it.
pub(crate) struct Rivals {
    pub(crate) database: Arc<TestDatabase>,
    pub(crate) stores: [UserStoreSubject; 2],
    pub(crate) tenant: Tenant,
    /// The ingest service over each of the stores.
    ingest: [IngestService; 2],
}

impl Rivals {
    pub(crate) async fn new() -> Arc<Self> {
        let database = Arc::new(TestDatabase::migrated());
        let stores = [users_on(&database), users_on(&database)];
        let tenant = Tenant::of(&stores[0]).await;
        let ingest = stores.each_ref().map(|subject| {
            let entropy = Arc::new(CountingEntropy::based_on(unique_seed()));
            let (store, reader) = (subject.store.clone(), subject.reader.clone());
            IngestService::new(store, reader, tenant.clock.clone(), entropy)
        });
        Arc::new(Self { database, stores, tenant, ingest })
    }

    /// Commits through the store of this writer.
    pub(crate) async fn commit(&self, writer: usize, mutations: Vec<Mutation>) -> Vec<Answer> {
        let [even, odd] = &self.stores;
        let store = if writer.is_multiple_of(2) { &even.store } else { &odd.store };
        store.commit(self.tenant.id(), mutations).await.unwrap()
    }

    /// Reports through the service of this writer and retries while users are contended: repeated reports are harmless.
    pub(crate) async fn report(
        &self,
        writer: usize,
        reports: Vec<SessionReport>,
    ) -> Vec<ReportAnswer> {
        let [even, odd] = &self.ingest;
        let ingest = if writer.is_multiple_of(2) { even } else { odd };
        for _ in 0..TRIES {
            let answers = ingest.sessions(&self.tenant.service, reports.clone()).await;
            match answers {
                Err(ServiceError::Contended) => {}
                answers => return answers.unwrap(),
            }
        }
        panic!("the users stayed contended for {TRIES} tries");
    }

    /// Runs the writers concurrently, all starting at the same time.
    pub(crate) async fn at_once<T, F>(
        self: &Arc<Self>,
        writers: usize,
        work: impl Fn(Arc<Self>, usize) -> F,
    ) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let start = Arc::new(Barrier::new(writers));
        let mut running = JoinSet::new();
        for writer in 0..writers {
            let (start, work) = (Arc::clone(&start), work(Arc::clone(self), writer));
            running.spawn(async move {
                start.wait().await;
                work.await
            });
        }
        running.join_all().await
    }

    /// Closes the stores and returns how many deadlocks PostgreSQL had to break. Sessions report deadlocks when they
    /// end.
    pub(crate) fn deadlocks(self: Arc<Self>) -> i64 {
        let Ok(Self { database, stores, tenant, ingest }) = Arc::try_unwrap(self) else {
            panic!("a writer still runs");
        };
        let mut owner = connect(database.owner_url());
        drop((tenant, stores, ingest));
        until(&mut owner, OTHERS, 0);
        number(
            &mut owner,
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
        )
    }
}
