//! The page of verbs in the book, made from the arguments themselves and checked to be what they make.
#![expect(clippy::disallowed_methods, reason = "a test reads and writes the page")]

use crate::args::Args;
use clap::{Arg, ArgAction, Command, CommandFactory, Parser};
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

/// What `--help` shows as an example is a command that the arguments take.
#[test]
fn the_examples_in_help_parse() {
    let mut command = Args::command();
    command.build();
    let mut examples = 0;
    for verb in verbs(&command) {
        for line in lines(&verb).iter().filter(|line| line.starts_with("catalystc ")) {
            let line = line.split(['>', '|']).next().unwrap_or_default();
            if let Err(error) = Args::try_parse_from(line.split_whitespace()) {
                panic!("`{line}` in the help of `{}`: {error}", verb.get_name());
            }
            examples += 1;
        }
    }
    assert!(examples > 20, "verbs have examples: {examples}");
}

fn page() -> String {
    let mut command = Args::command();
    command.build();
    let mut out = "# Verbs\n\nEvery verb with its flags, made from the command line itself. `catalystc help VERB` says the same.\n\n\
        | Verb | |\n|---|---|\n"
        .to_owned();
    let verbs = verbs(&command);
    for verb in &verbs {
        let name = name_of(verb);
        writeln!(out, "| [`{name}`](#{}) | {} |", name.replace(' ', "-"), about(verb)).unwrap();
    }
    out.push_str("\n## Flags of every verb\n\n");
    flags(command.get_arguments().filter(|it| it.is_global_set()), &mut out);
    for verb in &verbs {
        let usage = verb.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").replace("\n       ", "\n");
        write!(out, "## {}\n\n{}.\n\n```text\n{usage}\n```\n\n", name_of(verb), about(verb)).unwrap();
        let long = verb.get_long_about().map(ToString::to_string).unwrap_or_default();
        if let Some((_, more)) = long.split_once("\n\n") {
            write!(out, "{more}\n\n").unwrap();
        }
        flags(verb.get_arguments().filter(|it| !it.is_global_set()), &mut out);
        let lines = lines(verb);
        if !lines.is_empty() {
            write!(out, "```text\n{}\n```\n\n", lines.join("\n")).unwrap();
        }
    }
    format!("{}\n", out.trim_end())
}

/// All verbs, and what stands below them; not the `help` that clap adds to a verb with verbs of its own.
fn verbs(command: &Command) -> Vec<Command> {
    let own = |it: &&Command| it.get_name() != "help" || it.get_after_help().is_some();
    let shown = command.get_subcommands().filter(|it| !it.is_hide_set()).filter(own);
    shown.flat_map(|it| std::iter::once(it.clone()).chain(verbs(it))).collect()
}

/// `new application`, without the name of the program.
fn name_of(verb: &Command) -> String {
    verb.get_bin_name()
        .and_then(|it| it.split_once(' '))
        .map_or_else(|| verb.get_name(), |it| it.1)
        .to_owned()
}

/// The lines of the examples.
fn lines(verb: &Command) -> Vec<String> {
    let text = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
    text.trim_start_matches("Examples:\n").lines().map(|line| line.trim_start().to_owned()).collect()
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
        if values.iter().any(|value| !says.contains(value.get_name())) && !named.is_empty() {
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
