//! Reads the audit trail and records requests that were rejected before a use case started.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Contexts, ServiceError, authorize};
use crate::model::{
    ApplicationId, AuditEntry, AuditPage, AuditStart, Caller, ListAudit, Operation, PageSize,
    VendorData,
};
use crate::ports::{AuditReader, AuditTrail, Clock, Entropy, StoreError};
use crate::rules::{Rejection, refusal_entry, refused_reports_entry};

/// Audit trail use cases.
pub struct AuditService {
    reader: Arc<dyn AuditReader>,
    trail: Arc<dyn AuditTrail>,
    contexts: Contexts,
}

impl AuditService {
    /// Creates the service with its ports.
    pub fn new(
        reader: Arc<dyn AuditReader>,
        trail: Arc<dyn AuditTrail>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { reader, trail, contexts: Contexts { clock, entropy } }
    }

    /// Returns one page of the audit log of the caller's application.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Store`].
    pub async fn list(
        &self,
        caller: &Caller,
        query: &ListAudit,
    ) -> Result<AuditPage, ServiceError> {
        authorize(caller, Operation::ReadAuditLog)?;
        Ok(self.reader.list(caller.application(), query).await?)
    }

    /// Returns one page of a user's activity.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`Rejection::UserNotFound`], [`ServiceError::Store`].
    pub async fn activity(
        &self,
        caller: &Caller,
        vendor_data: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<AuditPage, ServiceError> {
        authorize(caller, Operation::GetUser)?;
        let page = self.reader.activity(caller.application(), vendor_data, start, size);
        page.await?.ok_or_else(|| Rejection::UserNotFound.into())
    }

    /// Creates the audit entry of a forbidden operation; [`Self::append`] writes it without delaying the response.
    pub fn refusal(&self, caller: &Caller, operation: Operation) -> AuditEntry {
        let context = self.contexts.of(caller);
        refusal_entry(caller.application(), operation, &context)
    }

    /// Creates the audit entry for a call with `errors` rejected reports; [`Self::append`] writes it.
    pub fn refused_reports(
        &self,
        caller: &Caller,
        operation: Operation,
        errors: usize,
        reasons: impl IntoIterator<Item = String>,
    ) -> AuditEntry {
        let context = self.contexts.of(caller);
        refused_reports_entry(caller.application(), operation, errors, reasons, &context)
    }

    /// Writes entries of one or more applications and skips entries that are already stored.
    ///
    /// # Errors
    /// The first [`StoreError`]; the entries of the other applications are still written.
    pub async fn append(&self, entries: Vec<AuditEntry>) -> Result<(), StoreError> {
        let mut by_application = BTreeMap::<ApplicationId, Vec<AuditEntry>>::new();
        for entry in entries {
            let application = entry.header.application;
            by_application.entry(application).or_default().push(entry);
        }
        let mut outcome = Ok(());
        for (application, entries) in by_application {
            let appended = self.trail.append(application, entries).await;
            outcome = outcome.and(appended);
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
