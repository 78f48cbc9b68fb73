//! Reading the audit trail, and noting what was refused before any use case began.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ServiceError, authorize};
use crate::model::{
    ApplicationId, AuditEntry, AuditPage, AuditStart, Caller, ListAudit, Operation, PageSize,
    VendorData,
};
use crate::ports::{AuditReader, AuditTrail, Clock, Entropy, StoreError};
use crate::rules::{Rejection, refusal_entry, refused_reports_entry};

/// The use cases around the audit trail.
pub struct AuditService {
    reader: Arc<dyn AuditReader>,
    trail: Arc<dyn AuditTrail>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl AuditService {
    /// Over these ports.
    pub fn new(
        reader: Arc<dyn AuditReader>,
        trail: Arc<dyn AuditTrail>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            reader,
            trail,
            clock,
            entropy,
        }
    }

    /// One page of what happened in the caller's application.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::Store`].
    pub async fn list(
        &self,
        caller: &Caller,
        question: &ListAudit,
    ) -> Result<AuditPage, ServiceError> {
        authorize(caller, Operation::ReadAuditLog)?;
        Ok(self.reader.list(caller.application(), question).await?)
    }

    /// One page of what happened to a user.
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
        let page = self
            .reader
            .activity(caller.application(), vendor_data, start, size);
        page.await?.ok_or_else(|| Rejection::UserNotFound.into())
    }

    /// The entry of a caller who was refused an operation just now. Writing it is left to [`Self::append`], as the caller does not wait for that.
    #[must_use]
    pub fn refusal(&self, caller: &Caller, operation: Operation) -> AuditEntry {
        let context = caller.context(self.clock.now(), self.entropy.seed());
        refusal_entry(caller.application(), operation, &context)
    }

    /// The entry of a call of which so many reports were refused, to be written as that of [`Self::refusal`].
    #[must_use]
    pub fn refused_reports(
        &self,
        caller: &Caller,
        operation: Operation,
        errors: usize,
        reasons: impl IntoIterator<Item = String>,
    ) -> AuditEntry {
        let context = caller.context(self.clock.now(), self.entropy.seed());
        refused_reports_entry(caller.application(), operation, errors, reasons, &context)
    }

    /// Writes entries of any applications, those that are known excepted.
    ///
    /// # Errors
    /// What the store says of the first application whose entries it did not take; those of the others are written.
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
