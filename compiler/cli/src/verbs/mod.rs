//! One file a verb.

pub(crate) mod build;
pub(crate) mod check;

use crate::args::{Args, Verb};
use crate::exit::Failure;
use crate::session::Session;
use std::process::ExitCode;

/// Runs the verb that was asked for.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let session = Session::new(&args.global)?;
    match args.verb {
        Verb::Build(verb) => verb.run(&session),
        Verb::Check(verb) => verb.run(&session),
    }
}
