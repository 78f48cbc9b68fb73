//! The suites of ports that only this adapter implements detect a database that does not keep what it should.

use testkit::conformance::{failure_of, lanes, outbox, purge};

use crate::delivery::{lanes_with, outbox_with, purge_with};

/// Executes `body` for each row that is written.
fn on(event: &str, table: &str, body: &str) -> String {
    format!(
        "CREATE FUNCTION flaw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
         CREATE TRIGGER zz_flaw BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION flaw()"
    )
}

/// Each line: a clause, its subject, and what the database does wrong.
macro_rules! assert_detected {
    ($($suite:ident::$clause:ident($subject:ident) $event:literal $table:literal $body:literal;)+) => {
        $(
            let flaw = on($event, $table, $body);
            let clause = async { $suite::$clause(&$subject(&flaw).await).await };
            let failure = failure_of(clause).unwrap_or_default();
            assert!(failure.contains("left == right"), "{} {failure:?}", stringify!($clause));
        )+
    };
}

#[test]
fn flaws_of_lanes_are_detected() {
    assert_detected! {
        lanes::at_most_one_worker_has_a_lane_at_a_time(lanes_with)
            "UPDATE" "webhook_lanes"
            "IF NEW.lease_until > now() THEN NEW.lease_until := now(); END IF; RETURN NEW;";
        lanes::a_lane_that_was_not_released_is_reported_as_taken_over(lanes_with)
            "UPDATE" "webhook_lanes"
            "IF NEW.lease_until < now() THEN NEW.lease_until := NULL; NEW.lease_owner := NULL; END IF; RETURN NEW;";
        lanes::disabled_paused_and_idle_lanes_are_not_leased(lanes_with)
            "UPDATE" "webhook_lanes"
            "NEW.disabled_reason := NULL; NEW.disabled_at := NULL; RETURN NEW;";
        lanes::the_next_event_of_a_user_becomes_due_after_the_settlement(lanes_with)
            "UPDATE" "webhook_deliveries"
            "IF OLD.due_at = 'infinity' THEN NEW.due_at := 'infinity'; END IF; RETURN NEW;";
        lanes::a_failure_counts_only_if_the_attempt_was_not_settled_before(lanes_with)
            "UPDATE" "webhook_lanes" "NEW.attempts := OLD.attempts + 1; RETURN NEW;";
        lanes::a_success_always_counts_and_a_second_one_is_reported(lanes_with)
            "DELETE" "webhook_dead_letters" "RETURN NULL;";
    }
}

#[test]
fn flaws_of_the_outbox_are_detected() {
    assert_detected! {
        outbox::a_change_becomes_one_delivery_per_subscribed_destination(outbox_with)
            "INSERT" "webhook_deliveries"
            "IF NEW.queue_seq % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW;";
        outbox::only_the_first_delivery_of_a_user_is_due_unless_unordered(outbox_with)
            "INSERT" "webhook_deliveries" "NEW.due_at := now(); RETURN NEW;";
        outbox::rounds_sequence_changes_of_all_applications_until_none_is_left(outbox_with)
            "DELETE" "outbox" "IF OLD.queue_seq % 2 = 0 THEN RETURN NULL; END IF; RETURN OLD;";
    }
    let wrong_counts =
        on("INSERT OR UPDATE", "user_counts", "NEW.users := NEW.users + 1; RETURN NEW;");
    let clause = async {
        let subject = outbox_with(&wrong_counts).await;
        outbox::stored_counts_reflect_the_sequenced_changes(&subject).await;
    };
    assert!(failure_of(clause).is_some_and(|failure| failure.contains("at its smallest")));
}

#[test]
fn flaws_of_purges_are_detected() {
    assert_detected! {
        purge::users_that_are_active_held_or_await_a_delivery_stay_complete(purge_with)
            "INSERT" "audit_entries"
            "IF NEW.kind = 'LEGAL_HOLD_SET' THEN NEW.kind := 'PROFILE_UPDATED'; END IF; RETURN NEW;";
        purge::nothing_of_an_erased_user_is_left(purge_with)
            "DELETE" "audit_details" "RETURN NULL;";
        purge::a_receipt_does_not_depend_on_the_portions(purge_with)
            "UPDATE" "purge_runs" "NEW.users := NEW.users + 1; RETURN NEW;";
    }
}
