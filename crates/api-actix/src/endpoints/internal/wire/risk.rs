//! Reads reports of risks.

use users_domain::model::evidence::{RiskEvent, RiskEventId, RiskKind, RiskReport};
use users_domain::model::{LengthUnit, Reason, VendorData};

use super::{Read, incomplete, sent};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::Fields;

/// Reads a report, or the errors of its required members.
pub(in crate::endpoints::internal) fn read(
    mut fields: Fields<'_>,
) -> Result<Read<RiskReport>, FieldErrors> {
    let sent = sent(&fields.members, &["kind", "detail"]);
    let id = fields.required_text("event_id", RiskEventId::parse);
    let vendor_data = fields.required_text("vendor_data", VendorData::parse);
    let kind = fields.required_choice("kind", RiskKind::parse);
    let errors = std::mem::take(&mut fields.errors);
    let detail = fields.text("detail").value();
    fields.ignore_rest();
    let mut left_out = fields.errors;
    let detail = detail.and_then(|text| reason(&text, &mut left_out));
    let report = id.zip(vendor_data).zip(kind);
    let report = report.map(|((id, vendor_data), kind)| RiskReport {
        vendor_data,
        event: RiskEvent { id, kind, detail, incomplete: incomplete(sent, &left_out) },
        sent,
    });
    Read::of(report, errors, &left_out)
}

/// Parses the reason. Cuts a text above the limit and records an error.
fn reason(text: &str, errors: &mut FieldErrors) -> Option<Reason> {
    let max = Reason::MAX_CHARACTERS;
    let fitting: String = text.chars().take(max).collect();
    if fitting.len() < text.len() {
        errors.add("detail", messages::too_long(max, LengthUnit::Characters));
    }
    let reason = errors.keep("detail", Reason::parse(fitting))?;
    Some(reason).filter(|reason| !reason.as_str().is_empty())
}
