//! `GET /internal/v1/enforcement/{vendor_data}/`

use actix_web::HttpResponse;
use serde::Serialize;
use users_domain::model::{Caller, UserStatus, VendorData};
use users_domain::rules::enforcement::{
    Enforcement, NewSession, NewTransaction, SESSION_DECLINED, enforcement as allowed_by,
    transaction_declined,
};

use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::request::segment;

/// The index of `{vendor_data}` in `/internal/v1/enforcement/{vendor_data}/`, split at slashes.
const SEGMENT: usize = 4;

/// What a user may start, and the error that the service returns to its own client if the user may not.
#[derive(Serialize)]
struct EnforcementBody {
    status: Option<&'static str>,
    new_session: &'static str,
    new_transaction: &'static str,
    version: Option<u64>,
    session_error: Option<SessionErrorBody>,
    transaction_error: Option<TransactionErrorBody>,
}

/// In the form of the reference API: a text, not a list.
#[derive(Serialize)]
struct SessionErrorBody {
    vendor_data: &'static str,
}

#[derive(Serialize)]
struct TransactionErrorBody {
    vendor_data: [String; 1],
}

/// Returns what the status of a user allows. A text that is not a valid `vendor_data` counts as an unknown user.
pub(crate) async fn enforcement(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    context.ignore_query()?;
    let named = segment(&context.request, SEGMENT, |text| {
        Some(VendorData::parse(text).ok())
    })?;
    let Some(vendor_data) = named.ok_or(ApiError::NotFound)? else {
        return Ok(HttpResponse::Ok().json(EnforcementBody::of_unknown_user()));
    };
    let known = context.state.ingest.status(&caller, &vendor_data).await?;
    Ok(HttpResponse::Ok().json(match known {
        Some((status, version)) => EnforcementBody::of(&vendor_data, status, version),
        None => EnforcementBody::of_unknown_user(),
    }))
}

impl EnforcementBody {
    fn of(vendor_data: &VendorData, status: UserStatus, version: Option<u64>) -> Self {
        let Enforcement {
            new_session,
            new_transaction,
        } = allowed_by(status);
        Self {
            status: Some(status.as_str()),
            new_session: new_session.as_str(),
            new_transaction: new_transaction.as_str(),
            version,
            session_error: (new_session == NewSession::Declined).then_some(SessionErrorBody {
                vendor_data: SESSION_DECLINED,
            }),
            transaction_error: (new_transaction == NewTransaction::Declined).then(|| {
                TransactionErrorBody {
                    vendor_data: [transaction_declined(vendor_data)],
                }
            }),
        }
    }

    fn of_unknown_user() -> Self {
        let Enforcement {
            new_session,
            new_transaction,
        } = allowed_by(None);
        Self {
            status: None,
            new_session: new_session.as_str(),
            new_transaction: new_transaction.as_str(),
            version: None,
            session_error: None,
            transaction_error: None,
        }
    }
}
