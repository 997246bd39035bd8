//! SplitMix64, for numbers that look random and are the same in every run.

/// The output of SplitMix64 for the state `number` (Steele, Lea and Flood, 2014).
pub(crate) const fn splitmix64(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
