use super::*;

fn of(major: u32) -> Binaries {
    Binaries { bin_dir: format!("/{major}").into(), major }
}

#[test]
fn existing_data_decides_the_version_otherwise_the_order() {
    assert_eq!(fitting(vec![of(18), of(15)], None), Ok(of(18)));
    assert_eq!(fitting(vec![of(18), of(15)], Some(15)), Ok(of(15)));
    assert_eq!(fitting(vec![of(18), of(15)], Some(16)), Err(vec![of(18), of(15)]));
    assert_eq!(fitting(Vec::new(), None), Err(Vec::new()));
}
