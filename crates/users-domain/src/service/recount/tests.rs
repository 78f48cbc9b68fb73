use super::*;
use crate::model::Application;
use crate::model::evidence::History;
use crate::ports::{MockUserReader, MockUserStore, Written};
use crate::rules::Outcome;
use crate::rules::fixtures::{create, created};
use crate::service::fixtures::{application, clock, entropy};

fn service(store: MockUserStore, reader: MockUserReader) -> RecountService {
    RecountService::new(Arc::new(store), Arc::new(reader), clock(), entropy())
}

/// Three users without sessions; the record of the second user counts two sessions.
fn one_of_three_is_wrong() -> (MockUserReader, Vec<UserId>) {
    let rows: Vec<_> = ["ada", "bob", "eve"]
        .map(|name| (created(&create(name)).record, History::default()))
        .into();
    let mut rows = rows;
    rows[1].0.counters.session_count = 2;
    let ids = rows.iter().map(|(record, _)| record.id).collect();
    let mut reader = MockUserReader::new();
    reader.expect_histories().return_once(move |_, after, limit| {
        assert_eq!((after, limit), (None, RecountService::PAGE_USERS));
        Ok(rows)
    });
    (reader, ids)
}

async fn checked(
    store: MockUserStore,
    reader: MockUserReader,
    repair: bool,
) -> Result<RecountPage, RecountError> {
    let application: Application = application();
    service(store, reader).check_page(&application, None, repair).await
}

#[tokio::test]
async fn wrong_records_are_reported_and_not_changed_without_repair() {
    let (reader, ids) = one_of_three_is_wrong();
    let page = checked(MockUserStore::new(), reader, false).await.unwrap();
    assert_eq!((page.users, page.next), (3, Some(ids[2])));
    let wrong =
        Miscount { user: ids[1], fields: vec![UserField::SessionCount], remedy: Remedy::None };
    assert_eq!(page.wrong, [wrong]);
}

#[tokio::test]
async fn only_wrong_records_are_repaired_and_the_result_is_reported() {
    let user = created(&create("bob"));
    let written = |changed| {
        let unchanged = Written::unchanged(&user, &Outcome::Unchanged.into(), Vec::new());
        Ok(Written { changed, ..unchanged })
    };
    for (answer, remedy) in [
        (written(true), Ok(Remedy::Mended)),
        (written(false), Ok(Remedy::Overtaken)),
        (Err(WriteError::Refused(Rejection::UserNotFound)), Ok(Remedy::Deleted)),
        (Err(WriteError::Contended), Err(RecountError::Contended)),
    ] {
        let (reader, ids) = one_of_three_is_wrong();
        let mut store = MockUserStore::new();
        store.expect_commit().times(1).return_once(move |_, mutations| {
            let keys: Vec<_> = mutations.iter().map(|mutation| mutation.key.clone()).collect();
            assert_eq!(keys, [UserKey::Id(ids[1])]);
            Ok(vec![answer])
        });
        let page = checked(store, reader, true).await;
        assert_eq!(page.map(|page| page.wrong[0].remedy), remedy);
    }
}
