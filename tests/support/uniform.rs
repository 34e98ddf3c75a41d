//! Numbers that follow from a name, so that no weights have to be committed: `tests/golden/*/make.py`
//! compute the same.

/// Elements of the tensor called `name` before they are scaled: uniform in [−1, 1).
pub fn uniform(name: &str, count: usize) -> Vec<f32> {
    let fnv1a = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    let mut state = name.bytes().fold(0xCBF2_9CE4_8422_2325, fnv1a);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    (0..count).map(|_| ((next() >> 40) as i32 - (1 << 23)) as f32 / (1 << 23) as f32).collect()
}
