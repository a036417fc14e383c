//! What operators see: metrics, traces, health, doctor.
