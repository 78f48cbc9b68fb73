//! Guarantees of cursors for paging during concurrent writes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::select;
use users_domain::model::{
    ListUsers, OrderKey, PageSize, PageStart, Position, SortKey, Timestamp, UserId, UserKey,
    UserOrder, UserRecord,
};
use users_domain::ports::Mutation;
use users_domain::rules::{ChangeSet, Patch, UpdateUser, listing};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, all_users, display_name, for_all};

const CASES: u32 = 24;

/// More rows than any walk returns: a plan creates at most 37 users and contains at most 21 moves.
const MAX_ROWS: usize = 200;

/// A write between two pages. Numbers are indexes of users in the order of creation. Only `Tick` advances the clock, so
/// that many times are equal.
#[derive(Debug, Clone)]
enum Write {
    Insert,
    Rename(usize, &'static str),
    Delete(usize),
    Tick,
}

/// A walk and its concurrent writes.
#[derive(Debug, Clone)]
struct Plan {
    order: UserOrder,
    page_size: u64,
    /// The writes before the walk.
    before: Vec<Write>,
    /// The writes after the first page, after the second page, …
    between: Vec<Vec<Write>>,
}

/// In the order of creation, each user that exists during the whole walk is returned once, and no user twice.
pub async fn paging_by_creation_returns_every_user_once_during_writes(subject: &UserStoreSubject) {
    let by_creation =
        any::<bool>().prop_map(|descending| UserOrder { key: OrderKey::CreatedAt, descending });
    assert_walks(subject, by_creation, true, |walk, _| {
        assert!(walk.stayed().all(|id| walk.times_returned(id) == 1), "{:?}", walk.returned);
        let distinct: BTreeSet<_> = walk.returned.iter().collect();
        assert_eq!(distinct.len(), walk.returned.len(), "no user is returned twice");
    })
    .await;
}

/// In any order, each user that exists during the whole walk with an unchanged order value is returned once.
pub async fn paging_in_any_order_returns_unmoved_users_once_during_writes(
    subject: &UserStoreSubject,
) {
    assert_walks(subject, any_order(), true, assert_unmoved_once).await;
}

/// Each user that exists during the whole walk is returned at least once.
pub async fn paging_by_ascending_updated_at_skips_no_user_during_writes(
    subject: &UserStoreSubject,
) {
    let order = UserOrder { key: OrderKey::UpdatedAt, descending: false };
    assert_walks(subject, Just(order), true, |walk, _| {
        assert!(walk.stayed().all(|id| walk.times_returned(id) >= 1), "{:?}", walk.returned);
    })
    .await;
}

/// The same guarantee for paging backwards from the last page, in any order.
pub async fn paging_backwards_returns_unmoved_users_once_during_writes(subject: &UserStoreSubject) {
    assert_walks(subject, any_order(), false, assert_unmoved_once).await;
}

fn assert_unmoved_once(walk: &Walk, order: UserOrder) {
    for id in walk.unmoved(order.key) {
        assert_eq!(walk.times_returned(id), 1, "{id} in {:?}", walk.returned);
    }
}

/// Checks random walks in these orders.
async fn assert_walks(
    subject: &UserStoreSubject,
    order: impl Strategy<Value = UserOrder>,
    forwards: bool,
    check: fn(&Walk, UserOrder),
) {
    for_all(CASES, &plan(order), |plan| {
        let subject = subject.clone();
        async move {
            let walk = if forwards {
                Walk::forwards(&subject, &plan).await
            } else {
                Walk::backwards(&subject, &plan).await
            };
            check(&walk, plan.order);
        }
    })
    .await;
}

fn any_order() -> impl Strategy<Value = UserOrder> {
    (select(&OrderKey::ALL[..]), any::<bool>())
        .prop_map(|(key, descending)| UserOrder { key, descending })
}

fn plan(order: impl Strategy<Value = UserOrder>) -> impl Strategy<Value = Plan> {
    let write = || {
        let rename = (0..12_usize, select(&["", "a", "Á", "b", "zz"][..]));
        proptest::prop_oneof![
            3 => Just(Write::Insert),
            3 => rename.prop_map(|(user, name)| Write::Rename(user, name)),
            1 => (0..12_usize).prop_map(Write::Delete),
            1 => Just(Write::Tick),
        ]
    };
    let before = vec(write(), 0..14).prop_map(|writes| {
        let some = [Write::Insert, Write::Insert, Write::Insert];
        some.into_iter().chain(writes).collect()
    });
    let between = vec(vec(write(), 0..4), 0..8);
    (order, 1_u64..4, before, between).prop_map(|(order, page_size, before, between)| Plan {
        order,
        page_size,
        before,
        between,
    })
}

/// The rows of a walk, and the existing users at its start and end.
struct Walk {
    returned: Vec<UserId>,
    began: BTreeMap<UserId, UserRecord>,
    ended: BTreeMap<UserId, UserRecord>,
    /// All changes by user.
    changes: BTreeMap<UserId, Vec<ChangeSet>>,
}

impl Walk {
    async fn forwards(subject: &UserStoreSubject, plan: &Plan) -> Self {
        Self::over(subject, plan, PageStart::First, |page, place| {
            page.last().map(place).map(PageStart::After)
        })
        .await
    }

    /// Starts after every possible user.
    async fn backwards(subject: &UserStoreSubject, plan: &Plan) -> Self {
        let end = PageStart::Before(end_of(plan.order));
        Self::over(subject, plan, end, |page, place| page.first().map(place).map(PageStart::Before))
            .await
    }

    async fn over(
        subject: &UserStoreSubject,
        plan: &Plan,
        mut start: PageStart,
        next: impl Fn(&[UserRecord], &dyn Fn(&UserRecord) -> Position) -> Option<PageStart>,
    ) -> Self {
        let tenant = Tenant::of(subject).await;
        tenant.clock.tick_by(0);
        let mut writer = Writer { tenant: &tenant, created: Vec::new() };
        writer.write(&plan.before).await;
        let began = undeleted(&tenant);
        let (mut returned, mut between) = (Vec::new(), plan.between.iter());
        loop {
            let question = ListUsers {
                order: plan.order,
                start,
                size: PageSize::new(plan.page_size).expect("a size"),
                ..all_users()
            };
            let page = subject.reader.list(tenant.id(), &question).await;
            let rows = page.expect("the store answers").rows;
            returned.extend(rows.iter().map(|row| row.id));
            assert!(returned.len() <= MAX_ROWS, "the walk ends after the last write");
            match next(&rows, &|row| listing::position(row, plan.order.key, None)) {
                Some(place) => start = place,
                None => break,
            }
            if let Some(writes) = between.next() {
                writer.write(writes).await;
            }
        }
        Self { returned, began, ended: undeleted(&tenant), changes: tenant.journal.changes() }
    }

    fn times_returned(&self, id: UserId) -> usize {
        self.returned.iter().filter(|returned| **returned == id).count()
    }

    /// The users that existed during the whole walk.
    fn stayed(&self) -> impl Iterator<Item = UserId> {
        self.began.keys().copied().filter(|id| self.ended.contains_key(id))
    }

    /// The users that existed at one position during the whole walk. A move away and back counts as a move.
    fn unmoved(&self, key: OrderKey) -> impl Iterator<Item = UserId> {
        self.stayed().filter(move |id| {
            let Some(began) = self.began.get(id) else {
                return false;
            };
            let states = self.changes.get(id).into_iter().flatten();
            let mut since = states
                .map(|change| &change.user().record)
                .filter(|user| user.version > began.version);
            since.all(|user| {
                listing::position(user, key, None) == listing::position(began, key, None)
            })
        })
    }
}

fn undeleted(tenant: &Tenant) -> BTreeMap<UserId, UserRecord> {
    let users = tenant.journal.users().into_iter().map(|user| user.record);
    users.filter(|user| user.deleted_at.is_none()).map(|user| (user.id, user)).collect()
}

/// A position after all users of the plan.
fn end_of(order: UserOrder) -> Position {
    let lowest = UserId::parse("00000000-0000-0000-0000-000000000000").expect("an id");
    let highest = UserId::parse("ffffffff-ffff-ffff-ffff-ffffffffffff").expect("an id");
    let late = crate::base_time().plus_millis(1_000_000_000);
    let key = match (order.key, order.descending) {
        (OrderKey::DisplayName, true) => SortKey::Name(None),
        (OrderKey::DisplayName, false) => SortKey::Name(Some("\u{10FFFF}".to_owned())),
        (OrderKey::LastSessionAt, true) => SortKey::Time(None),
        (_, true) => SortKey::Time(Timestamp::from_unix_micros(0)),
        (_, false) => SortKey::Time(Some(late)),
    };
    Position { key, id: if order.descending { lowest } else { highest } }
}

/// Executes the writes of a plan.
struct Writer<'a> {
    tenant: &'a Tenant,
    created: Vec<UserId>,
}

impl Writer<'_> {
    async fn write(&mut self, writes: &[Write]) {
        for write in writes {
            let Some(mutation) = self.mutation(write) else {
                continue;
            };
            // Writes to deleted users are refused and have no effect.
            if let (Ok(written), Write::Insert) = (self.tenant.write(mutation).await, write) {
                self.created.push(written.user.record.id);
            }
        }
    }

    fn mutation(&self, write: &Write) -> Option<Mutation> {
        let user = |number: &usize| self.created.get(number % self.created.len()).copied();
        match write {
            Write::Insert => {
                let name = format!("user {}", self.created.len());
                Some(self.tenant.create(a_user(&name)))
            }
            Write::Rename(number, name) => {
                let name =
                    if name.is_empty() { Patch::Clear } else { Patch::Set(display_name(name)) };
                let command = UpdateUser { display_name: name, ..UpdateUser::default() };
                Some(self.tenant.update(UserKey::Id(user(number)?), command))
            }
            Write::Delete(number) => Some(self.tenant.delete(UserKey::Id(user(number)?))),
            Write::Tick => {
                self.tenant.clock.advance(1_000);
                None
            }
        }
    }
}
