use super::*;

#[test]
fn triggers_have_the_names_of_the_api_contract() {
    assert_eq!(
        StatusTrigger::ALL.map(StatusTrigger::as_str),
        [
            "analyst",
            "api",
            "transaction_rule",
            "ongoing_aml",
            "session_declined",
            "blocklist_match",
        ]
    );
}
