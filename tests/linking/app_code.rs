//! An authenticator app.

use totp_rs::{Algorithm, Secret, TOTP};
use vestibule::clock::{Clock, SystemClock};

/// Knows the secret, and which codes it has shown.
pub struct Authenticator {
    totp: TOTP,
    shown: Vec<u64>,
}

impl Authenticator {
    /// Reads the secret as its user types it.
    pub fn new(secret: &str) -> Self {
        let bytes = Secret::Encoded(secret.to_owned()).to_bytes().expect("base32");
        Self { totp: TOTP::new(Algorithm::SHA1, 6, 1, 30, bytes).expect("a secret"), shown: Vec::new() }
    }

    /// A code that was not shown yet and is good at least five seconds more; waits if there is none.
    pub async fn code(&mut self) -> String {
        loop {
            let now = u64::try_from(SystemClock.now().seconds()).unwrap();
            let (step, left) = (now / 30, 30 - now % 30);
            let good = [step, step + 1].into_iter().chain((left > 5).then_some(step - 1));
            if let Some(step) = good.into_iter().find(|step| !self.shown.contains(step)) {
                self.shown.push(step);
                return self.totp.generate(step * 30);
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    /// Six digits that are none of the codes around now.
    pub fn wrong(&self) -> String {
        let now = u64::try_from(SystemClock.now().seconds()).unwrap();
        let right: Vec<String> = (0..6).map(|ahead| self.totp.generate(now + ahead * 30 - 60)).collect();
        (0..1_000_000).map(|n: u32| format!("{n:06}")).find(|code| !right.contains(code)).unwrap()
    }
}
