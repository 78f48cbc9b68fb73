use super::*;

#[test]
fn seeds_are_equal_across_entropies_and_unique_within_one() {
    let (one, other) = (CountingEntropy::default(), CountingEntropy::default());
    let mut seeds: Vec<_> = (0..1000).map(|_| one.seed()).collect();
    assert!(seeds.iter().all(|seed| other.seed() == *seed));
    seeds.dedup();
    assert_eq!(seeds.len(), 1000);
    assert_ne!(unique_seed(), unique_seed());
}
