//! What goes to which stream, how much of it, and in which colour.

use crate::fixture::{Cli, HELLO};
use insta::assert_snapshot;

const ESCAPE: &str = "\u{1b}[";

#[test]
fn quiet_once_keeps_data_and_twice_keeps_nothing() {
    let cli = Cli::project();
    assert_snapshot!(cli.run("list sovereigns -q"), @"
    exit code: 0
    ----- stdout -----
    SOVEREIGN  DOMAIN           TOPOLOGY          REGIONS  CLUSTERS  ORGANIZATIONS  APPLICATIONS
    demo       t01.omani.works  per-organization  1        2         1              1
    ");
    assert_snapshot!(cli.run("build -q"), @"exit code: 0");
    assert_snapshot!(cli.run("list sovereigns -qq"), @"exit code: 0");
    cli.edit(HELLO, "bp-hello", "bp-helo");
    assert_snapshot!(cli.run("check -qq"), @"exit code: 1");
    assert_snapshot!(cli.run("check -qq --sovereign nobody"), @"exit code: 2");
}

#[test]
fn reports_for_programs_are_data_and_nothing_else() {
    let cli = Cli::project();
    cli.edit(HELLO, "bp-hello", "bp-helo");
    for format in ["json", "sarif", "gitlab"] {
        let output = cli.command("check --format").arg(format).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
        let by_variable = cli.command("check").env("CATALYSTC_FORMAT", format).output().unwrap();
        assert_eq!(output.stdout, by_variable.stdout, "{format}");
    }
}

/// Who decides about colour, strongest first: the flag, NO_COLOR, FORCE_COLOR, the terminal (there is none here).
#[test]
fn colour() {
    let cli = Cli::project();
    cli.edit(HELLO, "bp-hello", "bp-helo");
    let is_coloured = |args: &str, variables: &[(&str, &str)]| {
        let output = cli.command(args).envs(variables.iter().copied()).output().unwrap();
        let all = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        all.contains(ESCAPE)
    };
    for verb in ["check", "help build", "--help", "buld"] {
        assert!(!is_coloured(verb, &[]), "{verb}: no terminal");
        assert!(is_coloured(verb, &[("FORCE_COLOR", "1")]), "{verb}: FORCE_COLOR");
        assert!(is_coloured(verb, &[("CLICOLOR_FORCE", "1")]), "{verb}: CLICOLOR_FORCE");
        assert!(!is_coloured(verb, &[("FORCE_COLOR", "0")]), "{verb}: FORCE_COLOR=0");
        assert!(!is_coloured(verb, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]), "{verb}: NO_COLOR");
        let always = format!("--color always {verb}");
        assert!(is_coloured(&always, &[("NO_COLOR", "1")]), "{always}: the flag wins");
        let never = format!("--color never {verb}");
        assert!(!is_coloured(&never, &[("FORCE_COLOR", "1")]), "{never}: the flag wins");
    }
}
