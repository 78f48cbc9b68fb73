//! The bodies of an update and of a status change.

use chrono::NaiveDate;
use std::collections::BTreeMap;
use users_domain::model::{
    Json, Metadata, Profile, Reason, StatusTrigger, UserField, VerifiedProfile,
};
use users_domain::rules::{ChangeStatus, MetadataPatch, Patch, UpdateUser};

use super::editable::{Edits, parse_reason};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::Fields;
use crate::http::request::{MERGE_PATCH_JSON, ReadBody};

/// The most declared e-mail addresses, telephone numbers and countries. Clients may send back what a response shows:
/// declared and verified entries together.
pub(in crate::endpoints::users) const MAX_SHOWN_ENTRIES: usize =
    Profile::MAX_LIST_ENTRIES + VerifiedProfile::MAX_LIST_ENTRIES;

/// The most values in a read-only member: twenty comments with metadata before and after.
const MAX_SHOWN_VALUES: usize = 128 * 1024;

/// Reads the changes, or all field errors.
pub(in crate::endpoints::users) fn read(
    body: &mut ReadBody,
    today: NaiveDate,
    trigger: StatusTrigger,
) -> Result<UpdateUser, FieldErrors> {
    let merges = body.media_type == MERGE_PATCH_JSON;
    let mut fields = body.fields();
    let status = fields.status(messages::not_a_choice);
    let status_is_sent = status != Patch::Absent || fields.errors.has("status");
    let reason = fields.text_within("reason", Reason::MAX_CHARACTERS);
    let edits = Edits::read(&mut fields, today, MAX_SHOWN_ENTRIES);
    // A reason has no effect without a status.
    if reason != Patch::Absent && !status_is_sent {
        fields.ignored.add("reason");
    }
    let read_only = read_only(&mut fields);
    let reason = parse_reason(reason, &mut fields.errors);
    let command = command(edits, merges, &mut fields.errors);
    fields.finish(Some(UpdateUser {
        status: status.value().map(|to| ChangeStatus { to, reason, trigger }),
        read_only,
        ..command
    }))
}

/// Reads a status change, or all field errors.
pub(in crate::endpoints::users) fn read_status(
    mut fields: Fields<'_>,
    trigger: StatusTrigger,
) -> Result<ChangeStatus, FieldErrors> {
    let status = fields.status(|_| messages::INVALID_STATUS.to_owned());
    let reason = fields.text_within("reason", Reason::MAX_CHARACTERS);
    let to = fields.required(status, "status", Ok);
    let reason = parse_reason(reason, &mut fields.errors);
    fields.finish(to.map(|to| ChangeStatus { to, reason, trigger }))
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
fn read_only(fields: &mut Fields<'_>) -> BTreeMap<UserField, Option<Json>> {
    let mut taken = |field: UserField| Some((field, fields.take(field.as_str())?));
    let taken = UserField::ALL.into_iter().filter_map(&mut taken);
    taken.map(|(field, sent)| (field, sent.json(MAX_SHOWN_VALUES).ok())).collect()
}
