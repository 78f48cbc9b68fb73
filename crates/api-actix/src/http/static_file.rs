//! Files that are the same for every client. Keeps each form of a file in memory once; responses share it.

use std::io::Read as _;

use actix_web::http::header::{
    ACCEPT_ENCODING, AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding,
    Header as _, HeaderValue, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};

use crate::http::error::ApiError;
use crate::http::request::has_tag;

pub(crate) struct StaticFile {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    tag: String,
    plain: Bytes,
    gzip: Bytes,
}

impl StaticFile {
    /// Compresses the file, which takes a few milliseconds.
    pub(crate) fn new(
        content_type: &str,
        cache_control: &'static str,
        plain: Bytes,
    ) -> Result<Self, ApiError> {
        let mut gzip = Vec::new();
        GzEncoder::new(&*plain, Compression::default())
            .read_to_end(&mut gzip)
            .map_err(|error| defect(&error))?;
        Self::of_both(content_type, cache_control, plain, gzip.into())
    }

    /// Decompresses a file of the binary, which takes a few milliseconds.
    pub(crate) fn from_gzip(
        content_type: &str,
        cache_control: &'static str,
        gzip: &'static [u8],
    ) -> Result<Self, ApiError> {
        let mut plain = Vec::new();
        GzDecoder::new(gzip).read_to_end(&mut plain).map_err(|error| defect(&error))?;
        Self::of_both(content_type, cache_control, plain.into(), Bytes::from_static(gzip))
    }

    fn of_both(
        content_type: &str,
        cache_control: &'static str,
        plain: Bytes,
        gzip: Bytes,
    ) -> Result<Self, ApiError> {
        // The gzip trailer: checksum and length of the plain file (RFC 1952).
        let trailer = gzip.last_chunk::<8>().copied().unwrap_or_default();
        Ok(Self {
            content_type: HeaderValue::from_str(content_type).map_err(|error| defect(&error))?,
            cache_control: HeaderValue::from_static(cache_control),
            tag: format!("{:016x}", u64::from_le_bytes(trailer)),
            plain,
            gzip,
        })
    }

    /// Responds with the form that the client accepts, or with 304 if the client has it already.
    pub(crate) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (body, tag, encoding) = if takes_gzip(request) {
            (&self.gzip, format!("{}-gzip", self.tag), Some("gzip"))
        } else {
            (&self.plain, self.tag.clone(), None)
        };
        let unchanged = has_tag(request.headers(), &tag);
        let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
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
        response.insert_header((CONTENT_TYPE, &self.content_type)).body(body.clone())
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    // RFC 9110 allows any encoding without the header, but clients that omit it often cannot decompress.
    request.headers().contains_key(ACCEPT_ENCODING)
        && AcceptEncoding::parse(request).is_ok_and(|accepted| {
            let offered = [Encoding::gzip(), Encoding::identity()];
            accepted.negotiate(offered.iter()) == Some(Encoding::gzip())
        })
}

fn defect(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::Internal { reason: format!("a file cannot be served: {error}") }
}
