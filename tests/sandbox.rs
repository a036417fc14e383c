//! What the plugins directory and the sandbox promise, tried with plugins that attack.
