//! The flags that every verb takes, and the list of verbs.

use crate::verbs::*;
use catalyst_diag::render::Format;
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

/// Compiles whole Kubernetes platforms from intent.
///
/// Reads Sovereigns, Organizations, Environments, Applications, Blueprints and policies, proves what can be known before anything runs,
/// and emits Flux trees that are the same bytes on every machine.
#[derive(Debug, Parser)]
#[command(name = "catalystc", version, styles = STYLES, propagate_version = true, max_term_width = 110, disable_help_subcommand = false)]
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
    #[arg(long, global = true, value_name = "FORMAT", env = "CATALYSTC_FORMAT", hide_env_values = true)]
    pub(crate) format: Option<Format>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: ColorChoice,
    /// Show every finding, even when many say the same
    #[arg(long, global = true)]
    pub(crate) show_all: bool,
    /// Print less: once for no progress and no summary, twice for nothing but the exit code
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) quiet: u8,
    /// Print more about what is done
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Number of threads; all processors unless given
    #[arg(long, short, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Build(build::Build),
    Check(check::Check),
    Diff(diff::Diff),
    Why(why::Why),
    Graph(graph::GraphVerb),
    List(list::List),
    Lock(lock::Lock),
    Fix(fix::FixVerb),
    Fmt(fmt::Fmt),
    Explain(explain::Explain),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}
