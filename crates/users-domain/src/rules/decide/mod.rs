//! Commands and the decisions on them. A decision depends only on the facts and the context.

mod begun;
mod create;
mod delete;
mod evidence;
mod if_match;
mod legal_hold;
mod merge_patch;
mod restore;
mod status_change;
mod update;

#[cfg(test)]
mod tests;

pub use create::{CreateUser, decide_create};
pub use delete::decide_delete;
pub use evidence::{Recount, decide_recount, decide_risk, decide_session, decide_transaction};
pub use if_match::IfMatch;
pub use legal_hold::{LegalHoldCommand, decide_legal_hold};
pub use restore::decide_restore;
pub use status_change::{ChangeStatus, decide_status_change};
pub use update::{MetadataPatch, Patch, UpdateUser, decide_update};

use crate::model::{ApplicationId, CommandContext, Operation, Tag, TagName, UserTag};
use crate::rules::change_set::moment;
use crate::rules::{ChangeSet, Decision, Facts, Outcome, UserChange};
use begun::{creation_changes, initial_status, new_user};
use if_match::user_matching;

/// The decision to make these changes, or to change nothing if they have no effect.
fn decided(
    facts: &Facts,
    changes: &[UserChange],
    operation: Operation,
    context: &CommandContext,
) -> Decision {
    Outcome::from(ChangeSet::record(facts, changes, operation, context)).into()
}

/// Tags with these names for a user: tags that the user already has stay unchanged, the others are added now.
fn tags_named(
    names: &[TagName],
    facts: &Facts,
    application: ApplicationId,
    context: &CommandContext,
) -> Vec<UserTag> {
    let on_user = |name: &TagName| {
        facts.user.as_ref()?.record.tags.iter().find(|tag| tag.tag.name == *name).cloned()
    };
    let known = |name: &TagName| facts.tags.iter().find(|tag| tag.name == *name).cloned();
    let at = moment(facts, context);
    let new_tag = |name: &TagName| UserTag {
        tag: known(name).unwrap_or_else(|| Tag::first_used(application, name.clone(), at)),
        added_by: context.actor.name().cloned(),
        added_at: at,
    };
    names.iter().map(|name| on_user(name).unwrap_or_else(|| new_tag(name))).collect()
}
