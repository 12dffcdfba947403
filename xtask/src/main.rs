//! Developer commands: `cargo xtask golden` writes `snapshots/`, the lock, the schemas and the CRDs anew.

use std::process::{Command, ExitCode};

/// What is generated, as arguments of `catalystc`.
const GENERATED: &[&[&str]] = &[
    &["lock"],
    &["build", "--locked"],
    &["schema", "--all", "--out", "docs/schemas"],
    &["schema", "--all", "--crd", "--out", "products/catalyst/chart/crds"],
];

#[expect(clippy::print_stderr, reason = "a command prints what is wrong")]
#[expect(clippy::disallowed_methods, reason = "it runs cargo, in the folder it was called in")]
fn main() -> ExitCode {
    let verb = std::env::args().nth(1);
    if verb.as_deref() != Some("golden") {
        eprintln!("usage: cargo xtask golden");
        return ExitCode::from(2);
    }
    for args in GENERATED {
        let status = Command::new("cargo")
            .args(["run", "--quiet", "--release", "--package", "catalyst-cli", "--"])
            .args(*args)
            .status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("catalystc {} failed", args.join(" "));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
