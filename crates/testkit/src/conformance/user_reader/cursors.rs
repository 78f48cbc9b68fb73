//! From page to page while others write: what the contract promises of a cursor.

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

/// More rows than any plan's walk meets: at most 37 users are made, and at most 21 moves meanwhile.
const MOST_MET: usize = 200;

/// What another does between two pages. Numbers name users, counted from the first; time moves on only when told, so
/// that many times are equal.
#[derive(Debug, Clone)]
enum Write {
    Insert,
    Rename(usize, &'static str),
    Delete(usize),
    Tick,
}

/// A walk and what happens meanwhile.
#[derive(Debug, Clone)]
struct Plan {
    order: UserOrder,
    page_size: u64,
    /// Before the walk.
    before: Vec<Write>,
    /// Between its pages: so many after the first, so many after the second, …
    between: Vec<Vec<Write>>,
}

/// By creation: each user that existed all along comes exactly once, and nobody comes twice.
pub async fn a_walk_by_creation_meets_every_user_that_stayed_once_whatever_is_written_meanwhile(
    subject: &UserStoreSubject,
) {
    let by_creation = any::<bool>().prop_map(|descending| UserOrder {
        key: OrderKey::CreatedAt,
        descending,
    });
    for_all(CASES, &plan(by_creation), |plan| {
        let subject = subject.clone();
        async move {
            let walk = Walk::forwards(&subject, &plan).await;
            for id in walk.stayed() {
                assert_eq!(walk.times_met(id), 1, "{id} in {:?}", walk.met);
            }
            let distinct: BTreeSet<_> = walk.met.iter().collect();
            assert_eq!(distinct.len(), walk.met.len(), "nobody comes twice");
        }
    })
    .await;
}

/// By anything: each user that existed all along and whose order value did not change comes exactly once.
pub async fn a_walk_in_any_order_meets_every_user_that_did_not_move_once_whatever_is_written_meanwhile(
    subject: &UserStoreSubject,
) {
    for_all(CASES, &plan(any_order()), |plan| {
        let subject = subject.clone();
        async move {
            let walk = Walk::forwards(&subject, &plan).await;
            for id in walk.unmoved(plan.order.key) {
                assert_eq!(walk.times_met(id), 1, "{id} in {:?}", walk.met);
            }
        }
    })
    .await;
}

/// By ascending `updated_at`: nobody who existed all along is skipped, though some may come again.
pub async fn a_walk_by_ascending_updated_at_never_skips_a_user_whatever_is_written_meanwhile(
    subject: &UserStoreSubject,
) {
    let order = UserOrder {
        key: OrderKey::UpdatedAt,
        descending: false,
    };
    for_all(CASES, &plan(Just(order)), |plan| {
        let subject = subject.clone();
        async move {
            let walk = Walk::forwards(&subject, &plan).await;
            for id in walk.stayed() {
                assert!(walk.times_met(id) >= 1, "{id} in {:?}", walk.met);
            }
        }
    })
    .await;
}

/// Backwards from the last page, in any order: as forwards.
pub async fn a_walk_backwards_meets_every_user_that_stayed_once_whatever_is_written_meanwhile(
    subject: &UserStoreSubject,
) {
    for_all(CASES, &plan(any_order()), |plan| {
        let subject = subject.clone();
        async move {
            let walk = Walk::backwards(&subject, &plan).await;
            for id in walk.unmoved(plan.order.key) {
                assert_eq!(walk.times_met(id), 1, "{id} in {:?}", walk.met);
            }
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

/// What a walk met, and what there was when it began and when it ended.
struct Walk {
    met: Vec<UserId>,
    began: BTreeMap<UserId, UserRecord>,
    ended: BTreeMap<UserId, UserRecord>,
    /// All that was ever written, by user.
    changes: BTreeMap<UserId, Vec<ChangeSet>>,
}

impl Walk {
    async fn forwards(subject: &UserStoreSubject, plan: &Plan) -> Self {
        Self::over(subject, plan, PageStart::First, |page, place| {
            page.last().map(place).map(PageStart::After)
        })
        .await
    }

    /// Begins behind every user there could be.
    async fn backwards(subject: &UserStoreSubject, plan: &Plan) -> Self {
        let end = PageStart::Before(end_of(plan.order));
        Self::over(subject, plan, end, |page, place| {
            page.first().map(place).map(PageStart::Before)
        })
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
        let mut writer = Writer {
            tenant: &tenant,
            made: Vec::new(),
        };
        writer.write(&plan.before).await;
        let began = living(&tenant);
        let (mut met, mut between) = (Vec::new(), plan.between.iter());
        loop {
            let question = ListUsers {
                order: plan.order,
                start,
                size: PageSize::new(plan.page_size).expect("a size"),
                ..all_users()
            };
            let page = subject.reader.list(tenant.id(), &question).await;
            let rows = page.expect("the store answers").rows;
            met.extend(rows.iter().map(|row| row.id));
            assert!(
                met.len() <= MOST_MET,
                "the walk ends once nothing is written"
            );
            match next(&rows, &|row| listing::position(row, plan.order.key, None)) {
                Some(place) => start = place,
                None => break,
            }
            if let Some(writes) = between.next() {
                writer.write(writes).await;
            }
        }
        Self {
            met,
            began,
            ended: living(&tenant),
            changes: tenant.journal.changes(),
        }
    }

    fn times_met(&self, id: UserId) -> usize {
        self.met.iter().filter(|met| **met == id).count()
    }

    /// Those who existed all along.
    fn stayed(&self) -> impl Iterator<Item = UserId> {
        self.began
            .keys()
            .copied()
            .filter(|id| self.ended.contains_key(id))
    }

    /// Those who existed all along at the same place: there and back again is a move.
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

fn living(tenant: &Tenant) -> BTreeMap<UserId, UserRecord> {
    let users = tenant.journal.users().into_iter().map(|user| user.record);
    users
        .filter(|user| user.deleted_at.is_none())
        .map(|user| (user.id, user))
        .collect()
}

/// A place behind all users of the plan.
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
    Position {
        key,
        id: if order.descending { lowest } else { highest },
    }
}

/// The other one, who writes.
struct Writer<'a> {
    tenant: &'a Tenant,
    made: Vec<UserId>,
}

impl Writer<'_> {
    async fn write(&mut self, writes: &[Write]) {
        for write in writes {
            let Some(mutation) = self.mutation(write) else {
                continue;
            };
            // Deleted users are refused, which is as good as doing nothing.
            if let (Ok(written), Write::Insert) = (self.tenant.write(mutation).await, write) {
                self.made.push(written.user.record.id);
            }
        }
    }

    fn mutation(&self, write: &Write) -> Option<Mutation> {
        let user = |number: &usize| self.made.get(number % self.made.len()).copied();
        match write {
            Write::Insert => {
                let name = format!("user {}", self.made.len());
                Some(self.tenant.create(a_user(&name)))
            }
            Write::Rename(number, name) => {
                let name = if name.is_empty() {
                    Patch::Clear
                } else {
                    Patch::Set(display_name(name))
                };
                let command = UpdateUser {
                    display_name: name,
                    ..UpdateUser::default()
                };
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
