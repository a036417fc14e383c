//! schemathesis
