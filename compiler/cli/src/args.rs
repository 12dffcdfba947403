//! The flags that every verb takes, and the list of verbs.

use crate::verbs::*;
use catalyst_diag::render::Format;
use catalyst_system::Var;
use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::{ColorChoice, Parser, Subcommand};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .valid(AnsiColor::Cyan.on_default())
    .error(AnsiColor::Red.on_default().bold())
    .invalid(Style::new().bold());

/// Compiles whole Kubernetes platforms from intent
///
/// Reads Sovereigns, Organizations, Environments, Applications, Blueprints and policies, proves what can be known before anything runs,
/// and emits Flux trees that are the same bytes on every machine.
#[derive(Debug, Parser)]
#[command(
    name = "catalystc",
    version,
    styles = STYLES,
    max_term_width = 110,
    disable_help_subcommand = true,
    after_help = "Examples:\n  catalystc init my-platform     a project that compiles, to start from\n  catalystc check                findings, and nothing is written\n  catalystc build                compile all Sovereigns and write the tree\n  catalystc diff --against main  what a change of intent changes in the output\n\n`catalystc help VERB` explains a verb, `catalystc help exit-codes` and `catalystc help environment` what all verbs share."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// Flags of every verb.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder to start from; the project is the nearest folder above with a `catalyst.yaml`
    #[arg(
        long,
        short = 'C',
        global = true,
        value_name = "FOLDER",
        default_value = ".",
        hide_default_value = true
    )]
    pub(crate) project: PathBuf,
    /// How findings are printed: full, concise, json, jsonl, github, gitlab, sarif or junit
    ///
    /// With `json`, verbs that print no findings (`list`, `why`, `diff`, `doctor`) print JSON as well.
    #[arg(long, global = true, value_name = "FORMAT", env = Var::Format.name(), hide_env_values = true)]
    pub(crate) format: Option<Format>,
    /// When to use colour: auto, always or never [env: NO_COLOR, FORCE_COLOR]
    ///
    /// `auto` looks at NO_COLOR, then at FORCE_COLOR and CLICOLOR_FORCE, then at whether the output goes to a terminal.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: ColorChoice,
    /// Show every finding, even when many say the same
    #[arg(long, global = true)]
    pub(crate) show_all: bool,
    /// Print less: once for no progress and no summary, twice for nothing but the exit code
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) quiet: u8,
    /// Print more: notes among the findings, and what is done
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Number of threads; all processors unless given
    #[arg(long, short, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Init(init::InitVerb),
    New(new::NewVerb),
    Build(build::Build),
    Check(check::Check),
    Test(test::Test),
    Render(render::Render),
    Diff(diff::Diff),
    Why(why::Why),
    Graph(graph::GraphVerb),
    List(list::List),
    Catalogue(catalogue::CatalogueVerb),
    Lock(lock::Lock),
    Vendor(vendor::VendorVerb),
    Pin(pin::Pin),
    Fix(fix::FixVerb),
    Fmt(fmt::Fmt),
    Bundle(bundle::Bundle),
    Inspect(inspect::Inspect),
    Keygen(keygen::Keygen),
    Sign(sign::Sign),
    Attest(attest::Attest),
    Verify(verify::Verify),
    Unpack(unpack::Unpack),
    Push(push::PushVerb),
    Pull(pull::PullVerb),
    Import(import::ImportVerb),
    Mirror(mirror::MirrorVerb),
    Publish(publish::PublishVerb),
    Explain(explain::Explain),
    Schema(schema::Schema),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
    Man(man::Man),
    Help(help::Help),
}
