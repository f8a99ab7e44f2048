//! A fault of this program is said in a sentence, not in a stack dump.

use std::panic::{PanicHookInfo, catch_unwind};

use crate::exit::Exit;

/// Runs `work`; a panic in it is reported and gives exit code 70.
pub(crate) fn guard(work: impl FnOnce() -> Exit + std::panic::UnwindSafe) -> Exit {
    std::panic::set_hook(Box::new(report));
    catch_unwind(work).unwrap_or(Exit::Internal)
}

fn report(info: &PanicHookInfo<'_>) {
    let what = info
        .payload()
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| info.payload().downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place =
        info.location().map_or_else(String::new, |l| format!(" ({}:{})", l.file(), l.line()));
    anstream::eprintln!(
        "iocp has a fault of its own: {what}{place}\n\
         help: please report this, with the command line and its input; version {}",
        env!("CARGO_PKG_VERSION")
    );
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        anstream::eprintln!("{}", std::backtrace::Backtrace::force_capture());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_this_program_is_70() {
        let exit = guard(|| panic!("planted"));
        drop(std::panic::take_hook());
        assert_eq!(exit as u8, 70);
        assert_eq!(guard(|| Exit::Violated) as u8, 1);
        drop(std::panic::take_hook());
    }
}
