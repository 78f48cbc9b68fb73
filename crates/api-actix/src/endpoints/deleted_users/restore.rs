//! `POST /v3/users/restore/`

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{Caller, Operation, UserKey, VendorData};
use users_domain::service::{Restoration, RestoreUsers};

use crate::endpoints::request_context::RequestContext;
use crate::endpoints::users::body_limits;
use crate::endpoints::users::reply::{Reply, ResponseRenderer};
use crate::endpoints::users::wire::named::{BY_NAME, NamedUsers};
use crate::http::error::{ApiError, FieldErrors};
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, Members, claim, read_body};

/// The result of a restoration.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Restoration")]
pub(super) struct RestorationBody<'a> {
    restored: u64,
    /// The `vendor_data` of users that remain deleted because another user has it now.
    conflicts: Vec<&'a str>,
}

/// Restores the named deleted users.
pub(crate) async fn restore(
    context: RequestContext,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let (state, request, payload) = context.into_parts();
    let body = read_body(&request, payload, &body_limits::batch_delete(&state)).await?;
    let claim = claim(&request, &caller, Operation::RestoreUsers, None, &body)?;
    let mut ignored = Ignored::query(&request)?;
    let command = read(body.members, &mut ignored);
    let renderer = ResponseRenderer::by(restored, &ignored, &caller);
    let command = ignored.attach(&request, command);
    let once = renderer.once(claim);
    let answered = state.deleted_users.restore(&caller, &command?, once).await?;
    renderer.send(&answered, &request)
}

fn restored(restoration: &Restoration, ignored: &Ignored, _: &Caller) -> Result<Reply, ApiError> {
    let conflicts = restoration.conflicts.iter().map(VendorData::as_str);
    let body = RestorationBody { restored: restoration.restored, conflicts: conflicts.collect() };
    Ok(Reply::new(StatusCode::OK, &body)?.ignoring(ignored))
}

const NO_SELECTION: &str = "Provide vendor_data_list or didit_internal_id_list.";

/// Reads which users to restore, or all field errors. Adds unknown members to `ignored`.
fn read(members: Members, ignored: &mut Ignored) -> Result<RestoreUsers, FieldErrors> {
    let mut fields = Fields::new(members);
    let named = NamedUsers::take(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    if named.is_empty() && errors.is_empty() {
        errors.add(BY_NAME, NO_SELECTION);
    }
    let keys = named.keys(&mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut command = RestoreUsers::default();
    for key in keys {
        match key {
            UserKey::VendorData(name) => command.names.push(name),
            UserKey::Id(id) | UserKey::IdIncludingDeleted(id) => command.ids.push(id),
        }
    }
    Ok(command)
}
