//! Where outbound calls may go at all, whatever a provider was granted: addresses are judged after DNS, and the
//! connection is made to exactly the addresses that were judged.

pub mod address;
pub mod resolve;
pub mod tls;
