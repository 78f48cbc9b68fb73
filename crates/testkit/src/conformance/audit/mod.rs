//! Requirements for every `AuditReader` and `AuditTrail`. A `UserStore` writes most entries.

mod appending;
mod erasure;
mod listing;
mod scene;
mod walks;

use std::sync::Arc;

use async_trait::async_trait;
use users_domain::model::{ApplicationId, AuditId};
use users_domain::ports::{AuditReader, AuditTrail};

use super::UserStoreSubject;

pub use appending::*;
pub use erasure::*;
pub use listing::*;
pub use walks::*;

/// Adapters of the audit ports under test. All of them use the same data.
#[derive(Clone)]
pub struct AuditSubject {
    /// Writes users and their entries.
    pub users: UserStoreSubject,
    /// Reads the trail.
    pub reader: Arc<dyn AuditReader>,
    /// Appends entries to the trail.
    pub trail: Arc<dyn AuditTrail>,
    /// Erases details.
    pub breaker: Arc<dyn BreakAudit>,
}

/// Changes the trail in ways that no port offers.
#[async_trait]
pub trait BreakAudit: Send + Sync {
    /// Erases the detail of an entry, as the erasure of a person does.
    async fn erase_detail(&self, application: ApplicationId, entry: AuditId);
}
