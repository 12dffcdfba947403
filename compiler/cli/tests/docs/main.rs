//! The book, run. A page is a story: its blocks are read from top to bottom and each must hold in the project that the page has made so
//! far. What a block is, its info string and the line before it say:
//!
//! | Block | What is tested |
//! |---|---|
//! | `console` | each line after `$` runs in a shell; what follows must be its output, and `? N` its exit code when that is not 0; `cd FOLDER` holds for the rest of the page |
//! | any language, below a paragraph that is only `` `path`: `` | the file is written to the project |
//! | `diff`, below a paragraph that ends with `` `path`: `` | the edit must apply, and is made |
//! | any other language, below a paragraph that ends with `` `path`: `` | the lines stand in that file, in this order; `...` leaves lines out |
//! | `sh` | the lines are commands that the gate, `.ci/run`, runs |
//! | `text` | nothing: a sketch or a grammar |
//!
//! Everything else fails. In output, `[..]` stands for part of a line and `...` for any lines. A project that a page has written to must
//! pass `catalystc check` in the end. `cargo xtask docs` writes what the commands print into the pages.
//!
//! Comments that a reader does not see: `<!-- start: NAME -->` begins with a project of its own (`shop` and others stand in
//! `docs/examples`, `fleet` is this repository itself, to look at), `<!-- run: COMMAND -->` runs one that the reader need not see, and
//! `<!-- ci: PATH -->` runs what a pipeline of GitHub or GitLab would run. `<!-- registry: NAME -->` starts docker-registry, and `<!-- charts: NAME
//! CHART@VERSION... -->` a chart repository; commands reach them by these names.
#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own, and run programs")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod blocks;
mod generated;
mod links;
mod pipelines;
mod site;
mod story;

use std::path::{Path, PathBuf};

/// The root of this repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Whether the pages are to be written anew.
fn updating() -> bool {
    std::env::var_os("CATALYST_DOCS").is_some_and(|value| value == "update")
}

/// Every page: the book, the decisions, and what stands at the root.
fn pages() -> Vec<PathBuf> {
    let root = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let mut pages: Vec<PathBuf> = root.iter().map(|it| repository().join(it)).collect();
    let mut folders = vec![repository().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn every_example_holds() {
    // The examples of rules are projects that fail, and run as such in the suites: `tests/it/rules`.
    let of_rules = |page: &PathBuf| {
        page.parent().is_some_and(|it| it.ends_with("docs/src/rules")) || page.ends_with("example-project.md")
    };
    // The catalogue is made from the Blueprints, and compared with them: `tests/it/catalogue.rs`.
    let generated = repository().join("docs/catalogue");
    let is_story = |page: &PathBuf| !of_rules(page) && !page.starts_with(&generated);
    let pages: Vec<_> = pages().into_iter().filter(is_story).collect();
    let told: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = pages.iter().map(|page| scope.spawn(|| story::tell(page))).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let examples: usize = told.iter().map(|it| it.examples).sum();
    let failures: Vec<_> = told.into_iter().flat_map(|it| it.failures).collect();
    assert!(
        failures.is_empty(),
        "{}\n\n{} of {examples} examples fail; if the pages are wrong: cargo xtask docs",
        failures.join("\n\n"),
        failures.len()
    );
    assert!(examples > 0, "the book has examples: {examples}");
    println!("{examples} examples on {} pages", pages.len());
}

#[test]
fn the_summary_names_every_page() {
    let book = repository().join("docs/src");
    let summary = std::fs::read_to_string(book.join("SUMMARY.md")).unwrap();
    for page in pages() {
        let Ok(page) = page.strip_prefix(&book) else { continue };
        let link = format!("]({})", page.display());
        assert!(
            page.ends_with("SUMMARY.md") || summary.contains(&link),
            "SUMMARY.md does not name {}",
            page.display()
        );
    }
}
