//! Proofs by mail: verification, recovery, change of address.
