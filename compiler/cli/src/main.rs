//! The `catalystc` command: arguments in, text and exit codes out. Behaviour is in the driver; a verb's file reads its flags, calls the
//! driver once or twice, and prints.

mod args;
mod color;
mod exit;
mod output;
mod pages;
#[cfg(test)]
mod reference;
mod session;
mod verbs;

use catalyst_system::EnvVars;
use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;

fn main() -> ExitCode {
    exit::report_faults();
    let env = EnvVars::read();
    let command = args::Args::command().color(color::of_help(&env, std::env::args_os()));
    let parsed = command.try_get_matches().and_then(|matches| args::Args::from_arg_matches(&matches));
    let args = match parsed {
        Ok(args) => args,
        Err(error) => return exit::usage(&error),
    };
    let silent = args.global.quiet > 1;
    match verbs::run(args, env) {
        Ok(code) => code,
        Err(error) => exit::failure(&error, silent),
    }
}
