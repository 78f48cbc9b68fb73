//! Metrics of reports.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use users_domain::model::Operation;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

/// Counts rejected reports of other services. Labels contain no ids or names.
#[derive(Debug, Clone, Default)]
pub struct IngestMetrics {
    errors: Family<OperationLabel, Counter>,
}

impl IngestMetrics {
    /// Registers the metrics in `registry`.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        for operation in
            [Operation::ReportSessions, Operation::ReportTransactions, Operation::ReportRisks]
        {
            metrics.count(operation, 0);
        }
        registry.register(
            "report_errors",
            "Reports of sessions, transactions and risks that were refused",
            metrics.errors.clone(),
        );
        metrics
    }

    pub(super) fn count(&self, operation: Operation, errors: usize) {
        let operation = operation.as_str();
        let label = OperationLabel { operation };
        let errors = u64::try_from(errors).unwrap_or(u64::MAX);
        self.errors.get_or_create(&label).inc_by(errors);
    }
}
