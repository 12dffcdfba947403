//! Developer commands: `cargo xtask golden` writes `snapshots/`, the lock, the schemas and the CRDs anew, `cargo xtask docs` what the book
//! quotes from the command line and from the code.

use std::process::{Command, ExitCode};

/// What is generated, as arguments of `catalystc`.
const GENERATED: &[&[&str]] = &[
    &["lock"],
    &["build", "--locked"],
    &["schema", "--all", "--out", "docs/schemas"],
    &["schema", "--all", "--crd", "--out", "products/catalyst/chart/crds"],
];

#[expect(clippy::print_stderr, reason = "a command prints what is wrong")]
fn main() -> ExitCode {
    let verb = std::env::args().nth(1);
    let done = match verb.as_deref() {
        Some("golden") => GENERATED.iter().all(|args| {
            let run = ["run", "--quiet", "--release", "--package", "catalyst-cli", "--"];
            cargo(&[&run[..], args].concat(), None)
        }),
        // The tests that compare the book with the compiler write it instead.
        Some("docs") => cargo(
            &["test", "--quiet", "--package", "catalyst-cli", "--bin", "catalystc", "--test", "docs"],
            Some(("CATALYST_DOCS", "update")),
        ),
        _ => {
            eprintln!("usage: cargo xtask golden|docs");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs cargo, and says so when it fails.
#[expect(clippy::print_stderr, reason = "a command prints what is wrong")]
#[expect(clippy::disallowed_methods, reason = "it runs cargo, in the folder it was called in")]
fn cargo(args: &[&str], variable: Option<(&str, &str)>) -> bool {
    let done = Command::new("cargo").args(args).envs(variable).status().is_ok_and(|it| it.success());
    if !done {
        eprintln!("cargo {} failed", args.join(" "));
    }
    done
}
