use super::*;

#[test]
fn enough_failures_in_a_row_count_for_a_while() {
    let (soundness, start) = (Soundness::default(), Instant::now());
    let lacking = || Err::<(), _>(Failure::broken("a table is missing"));
    for _ in 1..Soundness::FAILURE_THRESHOLD {
        soundness.note(Work::Write, &lacking(), start);
    }
    assert_eq!(soundness.broken_by(start), None);
    soundness.note(Work::Write, &Ok(()), start);
    for _ in 0..Soundness::FAILURE_THRESHOLD {
        assert_eq!(soundness.broken_by(start), None);
        // This failure does not concern the database.
        soundness.note(Work::Write, &Err::<(), _>(Failure::claimed()), start);
        soundness.note(Work::Write, &lacking(), start);
    }
    let reason = soundness.broken_by(start);
    assert_eq!(reason.as_deref(), Some("a table is missing"));
    let later = start + Soundness::FAILURES_COUNT_FOR;
    assert_eq!(soundness.broken_by(later), None);
    soundness.note(Work::Write, &lacking(), later);
    assert!(soundness.broken_by(later).is_some(), "failures keep counting");
    soundness.note(Work::Write, &Ok(()), later);
    assert_eq!(soundness.broken_by(later), None);
}
#[test]
fn successes_of_other_work_do_not_hide_failing_writes() {
    let (soundness, now) = (Soundness::default(), Instant::now());
    for _ in 0..Soundness::FAILURE_THRESHOLD {
        assert_eq!(soundness.broken_by(now), None);
        let refused = Err::<(), _>(Failure::broken("permission denied"));
        soundness.note(Work::Write, &refused, now);
        for kind in [Work::Lookup, Work::List, Work::Batch] {
            soundness.note(kind, &Ok(()), now);
        }
    }
    assert!(soundness.broken_by(now).is_some());
}
