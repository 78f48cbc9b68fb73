//! The features that verification sessions check, and their results.

use std::collections::BTreeMap;

use super::InvalidValue;

/// The latest status of each feature checked by the user's sessions.
pub type Features = BTreeMap<Feature, FeatureStatus>;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant,)+];

            /// The value in the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Parses the exact value of the API.
            ///
            /// # Errors
            /// [`InvalidValue::UnknownWord`].
            pub fn parse(text: &str) -> Result<Self, InvalidValue> {
                Self::ALL.into_iter().find(|value| value.as_str() == text).ok_or(InvalidValue::UnknownWord)
            }
        }
    };
}
pub(super) use words;

words!(
    /// A check that a session can include (docs/API.md).
    Feature {
        /// Identity document check.
        IdVerification = "ID_VERIFICATION",
        /// Chip of the document, read by NFC.
        Nfc = "NFC",
        /// Liveness check.
        Liveness = "LIVENESS",
        /// Comparison of the face with the document.
        FaceMatch = "FACE_MATCH",
        /// Proof of address.
        ProofOfAddress = "POA",
        /// Answered questionnaire.
        Questionnaire = "QUESTIONNAIRE",
        /// Confirmation of the e-mail address.
        EmailVerification = "EMAIL_VERIFICATION",
        /// Confirmation of the telephone number.
        Phone = "PHONE",
        /// Anti-money-laundering screening.
        Aml = "AML",
        /// Analysis of the client's IP address.
        IpAnalysis = "IP_ANALYSIS",
        /// Age estimated from the face.
        AgeEstimation = "AGE_ESTIMATION",
        /// Comparison with external registers.
        DatabaseValidation = "DATABASE_VALIDATION",
    }
);

words!(
    /// Result of a feature.
    FeatureStatus {
        /// Passed.
        Approved = "Approved",
        /// Failed.
        Declined = "Declined",
        /// Under review by an analyst.
        InReview = "In Review",
        /// Not finished.
        NotFinished = "Not Finished",
        /// The person must repeat it.
        ResubRequested = "Resub Requested",
    }
);
