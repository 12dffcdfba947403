//! Each exit code by itself. 101 has a unit test beside the code, since nothing that a user can write leads to it.

use crate::fixture::{Cli, HELLO};
use insta::assert_snapshot;
use std::process::Stdio;

#[test]
fn clean_is_0() {
    let cli = Cli::project();
    assert_snapshot!(cli.run("check"), @"
    exit code: 0
    ----- stderr -----
    checked 1 Sovereign in 8 files: no findings
    ");
    assert_snapshot!(cli.run("build"), @"
    exit code: 0
    ----- stderr -----
    demo  2 host clusters, 1 vCluster, 2 releases, 1 Application
    wrote 37 files to [DIR]/snapshots (37 changed, 0 removed), sha256:[DIGEST]
    no findings
    ");
    assert_eq!(cli.code("diff"), 0);
}

#[test]
fn a_warning_is_0_and_is_shown() {
    let cli = Cli::project();
    cli.write("platform/web/empty.yaml", "# nothing yet\n");
    assert_snapshot!(cli.run("check --format concise"), @"
    exit code: 0
    ----- stdout -----
    platform/web/empty.yaml:1:1: warning[empty-document] the file holds no document
    ----- stderr -----
    checked 1 Sovereign in 9 files: 1 warning
    ");
}

#[test]
fn findings_are_1_and_nothing_is_written() {
    let cli = Cli::project();
    cli.edit(HELLO, "bp-hello", "bp-helo");
    assert_snapshot!(cli.run("build --format concise"), @"
    exit code: 1
    ----- stdout -----
    sovereigns/demo/organizations/acme/applications/hello.yaml:8:14: error[undefined-blueprint] no Blueprint is named `bp-helo`
    ----- stderr -----
    demo  2 host clusters, 1 vCluster, 2 releases, 0 Applications
    1 error; nothing was written
    ");
    assert!(!cli.join("snapshots").exists());
}

#[test]
fn differences_are_1() {
    let cli = Cli::project();
    assert_eq!(cli.code("build"), 0);
    cli.edit(HELLO, "replicas: 2", "replicas: 3");
    assert_eq!(cli.code("diff"), 1);
    cli.edit("platform/hello/blueprint.yaml", "maximum: 20", "maximum: 30");
    assert_eq!([cli.code("lock --check"), cli.code("lock"), cli.code("lock --check")], [1, 0, 0]);
    cli.edit(HELLO, "bp-hello", "\"bp-hello\"");
    assert_eq!([cli.code("fmt --check"), cli.code("fmt"), cli.code("fmt --check")], [1, 0, 0]);
}

#[test]
fn usage_is_2() {
    let cli = Cli::project();
    assert_snapshot!(cli.run("buld"), @"
    exit code: 2
    ----- stderr -----
    error: unrecognized subcommand 'buld'

      tip: some similar subcommands exist: 'bundle', 'build'

    Usage: catalystc [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(cli.run("build --sovereing demo"), @"
    exit code: 2
    ----- stderr -----
    error: unexpected argument '--sovereing' found

      tip: a similar argument exists: '--sovereign'

    Usage: catalystc build --sovereign <NAME>

    For more information, try '--help'.
    ");
    assert_snapshot!(cli.run("check --sovereign dem"), @"
    exit code: 2
    ----- stderr -----
    error: no Sovereign is named `dem`
      help: did you mean `demo`?
    ");
    assert_snapshot!(cli.run("list cluster"), @"
    exit code: 2
    ----- stderr -----
    error: invalid value 'cluster' for '<WHAT>'
      [possible values: sovereigns, clusters, organizations, applications, releases, blueprints]

      tip: a similar value exists: 'clusters'

    For more information, try '--help'.
    ");
}

#[test]
fn no_project_is_2() {
    let cli = Cli::empty();
    // Folders above the test's own differ from machine to machine.
    let output = cli.command("check").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: no `catalyst.yaml` here or in a folder above"), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_2() {
    let cli = Cli::project();
    cli.write("file", "");
    assert_snapshot!(cli.run("build --out file/below"), @"
    exit code: 2
    ----- stderr -----
    error: can't make the folder `[DIR]/file`: it is no folder
    ");
}

/// The program that `diff` runs sends the signal itself and then waits for ever, so that no time plays a part.
#[test]
fn an_interrupt_is_130() {
    let cli = Cli::project();
    cli.program("git", "kill -INT $PPID\nexec sleep 600");
    let output = cli.command("diff --against main").env("PATH", cli.search()).output().unwrap();
    assert_snapshot!(cli.show(&output), @"
    exit code: 130
    ----- stderr -----
    interrupted; nothing was written
    ");
}

#[test]
fn a_reader_that_goes_away_is_0() {
    let mut command = Cli::empty().command("schema Blueprint");
    let mut child = command.current_dir("/").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn output_that_cannot_be_written_is_2() {
    let cli = Cli::empty();
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = cli.command("schema Blueprint").stdout(full()).output().unwrap();
    assert_snapshot!(cli.show(&output), @"
    exit code: 2
    ----- stderr -----
    error: standard output: No space left on device (os error 28)
    ");
    assert_eq!(cli.command("--help").stdout(full()).output().unwrap().status.code(), Some(2));
}
