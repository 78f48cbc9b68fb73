//! Evaluates the rules without a server: what a status permits, which roles may change it, and to which statuses.
//! `cargo run -p users-domain --example query_rules`

#![expect(clippy::print_stdout, reason = "the example prints its results")]

use users_domain::model::{InvalidValue, Operation, Role, StatusTrigger, UserStatus};
use users_domain::rules::enforcement::{NewTransaction, enforcement};
use users_domain::rules::role_matrix;
use users_domain::rules::status_machine::{targets, trigger_of};

fn main() -> Result<(), InvalidValue> {
    // A payment service received the status of a customer in an event.
    let status = UserStatus::parse("FLAGGED")?;

    // Is a payment permitted?
    match enforcement(status).new_transaction {
        NewTransaction::Normal => println!("{}: the payment is accepted", status.as_str()),
        NewTransaction::Escalate => println!("{}: an analyst reviews the payment", status.as_str()),
        NewTransaction::Declined => println!("{}: the payment is declined", status.as_str()),
    }

    // Which roles may change the status?
    let may = |role: &Role| role_matrix::allows(*role, Operation::UpdateStatus);
    let roles: Vec<_> = Role::ALL.into_iter().filter(may).map(Role::as_str).collect();
    println!("{} may change the status", roles.join(", "));

    // Which statuses may an analyst and a transaction rule request?
    let analyst = trigger_of(Some(Role::ComplianceOfficer));
    for trigger in [analyst, StatusTrigger::TransactionRule] {
        let statuses: Vec<_> =
            targets(status, trigger).into_iter().map(UserStatus::as_str).collect();
        println!("{} may change the status to {}", trigger.as_str(), statuses.join(", "));
    }
    Ok(())
}
