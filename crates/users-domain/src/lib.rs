//! The rules of user records, without I/O: who a user is, what its status allows, who may change it, and how.
//!
//! ```
//! use users_domain::model::{Operation, Role, StatusTrigger, UserStatus};
//! use users_domain::rules::enforcement::{NewTransaction, enforcement};
//! use users_domain::rules::{role_matrix, status_machine};
//!
//! let status = UserStatus::parse("FLAGGED")?;
//! assert_eq!(enforcement(status).new_transaction, NewTransaction::Escalate);
//! assert_eq!(enforcement(None).new_transaction, NewTransaction::Normal); // no such user
//! assert!(!role_matrix::allows(Role::Reader, Operation::UpdateStatus));
//! assert_eq!(status_machine::targets(status, StatusTrigger::TransactionRule), [UserStatus::Blocked]);
//! # Ok::<(), users_domain::model::InvalidValue>(())
//! ```
//!
//! # For other services
//!
//! A service that receives the status of a user needs four items and no feature:
//!
//! - [`model::UserStatus`]: the status, as events and the API name it.
//! - [`rules::enforcement::enforcement`]: what a status allows.
//! - [`rules::role_matrix::allows`]: what a role may do.
//! - [`rules::status_machine::transition`]: which status may follow, and what may cause the change.
//!
//! # Layers
//!
//! - [`model`]: value types that are valid by construction.
//! - [`rules`]: pure functions that decide whether a command is allowed and what it changes; they use no ports.
//! - `ports`: traits for the external dependencies of the domain, such as stores, clock and randomness.
//! - `service`: the use cases, built on the ports; the only asynchronous code of this crate.
//!
//! This crate performs no I/O, reads no clock, generates no random values and depends on neither SQL, HTTP nor serde.
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `ports` | the modules `ports` and `service` |
//! | `json-reader` | `Json::read`, a JSON reader with exact numbers |
//! | `mocks` | a mock of each asynchronous port (mockall), such as `ports::MockUserReader`; includes `ports` |
//!
//! None of them is enabled by default.
//!
//! # Mocks
//!
//! Code that uses a port is tested with the mock of that port:
//!
#![cfg_attr(feature = "mocks", doc = "```")]
#![cfg_attr(not(feature = "mocks"), doc = "```ignore")]
//! use users_domain::model::{ApplicationId, UserStatus, VendorData};
//! use users_domain::ports::{MockUserReader, UserReader};
//! use users_domain::rules::enforcement::{NewSession, enforcement};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! # runtime.block_on(async {
//! let mut reader = MockUserReader::new();
//! reader.expect_status().returning(|_, _| Ok(Some((UserStatus::Blocked, 1))));
//!
//! let (application, ada) = (ApplicationId::new(uuid::Uuid::nil()), VendorData::parse("ada")?);
//! let known = reader.status(application, &ada).await?;
//! let allowed = enforcement(known.map(|(status, _version)| status));
//! assert_eq!(allowed.new_session, NewSession::Declined);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Stores
//!
//! A store implements `ports::UserStore` and `ports::UserReader`: it reads facts, calls the given decision, and writes
//! the resulting [`rules::ChangeSet`] as a whole. `docs/WRITE_A_STORE.md` explains the steps with a store of one file,
//! `examples/file-store`. The crate `testkit` contains the tests that every store must pass.

pub mod model;
#[cfg(feature = "ports")]
pub mod ports;
pub mod rules;
#[cfg(feature = "ports")]
pub mod service;
