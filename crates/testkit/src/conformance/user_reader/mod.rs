//! What every `UserReader` must do.
