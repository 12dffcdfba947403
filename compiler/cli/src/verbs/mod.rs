//! One file a verb.

pub(crate) mod attest;
pub(crate) mod build;
pub(crate) mod bundle;
pub(crate) mod catalogue;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod fix;
pub(crate) mod fmt;
pub(crate) mod graph;
pub(crate) mod help;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod keygen;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod look;
pub(crate) mod man;
pub(crate) mod mirror;
pub(crate) mod network;
pub(crate) mod new;
pub(crate) mod pin;
pub(crate) mod publish;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod render;
pub(crate) mod schema;
pub(crate) mod sign;
pub(crate) mod test;
pub(crate) mod unpack;
pub(crate) mod vendor;
pub(crate) mod verify;
pub(crate) mod why;

use crate::args::{Args, Verb};
use crate::exit::Failure;
use crate::session::Session;
use catalyst_system::EnvVars;
use std::process::ExitCode;

/// Runs the verb that was asked for.
pub(crate) fn run(args: Args, env: EnvVars) -> Result<ExitCode, Failure> {
    let session = Session::new(&args.global, env)?;
    match args.verb {
        Verb::Attest(verb) => verb.run(&session),
        Verb::Build(verb) => verb.run(&session),
        Verb::Bundle(verb) => verb.run(&session),
        Verb::Catalogue(verb) => verb.run(&session),
        Verb::Check(verb) => verb.run(&session),
        Verb::Completions(verb) => verb.run(&session),
        Verb::Diff(verb) => verb.run(&session),
        Verb::Doctor(verb) => verb.run(&session),
        Verb::Explain(verb) => verb.run(&session),
        Verb::Fix(verb) => verb.run(&session),
        Verb::Fmt(verb) => verb.run(&session),
        Verb::Graph(verb) => verb.run(&session),
        Verb::Help(verb) => verb.run(&session),
        Verb::Import(verb) => verb.run(&session),
        Verb::Init(verb) => verb.run(&session),
        Verb::Inspect(verb) => verb.run(&session),
        Verb::Keygen(verb) => verb.run(&session),
        Verb::List(verb) => verb.run(&session),
        Verb::Lock(verb) => verb.run(&session),
        Verb::Man(verb) => verb.run(&session),
        Verb::Mirror(verb) => verb.run(&session),
        Verb::New(verb) => verb.run(&session),
        Verb::Pin(verb) => verb.run(&session),
        Verb::Publish(verb) => verb.run(&session),
        Verb::Pull(verb) => verb.run(&session),
        Verb::Push(verb) => verb.run(&session),
        Verb::Render(verb) => verb.run(&session),
        Verb::Schema(verb) => verb.run(&session),
        Verb::Sign(verb) => verb.run(&session),
        Verb::Test(verb) => verb.run(&session),
        Verb::Unpack(verb) => verb.run(&session),
        Verb::Vendor(verb) => verb.run(&session),
        Verb::Verify(verb) => verb.run(&session),
        Verb::Why(verb) => verb.run(&session),
    }
}
