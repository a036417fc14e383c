//! Traces over OTLP/HTTP: one span for each request and for each of its costly steps, when a collector is configured;
//! otherwise no span is made at all.
//!
//! Spans have a target of their own, which logs leave out: lines look the same with and without tracing. Attributes are
//! named here one by one; nothing that a person wrote is among them.

pub mod context;
pub mod export;

/// The target of all spans that are exported, and of nothing else: no module has this path.
pub const TARGET: &str = "vestibule_spans";
