//! Fixtures shared by the service tests.

use std::sync::Arc;

use uuid::Uuid;

use crate::model::{
    Application, ApplicationId, ApplicationName, ApplicationSettings, Caller, Environment, KeyKind,
    RequestId, Timestamp,
};
use crate::ports::{Clock, Entropy, StoreError};
use crate::rules::fixtures::grant;

pub(super) const APPLICATION: ApplicationId = ApplicationId::new(Uuid::from_u128(1));

struct Fixed;

impl Entropy for Fixed {
    fn seed(&self) -> [u8; 32] {
        [1; 32]
    }
}

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(Fixed)
}

pub(super) fn entropy() -> Arc<dyn Entropy> {
    Arc::new(Fixed)
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

pub(super) fn caller(kind: KeyKind) -> Caller {
    Caller { grant: grant(kind), address: None, request_id: RequestId::parse("r").unwrap() }
}

pub(super) fn unavailable() -> StoreError {
    StoreError::Unavailable { reason: "unavailable".to_owned() }
}
