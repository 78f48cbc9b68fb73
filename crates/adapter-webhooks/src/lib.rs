//! What receivers of webhooks get
