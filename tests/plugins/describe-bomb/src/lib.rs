//! Describes itself with text that must reach no page: markup, control characters, and ten megabytes of it.

use vestibule_plugin::{Field, Manifest, Provider};

struct DescribeBomb;

const MARKUP: &str = "<script>alert(1)</script>\u{0}\u{1b}[2J\u{202e}\r\n</title><img src=x onerror=alert(1)>";

impl Provider for DescribeBomb {
    fn describe() -> Manifest {
        let flood = MARKUP.repeat(10 * 1024 * 1024 / MARKUP.len());
        Manifest::new(MARKUP, "1.0.0").summary(flood).signin([Field::text("name").label(MARKUP).help(MARKUP)])
    }
}

vestibule_plugin::export!(DescribeBomb);
