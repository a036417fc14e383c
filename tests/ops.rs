//! What operators rely on: commands, configuration, logs, documents, health.
