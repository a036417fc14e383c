//! What a guest writes to the gateway's log, by `host.log` or by its standard output and error: cut, on one line each,
//! counted, and without the credentials of the caller.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

use tracing::Level;

use super::call::{Halt, Limit};
use crate::model::Secret;

/// Bytes of a line.
const LINE: usize = 1024;
/// Shorter values occur in any text.
const SHORTEST_SECRET: usize = 6;

/// The log of one call.
pub(super) struct Logger {
    provider: String,
    request_id: String,
    lines_left: AtomicU32,
    secrets: Vec<Secret<String>>,
    /// Of standard output and error: what has not ended in a newline yet.
    unfinished: Mutex<Vec<u8>>,
}

impl Logger {
    /// `secrets` never appear in the log.
    pub(super) fn new(provider: &str, request_id: &str, lines: u32, secrets: Vec<Secret<String>>) -> Self {
        Self {
            provider: provider.to_owned(),
            request_id: request_id.to_owned(),
            lines_left: AtomicU32::new(lines),
            secrets: secrets.into_iter().filter(|secret| secret.expose().len() >= SHORTEST_SECRET).collect(),
            unfinished: Mutex::new(Vec::new()),
        }
    }

    /// What the log calls this call.
    pub(super) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Writes one line.
    pub(super) fn line(&self, level: Level, message: &str) -> Result<(), Halt> {
        self.lines_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .map_err(|_| Halt::Limit(Limit::LogLines))?;
        let said = self.clean(message);
        // A field, and so in quotes: nothing of it can be taken for a line or a field of the gateway's own.
        let (provider, request_id, said) = (self.provider.as_str(), self.request_id.as_str(), said.as_str());
        match level {
            Level::ERROR => tracing::error!(target: "vestibule::guest", provider, request_id, said, "a provider says"),
            Level::WARN => tracing::warn!(target: "vestibule::guest", provider, request_id, said, "a provider says"),
            Level::INFO => tracing::info!(target: "vestibule::guest", provider, request_id, said, "a provider says"),
            _ => tracing::debug!(target: "vestibule::guest", provider, request_id, said, "a provider says"),
        }
        Ok(())
    }

    /// Takes output in pieces and writes the lines that it completes.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), Halt> {
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let room = LINE.saturating_sub(unfinished.len());
            unfinished.extend(piece.iter().take(room));
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut *unfinished);
                self.output(&line)?;
            }
        }
        Ok(())
    }

    fn output(&self, line: &[u8]) -> Result<(), Halt> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim();
        if text.is_empty() { Ok(()) } else { self.line(Level::INFO, text) }
    }

    fn clean(&self, message: &str) -> String {
        let mut message = message.to_owned();
        for secret in &self.secrets {
            if message.contains(secret.expose()) {
                message = message.replace(secret.expose(), "[redacted]");
            }
        }
        message.truncate(message.floor_char_boundary(LINE));
        message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

impl Drop for Logger {
    /// The last words of a guest often lack a newline.
    fn drop(&mut self) {
        let rest = std::mem::take(self.unfinished.get_mut().unwrap_or_else(PoisonError::into_inner));
        // Past the budget there is nobody left to tell.
        let _ = self.output(&rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logger(lines: u32) -> Logger {
        Logger::new("hello", "r1", lines, vec![Secret::new("EAAB-token".to_owned()), Secret::new("abc".to_owned())])
    }

    #[test]
    fn lines_are_counted_wherever_they_come_from() {
        let logger = logger(3);
        assert!(logger.line(Level::INFO, "one").is_ok());
        assert!(logger.write(b"two\nthr").is_ok());
        assert!(logger.write(b"ee\n\n\nfour").is_ok(), "three lines; empty ones are free");
        assert_eq!(logger.line(Level::WARN, "five"), Err(Halt::Limit(Limit::LogLines)));
        assert_eq!(logger.write(b"\n"), Err(Halt::Limit(Limit::LogLines)));
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let logger = logger(3);
        for _ in 0..100 {
            logger.write(&[b'x'; 1000]).unwrap();
        }
        assert_eq!(logger.unfinished.lock().unwrap().len(), LINE);
    }

    #[test]
    fn cleans() {
        let logger = logger(3);
        assert_eq!(logger.clean("token=EAAB-token\r\nlevel=ERROR abc"), "token=[redacted]  level=ERROR abc");
        assert_eq!(logger.clean(&"ä".repeat(1000)).len(), LINE);
    }
}
