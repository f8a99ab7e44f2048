//! Is this trace of a completion port allowed? Diagnosis, harness and drivers.

pub mod driver;
pub mod suite;
