//! Users from other systems, and back.
