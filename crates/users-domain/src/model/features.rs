//! What verification sessions checked, and how it ended.

use std::collections::BTreeMap;

use super::InvalidValue;

/// The latest status of each feature that a session of the user had.
pub type Features = BTreeMap<Feature, FeatureStatus>;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word of the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word of the API, exactly.
            ///
            /// # Errors
            /// [`InvalidValue::UnknownWord`].
            pub fn parse(text: &str) -> Result<Self, InvalidValue> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(InvalidValue::UnknownWord)
            }
        }
    };
}
pub(super) use words;

words!(
    /// A check that a session can hold (docs/API.md).
    Feature {
        /// Identity document.
        IdVerification = "ID_VERIFICATION",
        /// Chip of a document.
        Nfc = "NFC",
        /// A live person.
        Liveness = "LIVENESS",
        /// The person is the document's.
        FaceMatch = "FACE_MATCH",
        /// Proof of address.
        ProofOfAddress = "POA",
        /// Questions answered.
        Questionnaire = "QUESTIONNAIRE",
        /// E-mail address confirmed.
        EmailVerification = "EMAIL_VERIFICATION",
        /// Telephone number confirmed.
        Phone = "PHONE",
        /// Anti-money-laundering screening.
        Aml = "AML",
        /// Where the connection came from.
        IpAnalysis = "IP_ANALYSIS",
        /// Age judged from the face.
        AgeEstimation = "AGE_ESTIMATION",
        /// Compared with registers.
        DatabaseValidation = "DATABASE_VALIDATION",
    }
);

words!(
    /// How a feature ended.
    FeatureStatus {
        /// Passed.
        Approved = "Approved",
        /// Failed.
        Declined = "Declined",
        /// A person looks at it.
        InReview = "In Review",
        /// Not done.
        NotFinished = "Not Finished",
        /// To be done again.
        ResubRequested = "Resub Requested",
    }
);
