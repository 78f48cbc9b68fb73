//! Looking things up in the route table.

use actix_web::http::Method;

use super::{ROUTES, Route};
use crate::error::ApiError;

/// The paths of the table, each once, in its order.
pub(crate) fn paths() -> Vec<&'static str> {
    let mut paths = Vec::new();
    for route in ROUTES {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

/// The main form of a path and its other one.
pub(crate) fn forms(path: &str) -> [String; 2] {
    let other = path
        .strip_suffix('/')
        .map(|other| if other.is_empty() { path } else { other })
        .map_or_else(|| format!("{path}/"), str::to_owned);
    [path.to_owned(), other]
}

/// What the table says about a path and a method.
pub(crate) enum Selection {
    /// This route.
    Found(&'static Route),
    /// The path is there, the method is not.
    OtherMethods {
        /// Those that are.
        allowed: Vec<Method>,
        /// Whether a key is needed to learn this.
        public: bool,
    },
    /// No such path.
    Nowhere,
}

impl Selection {
    /// Whether anybody may learn what comes of this.
    pub(crate) fn is_public(&self) -> bool {
        match self {
            Self::Found(route) => route.operation().is_none(),
            Self::OtherMethods { public, .. } => *public,
            Self::Nowhere => false,
        }
    }

    /// The route, if there is one.
    pub(crate) const fn matched(&self) -> Option<&'static Route> {
        match self {
            Self::Found(route) => Some(route),
            Self::OtherMethods { .. } | Self::Nowhere => None,
        }
    }

    /// The route, or why there is none.
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
