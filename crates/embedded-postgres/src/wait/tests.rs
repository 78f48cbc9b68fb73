use super::*;

#[test]
fn output_and_status_of_a_command_are_returned() {
    let finished = run(
        Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]),
        Duration::from_secs(10),
    )
    .unwrap();
    assert_eq!((finished.status.code(), finished.output.as_str()), (Some(3), "one\ntwo\n"));
}

#[test]
fn a_command_and_its_children_are_killed_at_the_limit() {
    let error = run(Command::new("sh").args(["-c", "sleep 600 & wait"]), Duration::from_millis(50))
        .err()
        .unwrap();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[test]
fn the_tail_is_one_line_and_starts_at_a_line() {
    assert_eq!(tail("a\n\n  b\n"), "a | b");
    let long = format!("{}\nlast", "é".repeat(TAIL_BYTES));
    assert_eq!(tail(&long), "last");
}
