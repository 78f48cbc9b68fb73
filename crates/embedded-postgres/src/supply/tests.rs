use super::*;

fn of(major: u32) -> Binaries {
    Binaries { bin_dir: format!("/{major}").into(), major }
}

#[test]
fn existing_data_decides_the_version_otherwise_the_order() {
    let usable = [of(18), of(15)];
    for (made_by, chosen) in [(None, Some(18)), (Some(15), Some(15)), (Some(16), None)] {
        let found = fitting(&usable, made_by).map(|binaries| binaries.major);
        assert_eq!(found, chosen, "{made_by:?}");
    }
    assert_eq!(fitting(&[], None), None);
}
