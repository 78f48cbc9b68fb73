//! Normal forms of texts for searching and comparing, and classes of invisible characters.
//!
//! ```
//! use text_normal_form::{caseless, is_invisible, normalise};
//!
//! assert_eq!(normalise("Łukasz  MÜLLER"), "lukasz muller");
//! assert_eq!(caseless("Ann@Example.org"), caseless("ann@example.ORG"));
//! assert!("\u{200b}\u{a0}".chars().all(is_invisible));
//! ```

mod classes;
mod normal_form;
mod tables;

pub use classes::{is_hidden, is_invisible};
pub use normal_form::{NORMALISATION_VERSION, caseless, normalise};
