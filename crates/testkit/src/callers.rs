//! Applications, and who acts in them.

use users_domain::model::{
    Actor, AllowedNetworks, ApiKey, ApiKeySecret, Application, ApplicationId, ApplicationName,
    ApplicationSettings, AuditEntry, Caller, CommandContext, Environment, KeyGrant, KeyId, KeyKind,
    KeyLimits, KeyName, RequestId, Timestamp, random_uuid,
};
use users_domain::rules::keys::imported;

use crate::{base_time, unique_seed};

/// A live application that no other test has.
#[must_use]
pub fn an_application() -> Application {
    Application {
        id: ApplicationId::new(random_uuid(base_time(), unique_seed())),
        name: ApplicationName::parse("Test").expect("a name"),
        environment: Environment::Live,
        settings: ApplicationSettings::default(),
        created_at: base_time(),
    }
}

/// A key of an application that no other test has, and its secret.
#[must_use]
pub fn a_key(application: &Application, kind: KeyKind) -> (ApiKey, ApiKeySecret) {
    let secret = ApiKeySecret::generate(application.environment, unique_seed());
    let key = ApiKey {
        id: KeyId::new(random_uuid(base_time(), unique_seed())),
        application: application.id,
        name: KeyName::parse("Test key").expect("a name"),
        kind,
        digest: secret.digest(),
        prefix: secret.shown_prefix(),
        created_at: base_time(),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        allowed_ips: AllowedNetworks::default(),
        limits: KeyLimits::default(),
    };
    (key, secret)
}

/// The audit entry of a key that is taken in as it is.
#[must_use]
pub fn a_key_entry(key: &ApiKey) -> AuditEntry {
    imported(key, &an_operators_context(base_time()))
}

/// A command of the operator at this time.
#[must_use]
pub fn an_operators_context(at: Timestamp) -> CommandContext {
    CommandContext {
        at,
        seed: unique_seed(),
        actor: Actor::System,
        request_id: RequestId::parse("test-command").expect("a request id"),
        environment: Environment::Live,
    }
}

/// What a new key of this kind grants.
#[must_use]
pub fn a_grant(application: &Application, kind: KeyKind) -> KeyGrant {
    let (key, _) = a_key(application, kind);
    KeyGrant {
        key,
        environment: application.environment,
        settings: application.settings,
    }
}

/// Somebody with a new key of this kind.
#[must_use]
pub fn a_caller(application: &Application, kind: KeyKind) -> Caller {
    Caller {
        grant: a_grant(application, kind),
        address: Some([192, 0, 2, 1].into()),
        request_id: RequestId::parse("test-request").expect("a request id"),
    }
}
