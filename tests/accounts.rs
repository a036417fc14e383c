//! Users, roles, history and audit: administrators, and the literal rows D1 to D6.
