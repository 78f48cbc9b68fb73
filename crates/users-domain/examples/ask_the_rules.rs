//! Another service asks the rules, without a server: what a status allows, what a role may do, and what a change of status
//! takes. `cargo run -p users-domain --example ask_the_rules`

#![expect(clippy::print_stdout, reason = "an example shows its answers")]

use users_domain::model::{InvalidValue, Operation, Role, StatusTrigger, UserStatus};
use users_domain::rules::enforcement::{NewTransaction, enforcement};
use users_domain::rules::role_matrix;
use users_domain::rules::status_machine::{targets, trigger_of};

fn main() -> Result<(), InvalidValue> {
    // A payment service holds the status of a customer, as an event told it.
    let status = UserStatus::parse("FLAGGED")?;

    // May the customer pay?
    match enforcement(status).new_transaction {
        NewTransaction::Normal => println!("{}: pay", status.as_str()),
        NewTransaction::Escalate => println!("{}: an analyst decides the payment", status.as_str()),
        NewTransaction::Declined => println!("{}: no payment", status.as_str()),
    }

    // Who may change that?
    let may = |role: &Role| role_matrix::allows(*role, Operation::UpdateStatus);
    let roles: Vec<_> = Role::ALL
        .into_iter()
        .filter(may)
        .map(Role::as_str)
        .collect();
    println!("{} may change it", roles.join(", "));

    // Where to, for an analyst, and for a rule of transactions?
    let analyst = trigger_of(Some(Role::ComplianceOfficer));
    for trigger in [analyst, StatusTrigger::TransactionRule] {
        let statuses: Vec<_> = targets(status, trigger)
            .into_iter()
            .map(UserStatus::as_str)
            .collect();
        println!(
            "{} may move it to {}",
            trigger.as_str(),
            statuses.join(", ")
        );
    }
    Ok(())
}
