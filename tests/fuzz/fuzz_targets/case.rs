//! The input of the proptest strategy, from bytes: a case. Whatever the case, the model holds
//! against itself, and the token of the case reads back.
//!
//! For a port of your own, this is the target to copy: put your driver in the place of
//! `ModelDriver` (`PortDriver::<MyPort>::new()`, say).
#![no_main]

use iocp_oracle::harness::{Case, Config, ModelDriver, Outcome, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|case: Case| {
    assert_eq!(case.to_string().parse().as_ref(), Ok(&case));
    let config = Config::default();
    let mut port = ModelDriver::new(config.semantics);
    match judge(&mut port, &case, &config) {
        Outcome::Holds => {}
        // A case whose moves are all impossible makes no call.
        Outcome::Unsupported { ops } => assert!(ops.is_empty(), "{case}: {ops:?}"),
        Outcome::Unclear { why } => panic!("{case}: {why}"),
        Outcome::Violated(violation) => panic!("{case}: {}", violation.what),
    }
});
