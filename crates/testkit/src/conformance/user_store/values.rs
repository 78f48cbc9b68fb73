//! Values are stored exactly.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use users_domain::model::{
    CountryCode, DateOfBirth, DeclaredProfile, Email, FullName, Json, JsonObject, Metadata, Number,
    Phone, Reason, TagName, UserStatus,
};
use users_domain::rules::{ChangeStatus, CreateUser, MetadataPatch, Patch, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{
    Tenant, a_user, base_time, by_name, display_name, for_all, metadata, strategies, tag,
    to_status, vendor_data,
};

/// Text that stores often fold, escape, trim or reject.
const UNUSUAL: &str =
    " \u{feff}é e\u{301} ß İ 😀 \u{1F469}\u{200D}\u{1F4BB} ﬁ 日本 ا \\ \" ' % _ ; -- {} \u{fffd} ";

/// Covers every field, set at creation and by an edit, and cleared.
pub async fn every_field_comes_back_exactly_as_written(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    tenant.has(a_user("empty")).await;
    let created = tenant.has(full_user()).await;
    assert_eq!(created.record.profile.declared, full_user().declared);
    assert_eq!(created.metadata, full_user().metadata.text());
    tenant.assert_stored_as_decided().await;

    let declared = full_user().declared;
    let edit = UpdateUser {
        display_name: Patch::Set(display_name(UNUSUAL)),
        full_name: Patch::Set(declared.full_name.expect("a name")),
        date_of_birth: Patch::Set(declared.date_of_birth.expect("a date")),
        approved_emails: Patch::Set(declared.emails),
        approved_phones: Patch::Set(declared.phones),
        issuing_states: Patch::Set(declared.issuing_states),
        metadata: Some(MetadataPatch::Replace(full_user().metadata)),
        tags: Patch::Set(full_user().tags),
        status: Some(ChangeStatus {
            reason: Reason::parse(format!("{UNUSUAL}\n\t")).ok(),
            ..to_status(UserStatus::Blocked)
        }),
        ..UpdateUser::default()
    };
    tenant.write(tenant.update(by_name("empty"), edit)).await.expect("an edit");
    tenant.assert_stored_as_decided().await;

    let clear = UpdateUser {
        display_name: Patch::Clear,
        full_name: Patch::Clear,
        date_of_birth: Patch::Clear,
        approved_emails: Patch::Clear,
        approved_phones: Patch::Clear,
        issuing_states: Patch::Clear,
        metadata: Some(MetadataPatch::Replace(Metadata::default())),
        tags: Patch::Clear,
        ..UpdateUser::default()
    };
    let cleared = tenant.write(tenant.update(by_name("full"), clear)).await;
    let cleared = cleared.expect("an edit").user;
    assert_eq!(cleared.record.profile.declared, DeclaredProfile::default());
    assert_eq!(cleared.record.tags, []);
    assert_eq!(cleared.metadata.as_str(), "{}");
    tenant.assert_stored_as_decided().await;
}

fn full_user() -> CreateUser {
    let email = |text: &str| Email::parse(text).expect("an address");
    let phone = |text: &str| Phone::parse(text).expect("a number");
    let country = |text: &str| CountryCode::parse(text).expect("a country");
    let nested = Json::object([("é\"\\", Json::strings([UNUSUAL, "", "\u{1}\n\u{7f}"]))]);
    CreateUser {
        status: Some(UserStatus::Flagged),
        display_name: Some(display_name(UNUSUAL)),
        declared: DeclaredProfile {
            full_name: FullName::parse("é".repeat(FullName::MAX_CHARACTERS)).ok(),
            date_of_birth: DateOfBirth::parse("1900-01-01", base_time().date()).ok(),
            emails: vec![email("b@example.org"), email("a@example.org")],
            phones: vec![phone("+49 30 1"), phone("(0)")],
            issuing_states: vec![country("ESP"), country("DEU")],
        },
        metadata: metadata([
            ("b", nested),
            ("a", Json::Array(vec![Json::Null, Json::Bool(false)])),
            ("", Json::Object(JsonObject::new())),
            ("a.b", Json::Array(Vec::new())),
        ]),
        tags: vec![tag("z"), TagName::from_stored("a\u{202e}".to_owned()), tag(UNUSUAL.trim())],
        ..a_user("full")
    }
}

/// Covers integers at both ends of their range, and doubles that stores often format differently.
pub async fn numbers_come_back_exactly_as_written(subject: &UserStoreSubject) {
    const LITERALS: [&str; 22] = [
        "0",
        "-0",
        "0.0",
        "-0.0",
        "7",
        "7.0",
        "-7",
        "0.1",
        "1.10",
        "1e-5",
        "1e-28",
        "1e21",
        "1e28",
        "-1.5e20",
        "9007199254740991",
        "9007199254740992",
        "-9007199254740992",
        "1e15",
        "123456.75",
        "0.30000000000000004",
        "10000000000000000000",
        "-100000000000000000000",
    ];
    let tenant = Tenant::of(subject).await;
    let number = |literal: &&str| Json::Number(Number::parse(literal).expect("a number"));
    let all = Json::Array(LITERALS.iter().map(number).collect());
    let command = CreateUser {
        metadata: metadata([("numbers", all), ("seven", number(&"7.0"))]),
        ..a_user("ada")
    };
    let text = command.metadata.text();
    assert_eq!(tenant.has(command).await.metadata, text);
    let found = tenant.find(&by_name("ada")).await.expect("ada");
    assert_eq!(found.metadata, text);

    let merge = |key: &str, literal: &str| {
        let patch = [(key.to_owned(), number(&literal))].into();
        let command =
            UpdateUser { metadata: Some(MetadataPatch::Merge(patch)), ..UpdateUser::default() };
        tenant.update(by_name("ada"), command)
    };
    let written = tenant.write(merge("seven", "7.0")).await.expect("no refusal");
    assert!(!written.changed, "decisions see the written number");
    let written = tenant.write(merge("seven", "7")).await.expect("no refusal");
    assert!(!written.changed, "7 is the same number as 7.0");
    let written = tenant.write(merge("a", "1")).await.expect("no refusal");
    let with_one_more = text.as_str().replacen('{', "{\"a\":1,", 1);
    assert_eq!(written.user.metadata.as_str(), with_one_more);
    tenant.assert_stored_as_decided().await;
}

/// Covers unusual keys and random values. Decisions see the same value, alone and in a batch.
pub async fn metadata_comes_back_exactly_as_written(subject: &UserStoreSubject) {
    const KEYS: [&str; 9] = [
        "",
        " ",
        "\"\\",
        "\u{1}\u{7f}",
        "\u{fffe}\u{10ffff}",
        "e\u{301}",
        "é",
        "$.a[0]",
        "constructor",
    ];
    let tenant = Arc::new(Tenant::of(subject).await);
    let keys = KEYS.into_iter().map(|key| (key.to_owned(), Json::strings([key])));
    assert_comes_back(&tenant, "keys", Metadata::new(keys.collect()).expect("metadata")).await;
    let number = Arc::new(AtomicU32::new(0));
    for_all(40, &strategies::metadata(), |value| {
        let tenant = Arc::clone(&tenant);
        let name = format!("user {}", number.fetch_add(1, Ordering::Relaxed));
        async move { assert_comes_back(&tenant, &name, value).await }
    })
    .await;
}

async fn assert_comes_back(tenant: &Tenant, name: &str, value: Metadata) {
    let replace = |value: &Metadata| {
        let command = UpdateUser {
            metadata: Some(MetadataPatch::Replace(value.clone())),
            ..UpdateUser::default()
        };
        tenant.update(by_name(name), command)
    };
    tenant.has(CreateUser { metadata: value.clone(), ..a_user(name) }).await;
    let mut answers = tenant.commit(vec![replace(&value)]).await;
    answers.extend(tenant.commit(vec![replace(&value), replace(&value)]).await);
    for answer in answers {
        let written = answer.expect("no refusal");
        assert!(!written.changed, "the value was read differently");
        assert_eq!(written.user.metadata, value.text());
    }
    for value in [&metadata([("other", Json::Bool(true))]), &value] {
        let written = tenant.write(replace(value)).await.expect("no refusal");
        assert_eq!(written.user.metadata, value.text());
        let found = tenant.find(&by_name(name)).await.expect("the user");
        assert_eq!(found.metadata, value.text());
    }
}

/// Covers the maximum size, many keys and the deepest nesting.
pub async fn large_metadata_comes_back_exactly_as_written(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let frame = "{\"long\":\"\"}".len();
    let long = incompressible(Metadata::MAX_BYTES - frame);
    let long = metadata([("long", Json::String(long))]);
    assert_eq!(long.to_string().len(), Metadata::MAX_BYTES);

    let many = (0..4000).map(|key| (format!("k{key}"), Json::count(key)));
    let many = Metadata::new(many.collect()).expect("metadata");

    let mut deep = Json::Array(Vec::new());
    for _ in 2..Metadata::MAX_DEPTH {
        deep = Json::object([("a", deep)]);
    }
    let deep = metadata([("deep", deep)]);

    for (name, metadata) in [("long", long), ("many", many), ("deep", deep)] {
        tenant.has(CreateUser { metadata, ..a_user(name) }).await;
    }
    let replace = UpdateUser {
        metadata: Some(MetadataPatch::Replace(Metadata::default())),
        ..UpdateUser::default()
    };
    tenant.write(tenant.update(by_name("long"), replace)).await.expect("an edit");
    tenant.assert_stored_as_decided().await;
}

/// Covers incompressible names of the maximum length (index entries have a size limit), names that differ only in the
/// last byte, and names with a meaning in SQL, paths and patterns.
pub async fn unusual_vendor_data_works_in_every_operation(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let long = incompressible(2000);
    let mut other = long.clone();
    let last = other.pop().expect("a character");
    other.push(if last == 'a' { 'b' } else { 'a' });
    let widest = "\u{10FFFF}".repeat(500);
    let words = ["null", "NaN", "'; drop table users; --", "a/b", "%2F", "\\", "{}", "\u{202e}x"];
    let names = [&*long, &*other, &*widest, UNUSUAL].into_iter().chain(words);
    for name in names {
        assert_eq!(vendor_data(name).as_str(), name);
        let created = tenant.has(a_user(name)).await;
        let flag = tenant.change_status(by_name(name), to_status(UserStatus::Flagged));
        let flagged = tenant.write(flag).await.expect("a change").user.record;
        assert_eq!(flagged.id, created.record.id);
        tenant.assert_stored_as_decided().await;
        tenant.remove(name).await;
        assert_eq!(tenant.find(&by_name(name)).await, None);
        tenant.has(a_user(name)).await;
    }
}

/// Deterministic ASCII text without a pattern.
fn incompressible(bytes: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let next = || {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = usize::try_from(state >> 58).unwrap_or(0);
        ALPHABET.get(at).copied().map_or('A', char::from)
    };
    std::iter::repeat_with(next).take(bytes).collect()
}
