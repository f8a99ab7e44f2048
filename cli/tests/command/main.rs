//! The command as its users meet it: a process with arguments, streams and an exit code.

mod chart;
mod contract;
mod explorer;
mod fuzz;
mod learn;
mod pictures;
mod serve;
mod step;
mod streams;
mod usage;

use std::process::{Command, Output, Stdio};

/// The command under test, away from the colours and widths of whoever runs the tests.
fn iocp(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iocp"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// What it says and how it ends.
fn run(arguments: &[&str]) -> Output {
    iocp(arguments).output().expect("the command starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ends by itself")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}
