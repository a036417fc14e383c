//! Getting in, staying in, getting out: what clients rely on.
