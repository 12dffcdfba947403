//! `catalystc catalogue`: what it writes, what it leaves alone, and what it says of a folder that is not fresh.

use crate::fixture::{Cli, HELLO};
use insta::assert_snapshot;
use serde_json::Value;
use std::path::Path;

#[test]
fn pages_are_written_compared_and_taken_away() {
    let cli = Cli::project();
    assert_snapshot!(cli.run("catalogue --check -q --format concise"), @"
    exit code: 1
    ----- stdout -----
    docs/catalogue/README.md:1:1: error[stale-output] the file is missing
    docs/catalogue/blueprints/bp-cert-manager.md:1:1: error[stale-output] the file is missing
    docs/catalogue/blueprints/bp-hello.md:1:1: error[stale-output] the file is missing
    docs/catalogue/catalogue.json:1:1: error[stale-output] the file is missing
    docs/catalogue/graph.md:1:1: error[stale-output] the file is missing
    docs/catalogue/index.html:1:1: error[stale-output] the file is missing
    docs/catalogue/kit.svg:1:1: error[stale-output] the file is missing
    ");
    assert_eq!(cli.code("catalogue"), 0);
    assert_snapshot!(cli.run("catalogue --check"), @"
    exit code: 0
    ----- stderr -----
    docs/catalogue is fresh
    ");
    let page = std::fs::read_to_string(cli.join("docs/catalogue/blueprints/bp-hello.md")).unwrap();
    assert!(page.contains("| `demo` | `acme-prod` | `hello` |"), "the Application is on the page: {page}");
    cli.write("docs/catalogue/notes.md", "mine\n");
    cli.write("docs/catalogue/blueprints/bp-gone.md", &page);
    cli.edit("docs/catalogue/README.md", "2 that run", "9 that run");
    std::fs::remove_file(cli.join("docs/catalogue/graph.md")).unwrap();
    assert_snapshot!(cli.run("catalogue --check --format concise"), @"
    exit code: 1
    ----- stdout -----
    docs/catalogue/README.md:1:1: error[stale-output] the file is not what the Blueprints give
    docs/catalogue/graph.md:1:1: error[stale-output] the file is missing
    docs/catalogue/blueprints/bp-gone.md:1:1: error[stale-output] no Blueprint makes this file any more
    ----- stderr -----
    docs/catalogue is out of date in 3 files
    ");
    assert_snapshot!(cli.run("catalogue"), @"
    exit code: 0
    ----- stderr -----
    wrote 7 files to docs/catalogue (2 changed, 1 removed)
    ");
    assert!(!cli.join("docs/catalogue/blueprints/bp-gone.md").exists());
    assert_eq!(std::fs::read_to_string(cli.join("docs/catalogue/notes.md")).unwrap(), "mine\n");
    assert_eq!(cli.code("catalogue --check"), 0);
}

#[test]
fn what_somebody_else_made_is_not_replaced() {
    let cli = Cli::project();
    cli.write("pages/README.md", "mine\n");
    assert_snapshot!(cli.run("catalogue --out pages"), @"
    exit code: 2
    ----- stderr -----
    error: can't replace `[DIR]/pages/README.md`: catalystc did not make it
      help: choose a folder of its own for the output
    ");
    assert_eq!(std::fs::read_to_string(cli.join("pages/README.md")).unwrap(), "mine\n");
    assert!(!cli.join("pages/index.html").exists(), "nothing was written");
}

#[test]
fn nothing_is_written_of_intent_with_errors() {
    let cli = Cli::project();
    cli.edit(HELLO, "bp-hello", "bp-helo");
    assert_snapshot!(cli.run("catalogue --format concise"), @"
    exit code: 1
    ----- stdout -----
    sovereigns/demo/organizations/acme/applications/hello.yaml:8:14: error[undefined-blueprint] no Blueprint is named `bp-helo`
    ----- stderr -----
    1 error; nothing was written
    ");
    assert!(!cli.join("docs/catalogue").exists());
}

/// The catalogue of this repository, valid by the committed schema, which is that of the compiler.
#[test]
fn the_data_holds_to_its_schema() {
    let cli = Cli::empty();
    let fleet = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = cli.command(&format!("-C {} catalogue -q --format json", fleet.display())).output().unwrap();
    let committed = std::fs::read(fleet.join("docs/catalogue/catalogue.json")).unwrap();
    assert!(data.stdout == committed, "docs/catalogue is out of date; run `cargo xtask golden`");
    let schema = std::fs::read(fleet.join("docs/schemas/catalogue.json")).unwrap();
    let made = cli.command("schema catalogue").output().unwrap().stdout;
    assert!(made == schema, "docs/schemas/catalogue.json is out of date; run `cargo xtask golden`");
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let value: Value = serde_json::from_slice(&committed).unwrap();
    if let Some(error) = validator.iter_errors(&value).next() {
        panic!("{error} at {}", error.instance_path());
    }
    assert!(value["blueprints"].as_array().is_some_and(|it| it.len() > 70));
}
