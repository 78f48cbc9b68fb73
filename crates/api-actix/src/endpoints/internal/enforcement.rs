//! `GET /internal/v1/enforcement/{vendor_data}/`

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, UserStatus, VendorData};
use users_domain::rules::enforcement::{
    Enforcement, NewSession, NewTransaction, SESSION_DECLINED, enforcement as allowed_by,
    transaction_declined,
};

use crate::endpoints::request_context::RequestContext;
use crate::http::error::ApiError;
use crate::http::handler::HandlerResult;
use crate::http::request::segment;
use crate::http::text::Word;

/// The index of `{vendor_data}` in `/internal/v1/enforcement/{vendor_data}/`, split at slashes.
const SEGMENT: usize = 4;

/// The sessions and transactions that a user may start.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Enforcement")]
pub(super) struct EnforcementBody {
    /// The status of the user; null for an unknown user. It is also BLOCKED if the last user with this `vendor_data` was
    /// BLOCKED when deleted and the application keeps blocks.
    status: Option<Word<UserStatus>>,
    new_session: Word<NewSession>,
    new_transaction: Word<NewTransaction>,
    /// The version of the user; null for an unknown user.
    #[schemars(range(min = 1))]
    version: Option<u64>,
    session_error: Option<SessionErrorBody>,
    transaction_error: Option<TransactionErrorBody>,
}

/// The error to return to the client; null if there is none. In the form of the reference API: a text, not a list.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct SessionErrorBody {
    vendor_data: &'static str,
}

/// The error to return to the client; null if there is none.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct TransactionErrorBody {
    vendor_data: [String; 1],
}

/// Returns what the status of a user allows. A text that is not a valid `vendor_data` counts as an unknown user.
pub(crate) async fn enforcement(context: RequestContext, caller: Caller) -> HandlerResult {
    context.ignore_query()?;
    let named = segment(&context.request, SEGMENT, |text| Some(VendorData::parse(text).ok()))?;
    let Some(vendor_data) = named.ok_or(ApiError::NotFound)? else {
        return Ok(HttpResponse::Ok().json(EnforcementBody::of(None)));
    };
    let known = context.state.services.ingest.status(&caller, &vendor_data).await?;
    let known = known.map(|(status, version)| (&vendor_data, status, version));
    Ok(HttpResponse::Ok().json(EnforcementBody::of(known)))
}

impl EnforcementBody {
    /// What the status of a user allows; `None` for an unknown user.
    fn of(known: Option<(&VendorData, UserStatus, Option<u64>)>) -> Self {
        let status = known.map(|(_, status, _)| status);
        let Enforcement { new_session, new_transaction } = allowed_by(status);
        Self {
            status: status.map(Word),
            new_session: Word(new_session),
            new_transaction: Word(new_transaction),
            version: known.and_then(|(_, _, version)| version),
            session_error: (new_session == NewSession::Declined)
                .then_some(SessionErrorBody { vendor_data: SESSION_DECLINED }),
            transaction_error: known.filter(|_| new_transaction == NewTransaction::Declined).map(
                |(name, ..)| TransactionErrorBody { vendor_data: [transaction_declined(name)] },
            ),
        }
    }
}
