//! Creating a user.

use super::{creation_changes, decided, new_user, tags_named};
use crate::model::{
    ApplicationId, CommandContext, DeclaredProfile, DisplayName, Metadata, Operation, TagName,
    UserStatus, VendorData,
};
use crate::rules::{Decision, Facts, Rejection};

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
    let mut user = new_user(command.vendor_data.clone(), application, facts, context);
    user.record.display_name.clone_from(&command.display_name);
    user.record.profile.declared.clone_from(&command.declared);
    user.record.tags = tags_named(&command.tags, facts, application, context);
    user.metadata.clone_from(&command.metadata);
    let changes = creation_changes(user, command.status, facts);
    decided(facts, &changes, Operation::CreateUser, context)
}
