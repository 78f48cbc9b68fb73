use std::sync::{Arc, LazyLock};

use diesel::PgConnection;
use testkit::{PlainEncoder, a_caller, an_application, base_time};
use users_domain::model::{
    CommandContext, CountMode, CountryCode, Email, KeyKind, ListUsers, MetadataFilter, OrderKey,
    PageSize, PageStart, PhoneDigits, Position, Role, SearchTerm, SortKey, StatusTrigger, TagName,
    Timestamp, UserFilter, UserId, UserKey, UserOrder, UserStatus, VendorData,
};
use users_domain::ports::{FactsSpec, Mutation, Presence};
use users_domain::rules::{ChangeStatus, Outcome, Rejection, decide_status_change};
use uuid::Uuid;

use super::crowd::session;
use super::explain::{Planned, Sent, plan, sent};
pub(super) use super::seed::APPLICATION;
use super::seed::{NAME, database};
use crate::search_upkeep::renew_on;
use crate::testing::TestDatabase;
use crate::user_reader::{ids_made_by, list_page};
use crate::user_store::{commit_on, read_one};

/// One seeded database for all tests of this module; they only read it.
pub(super) fn connect() -> PgConnection {
    static DATABASE: LazyLock<TestDatabase> = LazyLock::new(database);
    let mut connection = session(&DATABASE);
    sent::record(&mut connection);
    connection
}

/// The context of a command.
pub(super) fn context(number: u32) -> CommandContext {
    let caller = a_caller(&an_application(), KeyKind::Role(Role::Owner));
    caller.context(base_time(), [u8::try_from(number).unwrap(); 32])
}

/// The statements that `work` sends.
pub(super) fn sent_by(work: impl FnOnce(&mut PgConnection)) -> (PgConnection, Vec<Sent>) {
    let mut connection = connect();
    sent::take();
    work(&mut connection);
    (connection, sent::take())
}

fn question(filter: UserFilter, order: UserOrder, start: PageStart) -> ListUsers {
    ListUsers { filter, order, start, size: PageSize::DEFAULT, count: CountMode::None }
}

fn ask(question: &ListUsers) -> (PgConnection, Vec<Sent>) {
    sent_by(|connection| {
        list_page(connection, APPLICATION, question).unwrap();
    })
}

fn index_of(key: OrderKey) -> &'static str {
    match key {
        OrderKey::LastSessionAt | OrderKey::BestMatch => "users_by_last_session",
        OrderKey::CreatedAt => "users_by_creation",
        OrderKey::UpdatedAt => "users_by_update",
        OrderKey::LastActivityAt => "users_by_activity",
        OrderKey::DisplayName => "users_by_display_name",
    }
}

/// A position in the middle of the seeded users.
fn middle(key: OrderKey) -> Position {
    let hours_ago =
        |hours: u64| Timestamp::parse("2020-01-01T00:00:00Z").unwrap().plus_millis(hours);
    Position {
        key: match key {
            OrderKey::DisplayName => SortKey::Name(Some("name 5".to_owned())),
            _ => SortKey::Time(Some(hours_ago(1))),
        },
        id: UserId::new(Uuid::from_u128(7)),
    }
}

#[test]
fn pages_of_every_order_follow_its_index() {
    for key in OrderKey::ALL {
        for descending in [false, true] {
            let order = UserOrder { key, descending };
            for start in
                [PageStart::First, PageStart::After(middle(key)), PageStart::Before(middle(key))]
            {
                let (mut connection, statements) =
                    ask(&question(UserFilter::default(), order, start));
                for statement in &statements {
                    for planned in [Planned::ForValues, Planned::ForAny] {
                        let plan = plan(&mut connection, statement, planned);
                        assert!(plan.contains(index_of(key)), "{order:?} {planned:?}\n{plan}");
                        assert!(!plan.contains("Sort"), "{order:?} {planned:?}\n{plan}");
                        if statement.text.contains("(u.id") || statement.text.contains(", u.id)") {
                            assert!(plan.contains("Index Cond"), "{order:?} {planned:?}\n{plan}");
                            assert!(plan.contains("ROW("), "{order:?} {planned:?}\n{plan}");
                        }
                    }
                }
            }
        }
    }
}

/// Skipped rows are read only from an index.
#[test]
fn deep_offsets_use_an_index_only_scan() {
    // The default order sorts by an expression, which prevents an index-only scan.
    let keys = OrderKey::ALL.into_iter().filter(|key| *key != OrderKey::LastSessionAt);
    for key in keys {
        for descending in [false, true] {
            let order = UserOrder { key, descending };
            let start = PageStart::Offset(1_000);
            let (mut connection, statements) = ask(&question(UserFilter::default(), order, start));
            let rows = statements.first().unwrap();
            let plan = plan(&mut connection, rows, Planned::ForValues);
            assert!(plan.contains("Index Only Scan"), "{order:?}\n{plan}");
            assert!(plan.contains(&format!("using {}", index_of(key))), "{order:?}\n{plan}");
        }
    }
}

#[test]
fn rare_matches_are_found_by_their_index() {
    let search = |term| UserFilter {
        search: Some(SearchTerm::parse(term).unwrap()),
        ..UserFilter::default()
    };
    let searches = [
        ("user_search_by_trigram", "ZYGMUNT"),
        ("user_search_by_trigram", "Ωme"),
        ("user_search_by_trigram", "body, zygmunt"),
        ("user_search_by_trigram", "\"zygmunt ωmega\" so"),
        ("user_search_by_trigram", "+49 (30) 012345"),
        ("user_search_by_trigram", "30-0123"),
        ("user_search_by_short_gram", "zy"),
        ("user_search_by_short_gram", "z"),
        ("user_search_by_short_gram", "z yg"),
        ("user_search_by_short_gram", "(-+-)"),
    ];
    let searches = searches.map(|(index, term)| (index, search(term)));
    let filters = [
        (
            "user_search_by_short_gram",
            UserFilter { email: Email::parse("User-77@example.org").ok(), ..UserFilter::default() },
        ),
        (
            "user_search_by_short_gram",
            UserFilter { phone: PhoneDigits::of("+49 30 000077"), ..UserFilter::default() },
        ),
        (
            "users_by_country",
            UserFilter {
                country: Some(CountryCode::parse("ZWE").unwrap()),
                ..UserFilter::default()
            },
        ),
        (
            "users_by_tag",
            UserFilter { tags: vec![TagName::parse("vip").unwrap()], ..UserFilter::default() },
        ),
        (
            "users_by_metadata",
            UserFilter {
                metadata: vec![MetadataFilter {
                    key: "of.number".to_owned(),
                    values: vec!["4711".to_owned()],
                }],
                ..UserFilter::default()
            },
        ),
        (
            "users_vendor_data_key",
            UserFilter {
                vendor_data: vec![VendorData::parse(NAME).unwrap()],
                ..UserFilter::default()
            },
        ),
        (
            "users_by_metadata",
            UserFilter {
                metadata: vec![MetadataFilter {
                    key: "number".to_owned(),
                    values: vec!["4711".to_owned(), "4712".to_owned()],
                }],
                ..UserFilter::default()
            },
        ),
    ];
    for (index, filter) in searches.into_iter().chain(filters) {
        for count in [CountMode::Capped, CountMode::Exact] {
            let question = ListUsers {
                count,
                ..question(filter.clone(), UserOrder::DEFAULT, PageStart::First)
            };
            let (mut connection, statements) = ask(&question);
            for statement in &statements {
                let plan = plan(&mut connection, statement, Planned::ForValues);
                assert!(plan.contains(index), "{index}\n{plan}");
                assert!(!plan.contains("Seq Scan"), "{index}\n{plan}");
            }
        }
    }
}

/// However many users a term matches, exact matches are looked up by key, and the others are read in index order.
#[test]
fn exact_matches_are_looked_up_by_their_keys() {
    for (term, index) in [
        ("user-77", "users_vendor_data_key"),
        ("User-77@example.org", "user_search_by_short_gram"),
        ("u", "users_vendor_data_key"),
    ] {
        let filter =
            UserFilter { search: Some(SearchTerm::parse(term).unwrap()), ..UserFilter::default() };
        let (mut connection, statements) =
            ask(&question(filter, UserOrder::BEST_MATCH, PageStart::First));
        assert_eq!(statements.len(), 2, "exact matches, others");
        let exact = plan(&mut connection, &statements[0], Planned::ForValues);
        assert!(exact.contains(index), "{term}\n{exact}");
        assert!(!exact.contains("Seq Scan"), "{term}\n{exact}");
        assert!(exact.contains("users_pkey") || exact.contains("users_live_ids"), "{exact}");
        if term == "u" {
            let others = plan(&mut connection, &statements[1], Planned::ForValues);
            assert!(others.contains("users_by_last_session"), "{others}");
            assert!(!others.contains("Sort"), "{others}");
        }
    }
}

#[test]
fn texts_of_an_older_build_are_found_by_their_own_index() {
    let (mut connection, statements) = sent_by(|connection| {
        assert_eq!(renew_on(connection, 100).unwrap(), 0);
    });
    assert_eq!(statements.len(), 1);
    for planned in [Planned::ForValues, Planned::ForAny] {
        let plan = plan(&mut connection, &statements[0], planned);
        assert!(plan.contains("user_search_outdated"), "{planned:?}\n{plan}");
        assert!(!plan.contains("Sort"), "{planned:?}\n{plan}");
    }
}

#[test]
fn rare_statuses_are_found_by_the_index_of_the_work_queue() {
    for statuses in [
        vec![UserStatus::Blocked],
        vec![UserStatus::Flagged],
        vec![UserStatus::Flagged, UserStatus::Blocked],
    ] {
        let filter = UserFilter { statuses, ..UserFilter::default() };
        let question = ListUsers {
            count: CountMode::Exact,
            ..question(filter, UserOrder::DEFAULT, PageStart::First)
        };
        let (mut connection, statements) = ask(&question);
        assert!(!statements.is_empty());
        for statement in &statements {
            for planned in [Planned::ForValues, Planned::ForAny] {
                let plan = plan(&mut connection, statement, planned);
                assert!(plan.contains("users_not_active"), "{planned:?}\n{plan}");
            }
        }
    }
}

#[test]
fn reads_of_ids_skip_deleted_users_by_index() {
    let now = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
    for after in [None, Some(UserId::new(Uuid::from_u128(7)))] {
        let (mut connection, statements) = sent_by(|connection| {
            ids_made_by(connection, APPLICATION, now, after, 100).unwrap();
        });
        assert_eq!(statements.len(), 1);
        for planned in [Planned::ForValues, Planned::ForAny] {
            let plan = plan(&mut connection, statements.first().unwrap(), planned);
            assert!(plan.contains("Index Only Scan using users_live_ids"), "{planned:?}\n{plan}");
            assert!(!plan.contains("Sort"), "{planned:?}\n{plan}");
        }
    }
}

#[test]
fn one_user_is_one_look_up_with_its_comments() {
    let by_name = UserKey::VendorData(VendorData::parse(NAME).unwrap());
    let by_id = UserKey::Id(UserId::new(Uuid::from_u128(7)));
    // Both indexes by id find the row; the statistics decide which of them the planner uses.
    let of_ids: &[&str] = &["users_pkey", "users_live_ids"];
    for (key, indexes) in [(by_name, &["users_vendor_data_key"][..]), (by_id, of_ids)] {
        let (mut connection, statements) = sent_by(|connection| {
            read_one(connection, APPLICATION, &key, true).unwrap();
        });
        assert_eq!(statements.len(), 1);
        for planned in [Planned::ForValues, Planned::ForAny] {
            let plan = plan(&mut connection, statements.first().unwrap(), planned);
            let one_of =
                |index: &&str| plan.contains(&format!("Index Scan using {index} on users u"));
            assert!(indexes.iter().any(one_of), "{plan}");
            assert!(plan.contains("audit_entries_comments"), "{plan}");
            assert!(plan.contains("audit_details_pkey"), "{plan}");
            assert!(plan.contains("tags_pkey"), "{plan}");
        }
    }
}

/// A mutation that is refused: it reads and locks, and writes nothing.
fn refused(number: u32) -> Mutation {
    Mutation {
        key: UserKey::VendorData(VendorData::parse(format!("user-{number}")).unwrap()),
        expected: Presence::Present,
        facts: FactsSpec { tags: vec![TagName::parse("vip").unwrap()], ..FactsSpec::default() },
        decide: Arc::new(|_| Outcome::Refused(Rejection::UserNotFound).into()),
    }
}

#[test]
fn many_users_are_locked_and_read_by_their_keys() {
    let (mut connection, statements) = sent_by(|connection| {
        commit_on(connection, APPLICATION, &PlainEncoder, &[refused(1), refused(2)]).unwrap();
    });
    assert_eq!(statements.len(), 3, "lock, read, tags");
    for statement in &statements {
        for planned in [Planned::ForValues, Planned::ForAny] {
            let plan = plan(&mut connection, statement, planned);
            assert!(!plan.contains("Seq Scan"), "{planned:?}\n{plan}");
        }
    }
}

#[test]
fn a_change_finds_its_user_by_key() {
    let key = UserKey::VendorData(VendorData::parse(NAME).unwrap());
    let context = context(0);
    let command =
        ChangeStatus { to: UserStatus::Flagged, reason: None, trigger: StatusTrigger::Analyst };
    let change = Mutation {
        key,
        expected: Presence::Present,
        facts: FactsSpec::default(),
        decide: Arc::new(move |facts| decide_status_change(facts, &command, None, &context)),
    };
    let (mut connection, statements) = sent_by(|connection| {
        let answers = commit_on(connection, APPLICATION, &PlainEncoder, &[change]).unwrap();
        assert!(answers.iter().all(Result::is_ok));
    });
    assert_eq!(statements.len(), 2, "read, write");
    for planned in [Planned::ForValues, Planned::ForAny] {
        let plan = plan(&mut connection, statements.last().unwrap(), planned);
        assert!(plan.contains("Index Scan using users_pkey on users n"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
}
