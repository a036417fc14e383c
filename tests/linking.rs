//! Ways in of one account: linking, second factors, recovery codes.
