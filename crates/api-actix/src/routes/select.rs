//! Lookups in the route table.

use actix_web::http::Method;

use super::{ROUTES, Route};
use crate::http::error::ApiError;

/// The distinct paths in table order.
pub(crate) fn paths() -> Vec<&'static str> {
    let mut paths = Vec::new();
    for route in ROUTES {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

/// The canonical form of a path and the form with or without the trailing slash.
pub(crate) fn forms(path: &str) -> [String; 2] {
    let other = path
        .strip_suffix('/')
        .map(|other| if other.is_empty() { path } else { other })
        .map_or_else(|| format!("{path}/"), str::to_owned);
    [path.to_owned(), other]
}

/// The result of a lookup by path and method.
pub(crate) enum Selection {
    /// The route exists.
    Found(&'static Route),
    /// The path exists, but not with this method.
    OtherMethods {
        /// The methods of the path.
        allowed: Vec<Method>,
        /// Whether all routes of the path are public.
        public: bool,
    },
    /// No such path.
    Nowhere,
}

impl Selection {
    /// Whether the result may be shown without a key.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Found(route) => route.operation().is_none(),
            Self::OtherMethods { public, .. } => *public,
            Self::Nowhere => false,
        }
    }

    /// The route, if the lookup found one.
    pub(crate) const fn matched(&self) -> Option<&'static Route> {
        match self {
            Self::Found(route) => Some(route),
            Self::OtherMethods { .. } | Self::Nowhere => None,
        }
    }

    /// The route, or the error to return instead.
    pub(crate) fn route(self) -> Result<&'static Route, ApiError> {
        match self {
            Self::Found(route) => Ok(route),
            Self::OtherMethods { allowed, .. } => Err(ApiError::MethodNotAllowed { allowed }),
            Self::Nowhere => Err(ApiError::NotFound),
        }
    }
}

/// Looks up a pattern that the router matched.
pub(crate) fn select(pattern: Option<&str>, method: &Method) -> Selection {
    let of_path = || ROUTES.iter().filter(|route| Some(route.path) == pattern);
    if let Some(route) = of_path().find(|route| route.answers(method)) {
        return Selection::Found(route);
    }
    let mut allowed = Vec::new();
    for route in of_path() {
        allowed.push(route.method.clone());
        if route.method == Method::GET {
            allowed.push(Method::HEAD);
        }
    }
    if allowed.is_empty() {
        return Selection::Nowhere;
    }
    let public = of_path().all(|route| route.operation().is_none());
    Selection::OtherMethods { allowed, public }
}
