//! `kv`: short-lived data of this provider type alone.

use crate::provider::{bindings::imported::kv::Host, budget::Work, call::Halt, port::PortError, state::CallState};

/// Bytes.
const MAX_KEY: usize = 200;
/// Bytes.
const MAX_VALUE: usize = 16 << 10;
/// Seconds: a day.
const MAX_TTL: u32 = 86_400;

impl Host for CallState {
    async fn put(&mut self, key: String, value: Vec<u8>, ttl_seconds: u32) -> wasmtime::Result<()> {
        self.spend(Work::Lookup, "kv.put")?;
        check_key(&key)?;
        check_ttl(ttl_seconds)?;
        if value.len() > MAX_VALUE {
            return Err(Halt::BadCall(format!("kv: a value of {} bytes; at most {MAX_VALUE}", value.len())).into());
        }
        Ok(self.reach.ports.kv.put(&self.reach.provider, &key, value, ttl_seconds).await.map_err(unavailable)?)
    }

    async fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.spend(Work::Lookup, "kv.get")?;
        check_key(&key)?;
        Ok(self.reach.ports.kv.get(&self.reach.provider, &key).await.map_err(unavailable)?)
    }

    async fn take(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        self.spend(Work::Lookup, "kv.take")?;
        check_key(&key)?;
        Ok(self.reach.ports.kv.take(&self.reach.provider, &key).await.map_err(unavailable)?)
    }

    async fn increment(&mut self, key: String, by: u32, ttl_seconds: u32) -> wasmtime::Result<u64> {
        self.spend(Work::Lookup, "kv.increment")?;
        check_key(&key)?;
        check_ttl(ttl_seconds)?;
        Ok(self.reach.ports.kv.increment(&self.reach.provider, &key, by, ttl_seconds).await.map_err(unavailable)?)
    }
}

fn check_key(key: &str) -> Result<(), Halt> {
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(Halt::BadCall(format!("kv: a key of {} bytes; 1 to {MAX_KEY}", key.len())));
    }
    // A NUL cannot be stored as text everywhere, and other control characters serve nobody.
    if key.chars().any(char::is_control) {
        return Err(Halt::BadCall("kv: a key with control characters".to_owned()));
    }
    Ok(())
}

fn check_ttl(seconds: u32) -> Result<(), Halt> {
    if (1..=MAX_TTL).contains(&seconds) { Ok(()) } else { Err(Halt::BadCall(format!("kv: a time to live of {seconds} s; 1 to {MAX_TTL}"))) }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: PortError) -> Halt {
    Halt::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_times_have_bounds() {
        assert!(check_key(&"k".repeat(200)).is_ok());
        for bad in ["", &"k".repeat(201), "a\0b", "a\nb"] {
            assert!(matches!(check_key(bad), Err(Halt::BadCall(_))), "{bad:?}");
        }
        assert!(check_ttl(1).is_ok() && check_ttl(MAX_TTL).is_ok());
        assert!(check_ttl(0).is_err() && check_ttl(MAX_TTL + 1).is_err());
    }
}
