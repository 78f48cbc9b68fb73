//! Routes: a path and a method, with the rules that apply to its requests before their handler.

use actix_web::http::Method;
use users_domain::model::Operation;

use super::error::ApiError;

/// One method of one path.
#[derive(Debug)]
pub struct Route {
    /// The method; GET includes HEAD.
    pub method: Method,
    /// The canonical path pattern. The same path without or with the trailing slash is served as well.
    pub path: &'static str,
    operation: Option<Operation>,
    has_pages: bool,
    is_probe: bool,
}

impl Route {
    pub(crate) const fn public(method: Method, path: &'static str) -> Self {
        Self { method, path, operation: None, has_pages: false, is_probe: false }
    }

    /// A route for keys whose kind allows the operation.
    pub(crate) const fn authorized(
        operation: Operation,
        method: Method,
        path: &'static str,
    ) -> Self {
        let mut route = Self::public(method, path);
        route.operation = Some(operation);
        route
    }

    /// The route responds with pages of a list, whose memory is reserved before its handler runs.
    pub(crate) const fn with_pages(mut self) -> Self {
        self.has_pages = true;
        self
    }

    /// The route is a probe of load balancers and orchestrators.
    pub(crate) const fn for_probes(mut self) -> Self {
        self.is_probe = true;
        self
    }

    /// The operation that a key must allow; `None` where no key is needed.
    #[must_use]
    pub const fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// Whether unknown parameters and members are errors. This applies to operations that delete or restore data: a
    /// misspelled field must not widen their effect.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.method == Method::DELETE
            || self.operation().is_some_and(Operation::destroys_or_restores)
    }

    pub(super) const fn has_pages(&self) -> bool {
        self.has_pages
    }

    pub(super) const fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Whether an `Idempotency-Key` has an effect.
    pub(crate) fn is_carried_out_once(&self) -> bool {
        self.operation().is_some_and(Operation::is_carried_out_once)
    }

    pub(crate) fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
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
    Found(&'static Route),
    /// The path exists, but not with this method.
    OtherMethods {
        allowed: Vec<Method>,
        /// Whether all routes of the path are public.
        public: bool,
    },
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

pub(crate) struct RouteTable(Vec<&'static Route>);

impl RouteTable {
    pub(crate) fn new(routes: impl Iterator<Item = &'static Route>) -> Self {
        Self(routes.collect())
    }

    /// Looks up a pattern that the router matched.
    pub(super) fn select(&self, pattern: Option<&str>, method: &Method) -> Selection {
        let of_path = || self.0.iter().copied().filter(|route| Some(route.path) == pattern);
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
}
