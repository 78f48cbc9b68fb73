use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn pieces_end_at_each_version_for_any_chunking(
        words in prop::collection::vec("(HTTP/1\\.)|[HTP/1.x]{0,9}", 0..8),
        sizes in prop::collection::vec(1_usize..12, 1..8),
    ) {
        let text = words.concat();
        let mut arriving = sizes.iter().cycle();
        let (mut ends, mut matched, mut place) = (Vec::new(), 0, 0);
        while place < text.len() {
            let until = text.len().min(place + arriving.next().unwrap());
            let (length, is_end) = end_of_piece(&text.as_bytes()[place..until], &mut matched);
            prop_assert!(length > 0);
            place += length;
            ends.extend(is_end.then_some(place));
        }
        let expected: Vec<_> = text.match_indices("HTTP/1.").map(|(at, found)| at + found.len()).collect();
        prop_assert_eq!(ends, expected);
    }
}
