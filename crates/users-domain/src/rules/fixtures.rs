//! Fixtures shared by the tests of several rules.

use uuid::Uuid;

use super::{CreateUser, Decision, Outcome, decide_create};
use crate::model::evidence::SessionId;
use crate::model::{
    Actor, AllowedNetworks, ApiKey, ApiKeySecret, ApplicationId, ApplicationSettings,
    CommandContext, DeclaredProfile, Environment, FullName, KeyGrant, KeyId, KeyKind, KeyLimits,
    KeyName, Metadata, RequestId, Role, Timestamp, User, VendorData, VerificationSource, Verified,
};
use crate::rules::Facts;

pub(super) const APPLICATION: ApplicationId = ApplicationId::new(Uuid::from_u128(1));

/// A new key of this kind, without bounds.
pub(crate) fn grant(kind: KeyKind) -> KeyGrant {
    let secret = ApiKeySecret::generate(Environment::Live, [0; 32]);
    let key = ApiKey {
        id: KeyId::new(Uuid::from_u128(1)),
        application: APPLICATION,
        name: KeyName::parse("key").unwrap(),
        kind,
        digest: secret.digest(),
        prefix: secret.shown_prefix(),
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        allowed_ips: AllowedNetworks::default(),
        limits: KeyLimits::default(),
    };
    KeyGrant { key, environment: Environment::Live, settings: ApplicationSettings::default() }
}

pub(super) fn context(role: Role, at_micros: i64) -> CommandContext {
    let id = KeyId::new(Uuid::from_u128(7));
    CommandContext {
        at: Timestamp::from_unix_micros(at_micros).unwrap(),
        seed: at_micros.to_be_bytes().repeat(4).try_into().unwrap(),
        actor: Actor::Key {
            id,
            name: KeyName::parse("a key").unwrap(),
            kind: KeyKind::Role(role),
            address: None,
        },
        request_id: RequestId::parse("request").unwrap(),
        environment: Environment::Live,
    }
}

pub(crate) fn create(vendor_data: &str) -> CreateUser {
    CreateUser {
        vendor_data: VendorData::parse(vendor_data).unwrap(),
        status: None,
        display_name: None,
        declared: DeclaredProfile::default(),
        metadata: Metadata::default(),
        tags: Vec::new(),
    }
}

pub(crate) fn created(command: &CreateUser) -> User {
    let decision =
        decide_create(&Facts::default(), command, APPLICATION, &context(Role::Owner, 1_000));
    changed(decision).user().clone()
}

/// A user with one approved session, whose verified name differs from the declared one.
pub(super) fn verified() -> User {
    let mut command = create("ada");
    command.declared.full_name = Some(FullName::parse("Ada").unwrap());
    let mut user = created(&command);
    user.record.counters.approved_count = 1;
    user.record.profile.verified.full_name = Some(Verified {
        value: FullName::parse("Augusta Ada King").unwrap(),
        source: VerificationSource {
            session: SessionId::parse("session-1").unwrap(),
            at: Timestamp::UNIX_EPOCH,
        },
    });
    user
}

pub(super) fn facts(user: User) -> Facts {
    Facts { user: Some(user), ..Facts::default() }
}

pub(super) fn changed(decision: Decision) -> super::ChangeSet {
    match decision.outcome {
        Outcome::Changed(change) => *change,
        other => panic!("expected a change, got {other:?}"),
    }
}
