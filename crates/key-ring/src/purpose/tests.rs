use super::Purpose;
use crate::key::KEY_ID_LABEL;

#[test]
fn no_label_equals_or_is_a_prefix_of_another() {
    let labels: Vec<&[u8]> =
        Purpose::ALL.iter().map(|purpose| purpose.label()).chain([KEY_ID_LABEL]).collect();
    for (at, label) in labels.iter().enumerate() {
        for (other_at, other) in labels.iter().enumerate() {
            assert!(at == other_at || !other.starts_with(label), "{at} and {other_at}");
        }
    }
}
