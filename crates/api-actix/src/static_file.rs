//! Files that are the same for everybody. Owns their forms, each in memory once: an answer shares it.

use std::io::Read as _;

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding,
    Header as _, HeaderValue, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::read::GzEncoder;

use crate::error::ApiError;
use crate::request::has_tag;

/// A file, as it is and compressed.
pub(crate) struct StaticFile {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    tag: String,
    plain: Bytes,
    gzip: Bytes,
}

impl StaticFile {
    /// Compresses the file, which takes some milliseconds.
    ///
    /// # Errors
    /// [`ApiError::Internal`] where the content type is none.
    pub(crate) fn new(
        content_type: &str,
        cache_control: &'static str,
        plain: Bytes,
    ) -> Result<Self, ApiError> {
        let mut gzip = Vec::new();
        GzEncoder::new(&*plain, Compression::default())
            .read_to_end(&mut gzip)
            .map_err(|error| defect(&error))?;
        // The checksum and the length of the file, which end its compressed form (RFC 1952).
        let checked = gzip.last_chunk::<8>().copied().unwrap_or_default();
        Ok(Self {
            content_type: HeaderValue::from_str(content_type).map_err(|error| defect(&error))?,
            cache_control: HeaderValue::from_static(cache_control),
            tag: format!("{:016x}", u64::from_le_bytes(checked)),
            plain,
            gzip: gzip.into(),
        })
    }

    /// The form that the client asks for, or that it has this file already.
    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (body, tag, encoding) = if takes_gzip(request) {
            (&self.gzip, format!("{}-gzip", self.tag), Some("gzip"))
        } else {
            (&self.plain, self.tag.clone(), None)
        };
        let unchanged = has_tag(request.headers(), &tag);
        let mut response = if unchanged {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((CACHE_CONTROL, &self.cache_control))
            .insert_header((ETAG, format!("\"{tag}\"")))
            .insert_header((VARY, ACCEPT_ENCODING.as_str()));
        if unchanged {
            return response.finish();
        }
        if let Some(encoding) = encoding {
            response.insert_header((CONTENT_ENCODING, encoding));
        }
        response
            .insert_header((CONTENT_TYPE, &self.content_type))
            .body(body.clone())
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    // Without the header any form would do; clients that do not send it are those that cannot unpack.
    request.headers().contains_key(ACCEPT_ENCODING)
        && AcceptEncoding::parse(request).is_ok_and(|accepted| {
            let offered = [Encoding::gzip(), Encoding::identity()];
            accepted.negotiate(offered.iter()) == Some(Encoding::gzip())
        })
}

fn defect(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::Internal {
        reason: format!("a file cannot be served: {error}"),
    }
}
