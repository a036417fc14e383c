//! Axes with round numbers.

/// The least of 1, 2 or 5 times a power of ten that is not below `most`; 2 at least, so that its half is whole.
pub(super) fn round_up(most: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for step in [1, 2, 5] {
            let end = power.saturating_mul(step);
            // 5 has no half, and axes show one.
            let end = if end == 5 { 6 } else { end };
            if end >= most.max(2) {
                return end;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// `value` of `whole` as a length on an axis of `length`, in tenths of a unit so that small values are seen.
pub(super) fn length(value: u64, whole: u64, length: u64) -> String {
    let tenths = u128::from(value) * u128::from(length) * 10 / u128::from(whole.max(1));
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (most, end) in [(0, 2), (1, 2), (2, 2), (3, 6), (6, 6), (7, 10), (11, 20), (21, 50), (99, 100), (1_234, 2_000)] {
            assert_eq!(round_up(most), end, "{most}");
        }
        assert_eq!(round_up(u64::MAX), u64::MAX);
    }

    #[test]
    fn lengths_are_shares_of_the_axis() {
        assert_eq!(length(1, 3, 100), "33.3");
        assert_eq!(length(0, 0, 100), "0.0");
        assert_eq!(length(u64::MAX, u64::MAX, 100), "100.0");
    }
}
