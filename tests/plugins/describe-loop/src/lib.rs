//! Never says who it is: loading must give up on it.

use vestibule_plugin::{Manifest, Provider};

struct DescribeLoop;

impl Provider for DescribeLoop {
    fn describe() -> Manifest {
        let mut turns = 0_u64;
        while std::hint::black_box(turns) != u64::MAX {
            turns = turns.wrapping_add(2) & !1;
        }
        Manifest::new("Never", "1.0.0")
    }
}

vestibule_plugin::export!(DescribeLoop);
