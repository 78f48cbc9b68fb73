//! Builders of applications, keys and callers.

use users_domain::model::{
    Actor, AllowedNetworks, ApiKey, ApiKeySecret, Application, ApplicationId, ApplicationName,
    ApplicationSettings, AuditEntry, Caller, CommandContext, Environment, KeyGrant, KeyId, KeyKind,
    KeyLimits, KeyName, RequestId, Timestamp, random_uuid,
};
use users_domain::rules::keys::imported;

use crate::{base_time, unique_seed};

/// A live application with a unique id.
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

/// A unique key of the application, and its secret.
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

/// The audit entry for the import of a key.
pub fn a_key_entry(key: &ApiKey) -> AuditEntry {
    imported(key, &an_operators_context(base_time()))
}

/// The context of an operator command at this time.
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

/// The grant of a new key of this kind.
#[must_use]
pub fn a_grant(application: &Application, kind: KeyKind) -> KeyGrant {
    let (key, _) = a_key(application, kind);
    KeyGrant { key, environment: application.environment, settings: application.settings }
}

/// A caller with a new key of this kind.
#[must_use]
pub fn a_caller(application: &Application, kind: KeyKind) -> Caller {
    Caller {
        grant: a_grant(application, kind),
        address: Some([192, 0, 2, 1].into()),
        request_id: RequestId::parse("test-request").expect("a request id"),
    }
}
