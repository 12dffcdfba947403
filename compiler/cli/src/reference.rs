//! The page of verbs in the book, made from the arguments themselves and checked to be what they make.
#![expect(clippy::disallowed_methods, reason = "a test reads and writes the page")]

use crate::args::Args;
use clap::{Arg, ArgAction, Command, CommandFactory};
use std::fmt::Write as _;

#[test]
fn the_page_of_verbs_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/verbs.md");
    let text = page();
    if std::env::var_os("CATALYST_DOCS").is_some_and(|value| value == "update") {
        std::fs::write(path, &text).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == text, "docs/src/reference/verbs.md is out of date; run `cargo xtask docs`");
}

fn page() -> String {
    let mut command = Args::command();
    command.build();
    let mut out = "# Verbs\n\nEvery verb with its flags, made from the command line itself. `catalystc VERB --help` says the same.\n\n\
        | Verb | |\n|---|---|\n"
        .to_owned();
    let verbs = || command.get_subcommands().filter(|it| !it.is_hide_set());
    for verb in verbs() {
        let name = verb.get_name();
        writeln!(out, "| [`{name}`](#{name}) | {} |", about(verb)).unwrap();
    }
    out.push_str("\n## Flags of every verb\n\n");
    flags(command.get_arguments().filter(|it| it.is_global_set()), &mut out);
    for verb in verbs() {
        let mut verb = verb.clone();
        let usage = verb.render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").replace("\n      ", "\n");
        write!(out, "## {}\n\n{}.\n\n```text\n{usage}\n```\n\n", verb.get_name(), about(&verb)).unwrap();
        if let Some(long) = verb.get_long_about() {
            let long = long.to_string();
            if let Some((_, more)) = long.split_once("\n\n") {
                write!(out, "{more}\n\n").unwrap();
            }
        }
        flags(verb.get_arguments().filter(|it| !it.is_global_set()), &mut out);
        if let Some(examples) = verb.get_after_help() {
            let lines = examples.to_string();
            let lines = lines.trim_start_matches("Examples:\n").lines().map(str::trim_start);
            write!(out, "```text\n{}\n```\n\n", lines.collect::<Vec<_>>().join("\n")).unwrap();
        }
    }
    format!("{}\n", out.trim_end())
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn flags<'a>(arguments: impl Iterator<Item = &'a Arg>, out: &mut String) {
    let shown = |it: &&Arg| {
        !it.is_hide_set()
            && !matches!(it.get_action(), ArgAction::Help | ArgAction::HelpLong | ArgAction::Version)
    };
    let mut rows = String::new();
    for it in arguments.filter(shown) {
        let mut says = it.get_help().map(ToString::to_string).unwrap_or_default();
        let values = it.get_possible_values();
        let named: Vec<String> = values
            .iter()
            .filter(|_| it.get_action().takes_values())
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}` ({help})", value.get_name()),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        if !named.is_empty() {
            write!(says, ": {}", named.join(", ")).unwrap();
        }
        let default = it.get_default_values().first().filter(|_| it.get_action().takes_values());
        if let Some(default) = default.filter(|_| !it.is_hide_default_value_set()) {
            write!(says, "; default `{}`", default.to_string_lossy()).unwrap();
        }
        if let Some(variable) = it.get_env() {
            write!(says, "; variable `{}`", variable.to_string_lossy()).unwrap();
        }
        writeln!(rows, "| `{}` | {} |", name(it), says.replace('|', "\\|")).unwrap();
    }
    if !rows.is_empty() {
        write!(out, "| Flag | |\n|---|---|\n{rows}\n").unwrap();
    }
}

/// A flag or an argument, as it is typed.
fn name(it: &Arg) -> String {
    let value =
        it.get_value_names().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    let value =
        value.filter(|_| it.get_action().takes_values()).map(|it| it.replace('|', "\\|")).unwrap_or_default();
    match (it.get_short(), it.get_long()) {
        (None, None) => value,
        (None, Some(long)) => format!("--{long} {value}"),
        (Some(short), Some(long)) => format!("-{short}, --{long} {value}"),
        (Some(short), None) => format!("-{short} {value}"),
    }
    .trim_end()
    .to_owned()
}
