//! What operators see: metrics, traces, health, doctor, and how the gateway ends.

mod access;
mod collector;
mod doctor;

mod health;
mod metrics;
mod shutdown;
mod trace;
