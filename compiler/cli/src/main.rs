//! The `catalystc` command: arguments in, text and exit codes out. Behaviour is in the driver; a verb's file reads its flags, calls the
//! driver once or twice, and prints.

mod args;
mod exit;
mod output;
#[cfg(test)]
mod reference;
mod session;
mod verbs;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::usage(&error),
    };
    match verbs::run(args) {
        Ok(code) => code,
        Err(error) => exit::failure(&error),
    }
}
