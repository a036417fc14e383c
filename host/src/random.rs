//! Randomness as a parameter.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Gives unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws from the system's generator")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// Six random digits, each code as likely as any other.
#[must_use]
pub fn code(random: &dyn Random) -> String {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        let number = u32::from_le_bytes(bytes);
        // What is left above the last whole million would make the low codes likelier.
        if number < u32::MAX / CODES * CODES {
            return format!("{:06}", number % CODES);
        }
    }
}

/// A password for people to type: four groups of five letters and digits, none of which look alike; 99 bits.
#[must_use]
pub fn password(random: &dyn Random) -> String {
    const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut drawn = Vec::with_capacity(20);
    while drawn.len() < 20 {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        // What is left above the last whole 31 would make the first letters likelier.
        let even = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < 256 / LETTERS.len() * LETTERS.len());
        drawn.extend(even.map(|byte| char::from(LETTERS[byte % LETTERS.len()])).take(20 - drawn.len()));
    }
    drawn.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// 256 random bits as base64url: an unguessable id.
#[must_use]
pub fn token(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::atomic::{AtomicU8, Ordering},
    };

    use super::*;

    /// Counts bytes upwards.
    struct Counting(AtomicU8);

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for byte in buffer {
                *byte = self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn passwords_are_drawn_evenly_from_31_letters() {
        let random = Counting(AtomicU8::new(248));
        assert_eq!(password(&random), "abcde-fghjk-mnpqr-stuvw", "bytes that would make some likelier are thrown away");
        let made: BTreeSet<String> = (0..1000).map(|_| password(&SystemRandom)).collect();
        assert_eq!(made.len(), 1000);
        let letters: BTreeSet<char> = made.iter().flat_map(|password| password.chars()).collect();
        assert_eq!(letters.into_iter().collect::<String>(), "-23456789abcdefghjkmnpqrstuvwxyz");
        assert!(made.iter().all(|password| password.split('-').all(|group| group.len() == 5) && password.len() == 23));
    }
}
