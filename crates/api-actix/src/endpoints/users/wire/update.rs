//! The body of an update.

use chrono::NaiveDate;
use std::collections::BTreeMap;
use users_domain::model::{Json, Metadata, Reason, StatusTrigger, UserField};
use users_domain::rules::Patch;
use users_domain::rules::{ChangeStatus, MetadataPatch, UpdateUser};

use super::editable::Edits;
use super::fields::parse_reason;
use super::limits;
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::Fields;
use crate::http::request::{Ignored, MERGE_PATCH_JSON, ReadBody};

/// Reads the changes, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::users) fn read(
    body: ReadBody,
    today: NaiveDate,
    trigger: StatusTrigger,
    ignored: &mut Ignored,
) -> Result<UpdateUser, FieldErrors> {
    let merges = body.media_type == MERGE_PATCH_JSON;
    let mut fields = Fields::new(body.members);
    let status = fields.status(messages::not_a_choice);
    let status_is_sent = status != Patch::Absent || fields.errors.has("status");
    let reason = fields.text_within("reason", Reason::MAX_CHARACTERS);
    let edits = Edits::read(&mut fields, today, limits::SHOWN_ENTRIES, ignored);
    // A reason has no effect without a status.
    if reason != Patch::Absent && !status_is_sent {
        ignored.add("reason");
    }
    let read_only = read_only(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    let reason = parse_reason(reason, &mut errors);
    let command = command(edits, merges, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(UpdateUser {
        status: status.value().map(|to| ChangeStatus { to, reason, trigger }),
        read_only,
        ..command
    })
}

fn command(edits: Edits, merges: bool, errors: &mut FieldErrors) -> UpdateUser {
    let metadata = match edits.metadata {
        Patch::Absent => None,
        Patch::Clear => Some(MetadataPatch::Replace(Metadata::default())),
        Patch::Set(patch) if merges => {
            let patch = MetadataPatch::Merge(patch);
            // The user's metadata can only add to the patch, so errors of the patch itself are reported with the
            // others.
            errors.keep("metadata", patch.applied_to(&Metadata::default())).map(|_| patch)
        }
        Patch::Set(object) => {
            errors.keep("metadata", Metadata::new(object)).map(MetadataPatch::Replace)
        }
    };
    UpdateUser {
        display_name: edits.display_name,
        full_name: edits.full_name,
        date_of_birth: edits.date_of_birth,
        approved_emails: edits.approved_emails,
        approved_phones: edits.approved_phones,
        issuing_states: edits.issuing_states,
        tags: edits.tags,
        metadata,
        ..UpdateUser::default()
    }
}

/// Reads the read-only fields, each with its value if it can be read. The domain compares them with the current values.
fn read_only(fields: &mut Fields) -> BTreeMap<UserField, Option<Json>> {
    let mut taken = |field: UserField| Some((field, fields.take(field.as_str())?));
    let taken = UserField::ALL.into_iter().filter_map(&mut taken);
    taken.map(|(field, sent)| (field, sent.json(limits::SHOWN_VALUES).ok())).collect()
}
