//! Help: the text of each verb as a snapshot, so that a change of it is read before it is made.

use crate::fixture::Cli;
use insta::assert_snapshot;

#[test]
fn every_verb_has_help_with_examples() {
    let cli = Cli::empty();
    let output = cli.command("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let verbs = text.lines().skip_while(|it| *it != "Commands:").skip(1).take_while(|it| !it.is_empty());
    let verbs: Vec<&str> = verbs.filter_map(|it| it.split_whitespace().next()).collect();
    assert!(verbs.len() > 12, "{verbs:?}");
    assert_snapshot!("catalystc", text);
    for verb in verbs {
        let long = cli.run(&format!("{verb} --help"));
        assert!(long.starts_with("exit code: 0\n----- stdout -----\n"), "{long}");
        assert!(long.contains("\nExamples:\n  catalystc "), "{verb} has no examples");
        let global = long.find("Global options:").unwrap();
        let end = long.find("\nExamples:").unwrap();
        assert_snapshot!(
            format!("verb_{verb}"),
            format!("{}[global options]\n{}", &long[..global], &long[end..])
        );
        assert_eq!(cli.run(&format!("help {verb}")), long, "`help {verb}` is `{verb} --help`");
    }
}

#[test]
fn topics() {
    let cli = Cli::empty();
    assert_snapshot!(cli.run("help exit-codes"), @"
    exit code: 0
    ----- stdout -----
    Exit codes of all verbs

      0    done: no finding at error level, no difference; a build was written
      1    findings at error level; for `diff` and the flags that only look (`--check`, `--dry-run` of `fix`): there are differences
      2    the question could not be worked on: usage, configuration, input and output, a program that is missing
      101  a fault of catalystc; please report it
      130  interrupted by Ctrl-C or a signal; what was there before is still there
    ");
    assert_snapshot!(cli.run("help environment"), @"
    exit code: 0
    ----- stdout -----
    Variables of the environment

      CATALYSTC_FORMAT        how findings are printed when `--format` is not given
      CATALYSTC_OUT           the output folder when `--out` is not given
      NO_COLOR                when set and not empty, nothing is coloured
      CLICOLOR_FORCE          when set and not `0`, text is coloured even when it goes to a file
      FORCE_COLOR             like `CLICOLOR_FORCE`
      CI                      when set and not `0` or `false`, no progress is shown
      COLUMNS                 the width of the terminal, instead of asking it
      TERM                    when `dumb`, nothing is coloured and no progress is shown
      PATH                    where `git` and `helm` are looked for
      TMPDIR                  where short-lived folders are made, instead of `/tmp`
      COSIGN_PASSWORD         the password of private keys; cosign reads the same one
      SOURCE_DATE_EPOCH       the time that a bundle says it was made at, in seconds since 1970, instead of 1970
      CATALYSTC_STORE         the folder of fetched charts when `--store` is not given
      HOME                    where the files of docker and helm are looked for, with the credentials of `vendor`
      XDG_CONFIG_HOME         where the files of helm are looked for, instead of `~/.config`
      DOCKER_CONFIG           the folder of docker's `config.json`, instead of `~/.docker`
      REGISTRY_AUTH_FILE      a file like docker's `config.json` that is asked first
      HELM_REGISTRY_CONFIG    the file of `helm registry login`
      HELM_REPOSITORY_CONFIG  the file of `helm repo add`
      HTTPS_PROXY             the proxy by which `vendor` reaches sources over https
      https_proxy             the same
      http_proxy              the proxy by which `vendor` reaches sources over plain HTTP
      NO_PROXY                hosts that are reached without a proxy, separated by commas
      no_proxy                the same
      CATALYST_FAULT          for tests, and only in builds made for them: the operation that fails

    A flag wins over its variable. An empty variable counts as one that is not set. No other variable is read.
    ");
    assert_snapshot!(cli.run("help exit-code"), @"
    exit code: 2
    ----- stderr -----
    error: no verb or topic is named `exit-code`
      help: did you mean `exit-codes`?
    ");
    assert_snapshot!(cli.run("help biuld"), @"
    exit code: 2
    ----- stderr -----
    error: no verb or topic is named `biuld`
      help: did you mean `build`?
    ");
}

#[test]
fn short_help_has_a_line_a_flag() {
    assert_snapshot!(Cli::empty().run("diff -h"), @"
    exit code: 0
    ----- stdout -----
    Show what a change of intent changes in the output

    Usage: catalystc diff [OPTIONS]

    Options:
          --against <REVISION|FOLDER>  A Git revision or a folder; the output folder unless given
          --as <FORM>                  How to print it [default: text] [possible values: text, markdown,
                                       json]
          --helm <FILE>                The `helm` program for Sovereigns whose output is rendered
      -h, --help                       Print help (see more with '--help')

    Global options:
      -C, --project <FOLDER>  Folder to start from; the project is the nearest folder above with a
                              `catalyst.yaml`
          --format <FORMAT>   How findings are printed: full, concise, json, jsonl, github, gitlab,
                              sarif or junit [env: CATALYSTC_FORMAT]
          --color <WHEN>      When to use colour: auto, always or never [env: NO_COLOR, FORCE_COLOR]
          --show-all          Show every finding, even when many say the same
      -q, --quiet...          Print less: once for no progress and no summary, twice for nothing but the
                              exit code
      -v, --verbose...        Print more: notes among the findings, and what is done
      -j, --jobs <N>          Number of threads; all processors unless given

    Examples:
      catalystc diff
      catalystc diff --against main
      catalystc diff --against /tmp/tree --as json
      catalystc diff --against origin/main --as markdown > comment.md
    ");
}
