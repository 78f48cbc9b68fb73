//! Creating a user.

use super::{creation_changes, tags_named};
use crate::model::{
    ApplicationId, CommandContext, DeclaredProfile, DisplayName, Metadata, Operation, TagName,
    UserStatus, VendorData,
};
use crate::rules::Facts;
use crate::rules::{ChangeSet, Decision, NewUser, Outcome, Rejection};

/// Command that creates a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateUser {
    /// The client's own identifier.
    pub vendor_data: VendorData,
    /// The initial status. `None` means ACTIVE, or BLOCKED if a deleted user left a block.
    pub status: Option<UserStatus>,
    /// The display name.
    pub display_name: Option<DisplayName>,
    /// Personal data declared by the client.
    pub declared: DeclaredProfile,
    /// The client's own data.
    pub metadata: Metadata,
    /// Tag names without duplicates.
    pub tags: Vec<TagName>,
}

/// Creates the user, unless a user with this `vendor_data` exists.
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
    let changes = creation_changes(new, command.status, facts);
    ChangeSet::record(facts, &changes, Operation::CreateUser, context)
        .map_or(Outcome::Unchanged, |change| {
            Outcome::Changed(Box::new(change))
        })
        .into()
}
