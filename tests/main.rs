//! Vestibule as others see it.

mod contract;
