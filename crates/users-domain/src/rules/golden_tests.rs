//! Compares the tables of docs/DOMAIN.md with the code. `UPDATE_GOLDEN=1 cargo test -p users-domain` rewrites them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::enforcement::enforcement;
use super::field_mutability::{Mutability, mutability};
use super::role_matrix;
use super::session_aggregate::{CounterSteps, counter_steps};
use super::status_machine::{Transition, transition};
use crate::model::evidence::SessionStatus;
use crate::model::{Operation, Role, StatusTrigger, UserField, UserStatus, VerifiedFieldsPolicy};

#[test]
fn docs_contain_the_role_matrix() {
    let mut table =
        header(&["role"], Operation::OF_ROLES.iter().map(|operation| operation.as_str()));
    for role in Role::ALL {
        let cells = Operation::OF_ROLES
            .map(|operation| if role_matrix::allows(role, operation) { "yes" } else { "no" });
        row(&mut table, role.as_str(), cells);
    }
    assert_docs_contain("role matrix", &table);
}

#[test]
fn docs_contain_the_status_machine() {
    let mut table =
        header(&["from → to"], StatusTrigger::ALL.iter().map(|trigger| trigger.as_str()));
    for from in UserStatus::ALL {
        for to in UserStatus::ALL {
            let cells = StatusTrigger::ALL.map(|trigger| match transition(from, to, trigger) {
                Transition::Move => "moves",
                Transition::Stay => "stays",
                Transition::Refused => "refused",
            });
            row(&mut table, &format!("{} → {}", from.as_str(), to.as_str()), cells);
        }
    }
    assert_docs_contain("status machine", &table);
}

#[test]
fn docs_contain_the_field_table() {
    let mut table =
        header(&["field"], ["not verified", "verified, read_only", "verified, override"]);
    for field in UserField::ALL {
        let cells = [
            mutability(field, false, VerifiedFieldsPolicy::ReadOnly),
            mutability(field, true, VerifiedFieldsPolicy::ReadOnly),
            mutability(field, true, VerifiedFieldsPolicy::Override),
        ]
        .map(|mutability| match mutability {
            Mutability::Mutable => "mutable",
            Mutability::Declared => "mutable (declared)",
            Mutability::Override => "mutable (override)",
            Mutability::StatusMachine => "status machine",
            Mutability::ReadOnly => "read-only",
        });
        row(&mut table, &format!("`{}`", field.as_str()), cells);
    }
    assert_docs_contain("field mutability", &table);
}

#[test]
fn docs_contain_the_counter_steps() {
    let before: Vec<_> =
        std::iter::once(None).chain(SessionStatus::ALL.iter().copied().map(Some)).collect();
    let mut table = header(
        &["is → was"],
        before.iter().map(|status| status.map_or("not known", SessionStatus::as_str)),
    );
    for after in SessionStatus::ALL {
        let cells: Vec<_> =
            before.iter().map(|before| steps_text(counter_steps(*before, after))).collect();
        row(&mut table, after.as_str(), cells.iter().map(String::as_str));
    }
    assert_docs_contain("counter steps", &table);
}

fn steps_text(steps: CounterSteps) -> String {
    let counted = [
        (steps.sessions, "session"),
        (steps.approved, "approved"),
        (steps.declined, "declined"),
        (steps.in_review, "in_review"),
    ];
    let parts: Vec<_> = counted
        .iter()
        .filter(|(step, _)| *step != 0)
        .map(|(step, name)| format!("{step:+}\u{a0}{name}"))
        .collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
}

#[test]
fn docs_contain_the_status_permissions() {
    let mut table = header(&["status"], ["new session", "new transaction"]);
    for status in UserStatus::ALL {
        let allowed = enforcement(status);
        let cells = [allowed.new_session.as_str(), allowed.new_transaction.as_str()];
        row(&mut table, status.as_str(), cells);
    }
    assert_docs_contain("enforcement", &table);
}

pub(super) fn header<'a>(first: &[&'a str], rest: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<&str> = first.iter().copied().chain(rest).collect();
    format!("| {} |\n|{}\n", cells.join(" | "), " --- |".repeat(cells.len()))
}

pub(super) fn row<'a>(table: &mut String, name: &str, cells: impl IntoIterator<Item = &'a str>) {
    let cells: Vec<&str> = cells.into_iter().collect();
    writeln!(table, "| {name} | {} |", cells.join(" | ")).unwrap();
}

/// Tests run in parallel and share the page. A failed test poisons the lock, but has changed nothing.
static PAGE: Mutex<()> = Mutex::new(());

pub(super) fn assert_docs_contain(name: &str, block: &str) {
    let _alone = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/DOMAIN.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) =
        (format!("<!-- begin generated: {name} -->\n"), format!("<!-- end generated: {name} -->"));
    let (before, rest) =
        page.split_once(&begin).expect("the docs contain the begin marker of the block");
    let (found, after) =
        rest.split_once(&end).expect("the docs contain the end marker of the block");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{begin}{block}{end}{after}")).unwrap();
    } else {
        assert_eq!(
            found, block,
            "docs/DOMAIN.md is stale: run UPDATE_GOLDEN=1 cargo test -p users-domain"
        );
    }
}
