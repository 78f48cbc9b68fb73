//! The fields of a user by name: the key of each, whether clients write it, and whether reports write it.

/// Whether clients write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientAccess {
    /// Always.
    Writable,
    /// Through the status machine.
    StatusMachine,
    /// Until the user is verified; from then on, the policy of the application decides.
    ByPolicy,
    /// Until the user is verified.
    UntilVerified,
    /// When the user is created.
    OnCreation,
    /// Never.
    ReadOnly,
}

macro_rules! fields {
    (
        { $($field:ident = $key:literal: $access:ident, $by_reports:literal;)+ }
        events only { $($event_field:ident = $event_key:literal;)+ }
    ) => {
        /// A field of the user as the API shows it (docs/API.md).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum UserField {
            $(#[doc = concat!("`", $key, "`")] $field,)+
            $(#[doc = concat!("`", $event_key, "`: appears in events only; it is not a field of a user.")] $event_field,)+
        }

        impl UserField {
            /// Every field of a user, in the order of the OpenAPI document.
            pub const ALL: [Self; [$($key),+].len()] = [$(Self::$field,)+];

            /// The JSON key in the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$field => $key,)+
                    $(Self::$event_field => $event_key,)+
                }
            }

            /// Whether clients write the field.
            pub(crate) const fn client_access(self) -> ClientAccess {
                match self {
                    $(Self::$field => ClientAccess::$access,)+
                    $(Self::$event_field => ClientAccess::ReadOnly,)+
                }
            }

            const fn is_by_reports(self) -> bool {
                match self {
                    $(Self::$field => $by_reports,)+
                    $(Self::$event_field => false,)+
                }
            }
        }
    };
}

// Key, whether clients write the field, and whether reports of sessions and transactions do.
fields! {
    {
        InternalId = "didit_internal_id": ReadOnly, false;
        VendorData = "vendor_data": OnCreation, false;
        DisplayName = "display_name": Writable, false;
        FullName = "full_name": ByPolicy, true;
        DateOfBirth = "date_of_birth": ByPolicy, true;
        EffectiveName = "effective_name": ReadOnly, false;
        Status = "status": StatusMachine, false;
        PortraitImageUrl = "portrait_image_url": ReadOnly, true;
        SessionCount = "session_count": ReadOnly, true;
        ApprovedCount = "approved_count": ReadOnly, true;
        DeclinedCount = "declined_count": ReadOnly, true;
        InReviewCount = "in_review_count": ReadOnly, true;
        IssuingStates = "issuing_states": UntilVerified, true;
        ApprovedEmails = "approved_emails": UntilVerified, true;
        ApprovedPhones = "approved_phones": UntilVerified, true;
        Features = "features": ReadOnly, true;
        FeaturesList = "features_list": ReadOnly, false;
        LastSessionAt = "last_session_at": ReadOnly, true;
        FirstSessionAt = "first_session_at": ReadOnly, true;
        LastActivityAt = "last_activity_at": ReadOnly, true;
        Tags = "tags": Writable, false;
        CreatedAt = "created_at": ReadOnly, false;
        UpdatedAt = "updated_at": ReadOnly, false;
        Version = "version": ReadOnly, false;
        Metadata = "metadata": Writable, false;
        Comments = "comments": ReadOnly, false;
        LegalHold = "legal_hold": ReadOnly, false;
        Provenance = "provenance": ReadOnly, false;
        DeletedAt = "deleted_at": ReadOnly, false;
    }
    events only {
        Risk = "risk";
    }
}

impl UserField {
    /// The fields that reports of sessions and transactions write.
    pub(crate) fn by_reports() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|field| field.is_by_reports())
    }

    /// The field with this JSON key, or `None`.
    #[must_use]
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == key)
    }

    /// The field's name in events: as in the API except for the portrait.
    #[must_use]
    pub const fn event_name(self) -> &'static str {
        match self {
            Self::PortraitImageUrl => "portrait_image",
            other => other.as_str(),
        }
    }
}
