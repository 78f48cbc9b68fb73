//! How fast delivery is.
