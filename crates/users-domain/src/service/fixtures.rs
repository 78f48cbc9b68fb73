//! Fixtures shared by the service tests.

use uuid::Uuid;

use crate::model::{
    AllowedNetworks, ApiKey, ApiKeySecret, Application, ApplicationId, ApplicationName,
    ApplicationSettings, Caller, Environment, KeyGrant, KeyId, KeyKind, KeyLimits, KeyName,
    RequestId, Timestamp,
};
use crate::ports::{Clock, Entropy, StoreError};

pub(super) const APPLICATION: ApplicationId = ApplicationId::new(Uuid::from_u128(1));

pub(super) struct FixedEntropy;

impl Entropy for FixedEntropy {
    fn seed(&self) -> [u8; 32] {
        [1; 32]
    }
}

pub(super) struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

pub(super) fn application() -> Application {
    Application {
        id: APPLICATION,
        name: ApplicationName::parse("application").unwrap(),
        environment: Environment::Live,
        settings: ApplicationSettings::default(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

pub(crate) fn caller(kind: KeyKind) -> Caller {
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
    Caller {
        grant: KeyGrant {
            key,
            environment: Environment::Live,
            settings: ApplicationSettings::default(),
        },
        address: None,
        request_id: RequestId::parse("r").unwrap(),
    }
}

pub(super) fn unavailable() -> StoreError {
    StoreError::Unavailable {
        reason: "unavailable".to_owned(),
    }
}
