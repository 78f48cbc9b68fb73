//! `POST /v3/users/restore/`

use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Operation, UserKey, VendorData};
use users_domain::service::{Restoration, RestoreUsers};

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::reply::{Reply, ResponseRenderer};
use crate::endpoints::users::wire::named::{BY_NAME, NamedUsers};
use crate::http::error::{ApiError, FieldErrors};
use crate::http::handler::HandlerResult;
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, claim};

/// The result of a restoration.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Restoration")]
pub(super) struct RestorationBody<'a> {
    restored: u64,
    /// The `vendor_data` of users that remain deleted because another user has it now.
    conflicts: Vec<&'a str>,
}

/// Restores the named deleted users.
pub(crate) async fn restore(context: RequestContext, caller: Caller) -> HandlerResult {
    let max_bytes = context.state.settings.max_delete_body_bytes;
    let (state, request, mut body) = context.with_body(max_bytes).await?;
    let claim = claim(&request, &caller, Operation::RestoreUsers, None, &body)?;
    let command = read(body.fields());
    let renderer = ResponseRenderer::by(restored, &body.ignored, &caller);
    let command = body.ignored.attach(&request, command);
    let once = renderer.once(claim);
    let answered = state.services.deleted_users.restore(&caller, &command?, once).await?;
    renderer.send(&answered, &request)
}

fn restored(restoration: &Restoration, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let conflicts = restoration.conflicts.iter().map(VendorData::as_str);
    let body = RestorationBody { restored: restoration.restored, conflicts: conflicts.collect() };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}

const NO_SELECTION: &str = "Provide vendor_data_list or didit_internal_id_list.";

/// Reads which users to restore, or all field errors.
fn read(mut fields: Fields<'_>) -> Result<RestoreUsers, FieldErrors> {
    let named = NamedUsers::take(&mut fields);
    if named.is_empty() && fields.errors.is_empty() {
        fields.errors.add(BY_NAME, NO_SELECTION);
    }
    let mut command = RestoreUsers::default();
    for key in named.keys(&mut fields) {
        match key {
            UserKey::VendorData(name) => command.names.push(name),
            UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => command.ids.push(id),
        }
    }
    fields.finish(Some(command))
}
