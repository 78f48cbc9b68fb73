use super::*;

/// Runs even if a server is installed, to verify the pinned package.
#[test]
fn the_fetched_program_runs() {
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        return;
    }
    let program = fetched().unwrap();
    let output = Command::new(program).arg("--version").output().unwrap();
    let message = String::from_utf8(output.stdout).unwrap();
    assert!(message.contains("v=6.2.14"), "{message}");
}
