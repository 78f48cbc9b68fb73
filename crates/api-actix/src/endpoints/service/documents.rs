//! The OpenAPI documents that clients have requested.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::http::error::ApiError;
use crate::http::handler::in_background;
use crate::http::request::JSON;
use crate::http::static_file::StaticFile;

const MAX_DOCUMENTS: usize = 4;

/// Composes the document of the API below a path prefix.
#[derive(Clone, Copy)]
pub(crate) struct Compose(pub(crate) fn(&str) -> String);

/// One document for each path prefix below which clients reach the API, the latest last. While a document is created,
/// other requests wait. Only trusted proxies can name a prefix other than the configured one.
#[derive(Default)]
pub(crate) struct Documents(Arc<Mutex<Vec<Document>>>);

/// A path prefix, and the document of the API below it.
type Document = (String, Arc<StaticFile>);

impl Documents {
    pub(super) async fn below(
        &self,
        prefix: String,
        Compose(compose): Compose,
    ) -> Result<Arc<StaticFile>, ApiError> {
        let mut documents = Arc::clone(&self.0).lock_owned().await;
        if let Some((_, file)) = documents.iter().find(|(known, _)| *known == prefix) {
            return Ok(Arc::clone(file));
        }
        // The task holds the lock and stores its result, even if the client that started it disconnects.
        in_background(move || {
            let text = compose(&prefix);
            let file = Arc::new(StaticFile::new(JSON, "no-cache", text.into())?);
            if documents.len() == MAX_DOCUMENTS {
                documents.remove(0);
            }
            documents.push((prefix, Arc::clone(&file)));
            Ok(file)
        })
        .await?
    }
}
