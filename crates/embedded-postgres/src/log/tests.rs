use std::{env, io::Write as _, process};

use super::*;

#[test]
fn a_large_log_is_rotated_while_it_is_open() {
    let path = env::temp_dir().join(format!("users-log-{}.log", process::id()));
    let mut file = open(&path).unwrap();
    file.write_all(&vec![b'x'; usize::try_from(LOG_BYTES).unwrap() + 1]).unwrap();
    rotate_if_large(&path).unwrap();
    file.write_all(b"after").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "after");
    assert_eq!(fs::metadata(path.with_extension("log.1")).unwrap().len(), LOG_BYTES + 1);
    fs::remove_file(path.with_extension("log.1")).unwrap();
    fs::remove_file(path).unwrap();
}
