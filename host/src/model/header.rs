//! Names of HTTP headers that more than one room knows.

/// Meant for one connection, and never passed on, whether or not `Connection` names them (RFC 9110, 7.6.1).
pub const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
