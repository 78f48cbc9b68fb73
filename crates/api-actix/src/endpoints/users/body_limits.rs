//! Limits on request bodies.

use crate::endpoints::state::AppState;
use crate::http::request::{BodyRules, JSON, MERGE_PATCH_JSON};

/// Metadata has up to 16 levels, and a detail that a client sends back contains comments with metadata. Other bodies
/// need less, but unknown members must be ignored, not rejected.
const MAX_DEPTH: usize = 32;

/// A body about one user.
pub(in crate::endpoints) fn user(state: &AppState) -> BodyRules {
    BodyRules {
        media_types: &[JSON],
        max_bytes: state.settings.max_user_body_bytes,
        max_depth: MAX_DEPTH,
    }
}

/// A body that changes one user.
pub(in crate::endpoints) fn patch(state: &AppState) -> BodyRules {
    BodyRules { media_types: &[JSON, MERGE_PATCH_JSON], ..user(state) }
}

/// A body that names users to delete.
pub(in crate::endpoints) fn batch_delete(state: &AppState) -> BodyRules {
    BodyRules {
        media_types: &[JSON],
        max_bytes: state.settings.max_delete_body_bytes,
        max_depth: MAX_DEPTH,
    }
}
