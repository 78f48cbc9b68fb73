//! Making a user.

use super::{begun, tags_named};
use crate::model::{
    ApplicationId, CommandContext, DeclaredProfile, DisplayName, Metadata, Operation, TagName,
    UserStatus, VendorData,
};
use crate::rules::Facts;
use crate::rules::{ChangeSet, Decision, NewUser, Outcome, Rejection};

/// A request for a new user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateUser {
    /// The client's own identifier.
    pub vendor_data: VendorData,
    /// The initial status. None is ACTIVE, or BLOCKED where a block was left behind.
    pub status: Option<UserStatus>,
    /// What the application shows.
    pub display_name: Option<DisplayName>,
    /// What the client says about the person.
    pub declared: DeclaredProfile,
    /// The client's own data.
    pub metadata: Metadata,
    /// Labels, by name, without repetition.
    pub tags: Vec<TagName>,
}

/// Makes the user unless there is one of this name.
#[must_use]
pub fn decide_create(
    facts: &Facts,
    command: &CreateUser,
    application: ApplicationId,
    context: &CommandContext,
) -> Decision {
    if facts.user.is_some() {
        return Rejection::VendorDataTaken.into();
    }
    let new = NewUser {
        display_name: command.display_name.clone(),
        declared: command.declared.clone(),
        metadata: command.metadata.clone(),
        tags: tags_named(&command.tags, facts, application, context),
        ..NewUser::named(command.vendor_data.clone(), application, context)
    };
    let changes = begun(new, command.status, facts);
    ChangeSet::record(facts, &changes, Operation::CreateUser, context)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        })
        .into()
}
