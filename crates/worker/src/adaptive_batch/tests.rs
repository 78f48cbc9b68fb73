use super::*;

fn after_successes(mut portion: AdaptiveBatch, rounds: u32) -> usize {
    for _ in 0..rounds {
        portion.succeeded();
    }
    portion.size()
}

#[test]
fn a_failure_halves_the_size_down_to_one() {
    let mut portion = AdaptiveBatch::of(10_000);
    let mut sizes = vec![portion.size()];
    for _ in 0..15 {
        portion.failed();
        sizes.push(portion.size());
    }
    let expected = [10_000, 5_000, 2_500, 1_250, 625, 312, 156, 78, 39, 19, 9, 4, 2, 1, 1, 1];
    assert_eq!(sizes, expected);
}

#[test]
fn the_size_grows_back_slowly_up_to_the_maximum() {
    let mut portion = AdaptiveBatch::of(100);
    for _ in 0..2 {
        portion.failed();
    }
    for (rounds, size) in [(15, 25), (16, 50), (31, 50), (32, 100), (1_000, 100)] {
        assert_eq!(after_successes(portion, rounds), size, "{rounds} rounds");
    }
}

#[test]
fn a_failure_resets_the_count_of_successes() {
    let mut portion = AdaptiveBatch::of(100);
    portion.failed();
    for _ in 0..15 {
        portion.succeeded();
    }
    portion.failed();
    assert_eq!(after_successes(portion, 15), 25);
    assert_eq!(after_successes(portion, 16), 50);
}
