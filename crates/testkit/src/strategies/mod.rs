//! Strategies for random domain values. Values are drawn partly from a few fixed values, so that equal values occur,
//! and partly from all possible values.

mod evidence;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use users_domain::model::{
    CountryCode, DateOfBirth, DeclaredProfile, DisplayName, Email, FullName, Json, Metadata,
    Number, Phone, Reason, StatusTrigger, TagName, UserField, UserStatus, VendorData,
};
use users_domain::rules::{ChangeStatus, CreateUser, MetadataPatch, Patch, UpdateUser};

use crate::base_time;

pub use evidence::{Deliveries, approval, deliveries, features, occurred_at, session_state};

/// Text of up to `max_characters` characters without control characters, including blank text.
pub fn text(max_characters: usize) -> impl Strategy<Value = String> + Clone {
    let character = any::<char>().prop_filter("no control character", |c| !c.is_control());
    vec(character, 1..=max_characters).prop_map(String::from_iter)
}

/// Any `vendor_data` of up to 60 characters.
pub fn vendor_data() -> impl Strategy<Value = VendorData> {
    text(60).prop_filter_map("no reserved word", |text| VendorData::parse(text).ok())
}

/// One of four fixed values.
pub fn known_vendor_data() -> impl Strategy<Value = VendorData> + Clone {
    select(&["ada", "Ada", "bob", "é/%"][..]).prop_map(crate::vendor_data)
}

/// A display name; some differ only in case and accents.
pub fn display_name() -> impl Strategy<Value = DisplayName> + Clone {
    let known = select(&["José", "JOSE", "jose", "Ünï", "straße", "STRASSE", "日本", "100%"][..]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => text(20)]
        .prop_filter_map("not blank", |text| DisplayName::parse(text).ok())
}

/// A full name.
pub fn full_name() -> impl Strategy<Value = FullName> + Clone {
    let known = select(&["José María", "Ada Lovelace", "a_b\\c%d", "名前"][..]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => text(40)]
        .prop_filter_map("not blank", |text| FullName::parse(text).ok())
}

/// A JSON number: integers, doubles, and numbers that are often formatted differently.
pub fn number() -> impl Strategy<Value = Number> + Clone {
    const HARD: [&str; 9] = [
        "0",
        "-0.0",
        "7",
        "7.0",
        "1e21",
        "1e-5",
        "9007199254740992",
        "100000000000000000000",
        "0.1",
    ];
    let hard = select(&HARD[..]).prop_filter_map("a number", |text| Number::parse(text).ok());
    let bound = Number::MAX_INTEGER;
    let integer = (-bound..=bound).prop_filter_map("in range", |i| Number::integer(i).ok());
    let double = any::<f64>().prop_filter_map("short", |value| Number::float(value % 1e15).ok());
    let fraction = any::<f32>().prop_filter_map("short", |value| Number::float(value.into()).ok());
    prop_oneof![2 => hard, 1 => integer, 1 => double, 1 => fraction]
}

/// A nested JSON value whose strings contain any character except NUL.
pub fn json() -> impl Strategy<Value = Json> + Clone {
    let string = vec(any::<char>(), 0..12)
        .prop_map(String::from_iter)
        .prop_filter("no NUL", |text| !text.contains('\0'));
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number().prop_map(Json::Number),
        string.clone().prop_map(Json::String),
    ];
    leaf.prop_recursive(6, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::Array),
            btree_map(string.clone(), inner, 0..4).prop_map(Json::Object),
        ]
    })
}

/// Metadata in which a few keys and values are frequent.
pub fn metadata() -> impl Strategy<Value = Metadata> + Clone {
    let plan = select(&["7", "pro", "true"][..]);
    let value = prop_oneof![
        2 => plan.prop_map(|text| Json::String(text.to_owned())),
        1 => Just(Json::Bool(true)),
        1 => number().prop_map(Json::Number),
        1 => json(),
    ];
    let key = prop_oneof![
        4 => select(&["plan", "a.b", "é"][..]).prop_map(str::to_owned),
        1 => text(8),
    ];
    btree_map(key, value, 0..4).prop_filter_map("within the limits", |o| Metadata::new(o).ok())
}

/// Up to four tags without repetition.
pub fn tags() -> impl Strategy<Value = Vec<TagName>> + Clone {
    proptest::sample::subsequence(vec!["vip", "VIP", "é", "a b"], 0..=4)
        .prop_shuffle()
        .prop_map(|names| names.into_iter().map(crate::tag).collect())
}

/// A declared profile of a person.
pub fn declared_profile() -> impl Strategy<Value = DeclaredProfile> {
    (option::of(full_name()), option::of(date_of_birth()), emails(), phones(), issuing_states())
        .prop_map(|(full_name, date_of_birth, emails, phones, issuing_states)| DeclaredProfile {
            full_name,
            date_of_birth,
            emails,
            phones,
            issuing_states,
        })
}

fn date_of_birth() -> impl Strategy<Value = DateOfBirth> + Clone {
    (0_u64..30_000).prop_filter_map("a date", |days| {
        let date = base_time().date() - chrono::Days::new(days);
        DateOfBirth::from_stored(date).ok()
    })
}

fn emails() -> impl Strategy<Value = Vec<Email>> + Clone {
    let known = select(&["ada@example.org", "ADA@example.org", "josé@exämple.org"][..]);
    vec(known.prop_filter_map("an address", |text| Email::parse(text).ok()), 0..3)
}

fn phones() -> impl Strategy<Value = Vec<Phone>> + Clone {
    let known = select(&["+49 30 1", "+4930 1", "555"][..]);
    vec(known.prop_filter_map("a number", |text| Phone::parse(text).ok()), 0..3)
}

fn issuing_states() -> impl Strategy<Value = Vec<CountryCode>> + Clone {
    let known = select(&["ESP", "DEU", "JPN"][..]);
    vec(known.prop_filter_map("a country", |text| CountryCode::parse(text).ok()), 0..3)
}

/// Any status.
pub fn status() -> impl Strategy<Value = UserStatus> + Clone {
    select(&UserStatus::ALL[..])
}

/// A change to any status by any trigger.
pub fn change_status() -> impl Strategy<Value = ChangeStatus> + Clone {
    let reason = option::of(text(30).prop_filter_map("a reason", |text| Reason::parse(text).ok()));
    let trigger = prop_oneof![
        3 => Just(StatusTrigger::Api),
        1 => select(&StatusTrigger::ALL[..]),
    ];
    (status(), reason, trigger).prop_map(|(to, reason, trigger)| ChangeStatus {
        to,
        reason,
        trigger,
    })
}

/// A command that creates a user with one of these names.
pub fn create_user(name: impl Strategy<Value = VendorData>) -> impl Strategy<Value = CreateUser> {
    let display = option::of(display_name());
    (name, option::of(status()), display, declared_profile(), metadata(), tags()).prop_map(
        |(vendor_data, status, display_name, declared, metadata, tags)| CreateUser {
            vendor_data,
            status,
            display_name,
            declared,
            metadata,
            tags,
        },
    )
}

/// An edit of a few fields.
pub fn update_user() -> impl Strategy<Value = UpdateUser> {
    let replace_or_merge = option::of((metadata(), any::<bool>()).prop_map(|(metadata, merge)| {
        if merge {
            MetadataPatch::Merge(metadata.object().clone())
        } else {
            MetadataPatch::Replace(metadata)
        }
    }));
    let read_only = prop_oneof![
        3 => Just(Vec::new()),
        1 => Just(vec![(UserField::SessionCount, Some(Json::count(5)))]),
    ];
    (
        patch(display_name()),
        patch(full_name()),
        patch(emails()),
        patch(phones()),
        patch(issuing_states()),
        replace_or_merge,
        patch(tags()),
        option::weighted(0.2, change_status()),
        read_only,
    )
        .prop_map(|(name, full_name, emails, phones, states, metadata, tags, status, sent)| {
            UpdateUser {
                display_name: name,
                full_name,
                date_of_birth: Patch::Absent,
                approved_emails: emails,
                approved_phones: phones,
                issuing_states: states,
                metadata,
                tags,
                status,
                read_only: sent.into_iter().collect(),
            }
        })
}

fn patch<T: Clone + std::fmt::Debug>(
    value: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Patch<T>> {
    prop_oneof![
        4 => Just(Patch::Absent),
        1 => Just(Patch::Clear),
        3 => value.prop_map(Patch::Set),
    ]
}

/// One command about one user.
#[derive(Debug, Clone)]
pub enum Step {
    /// Create the user.
    Create(Box<CreateUser>),
    /// Edit the user.
    Update(VendorData, Box<UpdateUser>),
    /// Change the status of the user.
    ChangeStatus(VendorData, ChangeStatus),
    /// Delete the user.
    Delete(VendorData),
}

/// A command about one of the [`known_vendor_data`].
pub fn step() -> impl Strategy<Value = Step> {
    let name = known_vendor_data;
    let create = create_user(name()).prop_map(|command| Step::Create(Box::new(command)));
    let update = (name(), update_user()).prop_map(|(n, edit)| Step::Update(n, Box::new(edit)));
    let status = (name(), change_status()).prop_map(|(n, command)| Step::ChangeStatus(n, command));
    let delete = name().prop_map(Step::Delete);
    prop_oneof![3 => create, 4 => update, 2 => status, 1 => delete]
}
