//! Developer commands.
//!
//! - `cargo xtask golden` writes `snapshots/`, the lock, the schemas, the CRDs, the catalogue and the probes of the kit anew.
//! - `cargo xtask docs` writes what the book quotes from the command line and from the code.
//! - `cargo xtask bench [SIZE...]` measures builds of this repository's fleet, and of made-up ones of these sizes: 1, 10 and 100
//!   Sovereigns unless given.
//! - `cargo xtask bench-bundles` measures bundles of a Sovereign of this repository: making, verifying, pushing, deltas.
//! - `cargo xtask bench-charts [PROJECT]` measures renders of this repository's charts, or of a project whose upstream charts are vendored.

#![expect(
    clippy::disallowed_methods,
    reason = "developer commands run programs and make folders of their own"
)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints what it found")]

mod bench;
mod bench_bundles;
mod bench_charts;
mod synth;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What is generated, as arguments of `catalystc`.
const GENERATED: &[&[&str]] = &[
    &["lock"],
    &["build", "--locked"],
    &["bundle", "--locked", "--digests"],
    &["schema", "--all", "--out", "docs/schemas"],
    &["catalogue"],
    &["catalogue", "--probes"],
    &["schema", "--all", "--crd", "--out", "products/catalyst/chart/crds"],
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["golden"] => GENERATED.iter().all(|args| {
            let run = ["run", "--quiet", "--release", "--package", "catalyst-cli", "--"];
            cargo(&[&run[..], args].concat(), None)
        }),
        // The tests that compare the book with the compiler write it instead.
        ["docs"] => cargo(
            &["test", "--quiet", "--package", "catalyst-cli", "--bin", "catalystc", "--test", "docs"],
            Some(("CATALYST_DOCS", "update")),
        ),
        ["bench", sizes @ ..] => bench(sizes),
        ["bench-bundles"] => shown(bench_bundles::run(&repository())),
        ["bench-charts"] => shown(bench_charts::run(&repository(), None)),
        ["bench-charts", project] => shown(bench_charts::run(&repository(), Some(Path::new(project)))),
        _ => {
            eprintln!(
                "usage: cargo xtask golden | docs | bench [SIZE...] | bench-bundles | bench-charts [PROJECT]"
            );
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs cargo, and says so when it fails.
fn cargo(args: &[&str], variable: Option<(&str, &str)>) -> bool {
    let done = Command::new("cargo").args(args).envs(variable).status().is_ok_and(|it| it.success());
    if !done {
        eprintln!("cargo {} failed", args.join(" "));
    }
    done
}

fn bench(sizes: &[&str]) -> bool {
    let sizes = if sizes.is_empty() { &["1", "10", "100"] } else { sizes };
    let sizes: Result<Vec<std::num::NonZeroUsize>, _> = sizes.iter().map(|size| size.parse()).collect();
    let Ok(sizes) = sizes else {
        eprintln!("a size is a number of Sovereigns");
        return false;
    };
    shown(bench::run(&repository(), &sizes))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Prints a table, or why there is none.
fn shown(table: Result<String, bench::Failure>) -> bool {
    match table {
        Ok(table) => {
            print!("{table}");
            true
        }
        Err(error) => {
            eprintln!("error: {error}");
            false
        }
    }
}
