//! A report of a risk.

use users_domain::model::evidence::{RiskEvent, RiskEventId, RiskKind, RiskReport};
use users_domain::model::{Reason, VendorData};

use crate::error::FieldErrors;
use crate::request::fields::{Fields, required};
use crate::request::{Ignored, Members, Sent};

/// By type right, and not yet more.
#[derive(Debug)]
struct RiskBody {
    event_id: Sent<String>,
    vendor_data: Sent<String>,
    kind: Sent<RiskKind>,
    detail: Sent<String>,
}

/// Reads a report, or all that is wrong with it. Adds to `ignored` what nobody reads.
pub(in crate::internal) fn read(
    members: Members,
    ignored: &mut Ignored,
) -> Result<RiskReport, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = RiskBody {
        event_id: fields.text("event_id"),
        vendor_data: fields.text("vendor_data"),
        kind: fields.choice("kind", RiskKind::parse),
        detail: fields.text("detail"),
    };
    let mut errors = fields.ignore_rest(ignored);
    let report = body.parse(&mut errors);
    report.filter(|_| errors.is_empty()).ok_or(errors)
}

impl RiskBody {
    /// `None` only with an error noted.
    fn parse(self, errors: &mut FieldErrors) -> Option<RiskReport> {
        let id = required(self.event_id, "event_id", errors, RiskEventId::parse);
        let vendor_data = required(self.vendor_data, "vendor_data", errors, VendorData::parse);
        let kind = required(self.kind, "kind", errors, Ok);
        let detail = self.detail.value().filter(|text| !text.is_empty());
        let detail = detail.and_then(|text| errors.keep("detail", Reason::parse(text)));
        Some(RiskReport {
            vendor_data: vendor_data?,
            event: RiskEvent {
                id: id?,
                kind: kind?,
                detail,
            },
        })
    }
}
