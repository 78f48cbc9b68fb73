//! The macros that declare settings beside the fields that they are read into.

/// Declares a struct and the function `read`, which reads each field with the given method of a [`Reader`] and its
/// arguments. All fields are read before the first problem ends the function.
///
/// [`Reader`]: crate::Reader
#[macro_export]
macro_rules! section {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $type:ty = $method:ident($($argument:expr),* $(,)?),)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug)]
        $visibility struct $name {
            $($(#[$field_attribute])* $field_visibility $field: $type,)*
        }

        impl $name {
            /// Reads the settings.
            ///
            /// # Errors
            /// The reader has recorded the problems.
            $visibility fn read(reader: &mut $crate::Reader<'_>) -> Result<Self, $crate::Noted> {
                $crate::read_fields!(reader, $name { $($field = $method($($argument),*),)* })
            }
        }
    };
}

/// Reads fields of a struct that is declared elsewhere, as [`section!`](crate::section) does; `..` adds the values of
/// other fields.
#[macro_export]
macro_rules! read_fields {
    ($reader:ident, $name:ident { $($field:ident = $method:ident($($argument:expr),* $(,)?),)* $(..$others:expr)? }) => {{
        $(let $field = $reader.$method($($argument),*);)*
        Ok($name { $($field: $field?,)* $(..$others)? })
    }};
}
