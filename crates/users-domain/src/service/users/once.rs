//! Calls that are carried out once, as their callers ask for it.

use std::fmt;
use std::sync::Arc;

use crate::model::{Claim, KeptAnswer, UserId};
use crate::ports::{Once, StoreError, Written};

/// Makes the bytes of an answer. Pure; an error is a defect, and nothing is written then.
type Render<T> = Arc<dyn Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync>;

/// That a call is to be carried out once, and what its repeats get for what it comes to.
#[derive(Clone)]
pub struct OnceFor<T> {
    pub(super) claim: Claim,
    render: Render<T>,
}

impl<T> OnceFor<T> {
    /// A call of this claim; `render` makes the bytes that repeats get.
    pub fn new(
        claim: Claim,
        render: impl Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            claim,
            render: Arc::new(render),
        }
    }

    /// The answer as it is kept.
    pub(super) fn kept(&self, outcome: &T, user: Option<UserId>) -> Result<KeptAnswer, StoreError> {
        let bytes = (self.render)(outcome)?;
        KeptAnswer::new(user, bytes).map_err(|invalid| StoreError::Defect {
            reason: format!("an answer cannot be kept: {invalid}"),
        })
    }
}

impl OnceFor<Written> {
    /// Kept is what was not refused, changed or not.
    pub(super) fn of_a_change(self) -> Once {
        Once {
            claim: self.claim,
            holder: None,
            answer: Arc::new(move |answers| match answers {
                [Ok(written)] => self.kept(written, Some(written.user.record.id)).map(Some),
                _ => Ok(None),
            }),
        }
    }
}

impl<T> fmt::Debug for OnceFor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceFor")
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}
