//! Enumerations with one fixed word per value, for the API and the store.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant,)+];

            /// The word of the value.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value with exactly this word, or `None`.
            #[must_use]
            pub fn find(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.as_str() == word)
            }

            /// Parses the exact word.
            ///
            /// # Errors
            /// [`UnknownWord`](crate::model::InvalidValue::UnknownWord).
            pub fn parse(text: &str) -> Result<Self, $crate::model::InvalidValue> {
                Self::find(text).ok_or($crate::model::InvalidValue::UnknownWord)
            }
        }
    };
}
pub(crate) use words;
