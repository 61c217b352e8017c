//! Deterministic chance: everything that a mock makes up is a hash of the view's seed and a key.

/// A 64-bit hash of a seed and parts (FNV-1a, finished as in SplitMix64). Stable over versions and machines: ids and
/// made-up values in recorded runs depend on it.
pub(crate) fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ finish(seed.wrapping_add(0x9e37_79b9_7f4a_7c15));
    for part in parts {
        for byte in part.as_bytes() {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        // A border between parts, so that ["ab", "c"] and ["a", "bc"] differ.
        state = (state ^ 0x1_00).wrapping_mul(0x0000_0100_0000_01b3);
    }
    finish(state)
}

fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A whole number from `low` to `high`, both included.
pub(crate) fn between(seed: u64, key: &str, low: i64, high: i64) -> i64 {
    if high <= low {
        return low;
    }
    let span = high.abs_diff(low).saturating_add(1);
    low.wrapping_add_unsigned(hash(seed, &["between", key]) % span)
}

/// A share from 0 (included) to 1 (excluded).
pub(crate) fn share(seed: u64, key: &str) -> f64 {
    // 53 bits: what an f64 holds without rounding.
    (hash(seed, &["share", key]) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_depend_on_seed_and_key_only() {
        assert_eq!(hash(1, &["a", "b"]), hash(1, &["a", "b"]));
        assert_ne!(hash(1, &["a", "b"]), hash(2, &["a", "b"]));
        assert_ne!(hash(1, &["ab", "c"]), hash(1, &["a", "bc"]));
    }

    #[test]
    fn ranges_are_kept_and_used() {
        let values: Vec<i64> = (0..500).map(|i| between(7, &i.to_string(), 3, 7)).collect();
        assert!(values.iter().all(|value| (3..=7).contains(value)));
        assert!((3..=7).all(|wanted| values.contains(&wanted)));
        let shares: f64 = (0..1000).map(|i| share(7, &i.to_string())).sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&shares), "{shares}");
        assert_eq!(between(7, "x", 5, 5), 5);
    }
}
