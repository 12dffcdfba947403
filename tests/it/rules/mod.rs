//! Every rule has a page, an example that breaks it and one that keeps it. Most examples are files, and run as they stand in the page;
//! what files cannot show is in [`cases`].

mod cases;
mod sources;

use crate::support::repository;
use cases::CASES;
use catalyst_diag::{Diagnostic, Level, RULES, Rule, Severity, rule, rules_page};
use catalyst_tests::suite::{Report, documents, run_page};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

const EXAMPLE: &str = "docs/src/reference/example-project.md";
const LEVELS: [Level; 4] = [Level::Allow, Level::Note, Level::Warn, Level::Deny];

const UPDATE: &str = "run CATALYST_SUITES=update cargo test -p catalyst-tests rules";

fn updating() -> bool {
    std::env::var("CATALYST_SUITES").is_ok_and(|it| it == "update")
}

fn page_of(rule: &Rule) -> PathBuf {
    repository().join("docs/src/rules").join(format!("{}.md", rule.name))
}

fn text_of(rule: &Rule) -> String {
    std::fs::read_to_string(page_of(rule)).unwrap()
}

/// What the example of a page gives; nothing when it is no project in files.
fn example(report: &Report) -> Option<&[Diagnostic]> {
    let test = report.tests.iter().find(|it| it.titles.last().is_some_and(|it| it == "Example"))?;
    Some(&test.findings)
}

fn names(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|it| it.rule.name).collect()
}

#[test]
fn every_rule_has_an_example_that_breaks_it_and_one_that_keeps_it() {
    let update = updating();
    let base = repository().join(EXAMPLE);
    let run = |rule: &&'static Rule| (*rule, run_page(&page_of(rule), &base, update).unwrap());
    let reports: Vec<_> = RULES.par_iter().map(run).collect();
    let failures: String = reports.iter().map(|(_, report)| report.to_string()).collect();
    assert!(failures.is_empty(), "\n{failures}");
    for (rule, report) in &reports {
        let case = CASES.iter().any(|it| it.rule.name == rule.name);
        match example(report) {
            Some(found) => {
                assert!(!found.is_empty(), "{}: the example breaks nothing", rule.name);
                assert!(found.iter().all(|it| it.rule == *rule), "{}: {:?}", rule.name, names(found));
                assert!(!case, "{}: an example in files needs no case", rule.name);
            }
            None => assert!(case, "{}: neither an example in files nor a case", rule.name),
        }
    }
}

#[test]
fn the_example_project_is_clean() {
    let report = catalyst_tests::suite::run(&repository().join(EXAMPLE), false).unwrap();
    assert!(report.failures.is_empty(), "\n{report}");
}

/// What a case finds stands in its page, as the command prints it.
#[test]
fn every_case_is_shown_on_its_page() {
    for case in CASES {
        let name = case.rule.name;
        let found = (case.breaks)(None);
        assert!(
            !found.is_empty() && found.iter().all(|it| it.rule == case.rule),
            "{name}: {:?}",
            names(&found)
        );
        let page = text_of(case.rule);
        for it in &found {
            let (file, severity) = (&it.primary.place.file, it.severity.as_str());
            let (start, end) = (format!("{file}:"), format!(": {severity}[{name}] {}", it.message));
            let shown = page.lines().any(|line| line.starts_with(&start) && line.ends_with(&end));
            assert!(shown, "{name}: its page does not show\n{file}:1:1{end}");
        }
        let found = (case.keeps)();
        assert!(found.is_empty(), "{name}: {:?}", found.iter().map(|it| &it.message).collect::<Vec<_>>());
    }
}

#[test]
fn a_level_that_a_project_sets_holds() {
    let settable: Vec<&'static Rule> = RULES.iter().copied().filter(|it| !it.fixed).collect();
    assert!(settable.len() > 20, "{}", settable.len());
    settable.par_iter().for_each(|rule| {
        for level in LEVELS {
            let found = at_level(rule, level);
            let severities: BTreeSet<_> =
                found.iter().filter(|it| it.rule == *rule).map(|it| it.severity).collect();
            let wanted = if level == Level::Allow { BTreeSet::new() } else { [level.severity()].into() };
            assert_eq!(severities, wanted, "{} at {}", rule.name, level.as_str());
        }
    });
}

#[test]
fn a_fixed_level_stays_and_the_attempt_is_reported() {
    let fixed: Vec<&'static Rule> = RULES.iter().copied().filter(|it| it.fixed).collect();
    fixed.par_iter().filter(|rule| CASES.iter().all(|it| it.rule.name != rule.name)).for_each(|rule| {
        let found = at_level(rule, Level::Allow);
        let own = found.iter().filter(|it| it.rule == *rule);
        assert!(
            own.clone().count() > 0 && own.clone().all(|it| it.severity == Severity::Error),
            "{}",
            rule.name
        );
        // What stands in a project file that is broken itself is not looked at.
        let tried = found.iter().any(|it| it.rule == &rule::UNDEFINED_RULE && it.message.contains(rule.name));
        let unread = own.clone().any(|it| it.primary.place.file.as_str() == "catalyst.yaml");
        assert!(tried || unread, "{}: {:?}", rule.name, names(&found));
    });
}

/// What the example of a rule gives in a project that sets its level.
fn at_level(rule: &'static Rule, level: Level) -> Vec<Diagnostic> {
    if let Some(case) = CASES.iter().find(|it| it.rule.name == rule.name) {
        return (case.breaks)(Some(level));
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let line = |level: &str| format!("    {}: {level}\n", rule.name);
    // Where a page sets levels itself, the one of its rule is replaced, or added to the others; the example project sets none.
    let set = |text: &str| {
        let (start, own, raised) = ("  rules:\n", line(level.as_str()), line("warn"));
        let text = text.replace("  rules: {}\n", start);
        if text.contains(&raised) {
            text.replace(&raised, &own)
        } else {
            text.replace(start, &format!("{start}{own}"))
        }
    };
    for (from, to) in
        [(repository().join(EXAMPLE), "reference/example-project.md"), (page_of(rule), "rules/page.md")]
    {
        let to = root.join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, set(&std::fs::read_to_string(from).unwrap())).unwrap();
    }
    let base = root.join("reference/example-project.md");
    let report = run_page(&root.join("rules/page.md"), &base, false).unwrap();
    example(&report).unwrap_or_default().to_vec()
}

#[test]
fn nothing_stands_among_the_pages_without_a_rule() {
    let known: BTreeSet<PathBuf> = RULES.iter().map(|rule| page_of(rule)).collect();
    let there: BTreeSet<PathBuf> =
        documents(&repository().join("docs/src/rules")).unwrap().into_iter().collect();
    assert_eq!(there, known);
}

#[test]
fn the_index_of_rules_is_fresh_and_the_book_has_every_page() {
    let read =
        |path: &str| std::fs::read_to_string(repository().join("docs/src").join(path)).unwrap_or_default();
    if updating() {
        std::fs::write(repository().join("docs/src/rules.md"), rules_page()).unwrap();
    }
    assert!(read("rules.md") == rules_page(), "docs/src/rules.md: {UPDATE}");
    let summary = read("SUMMARY.md");
    let listed: Vec<&str> = summary.lines().map(str::trim).filter(|it| it.contains("](rules/")).collect();
    let wanted: Vec<String> = RULES.iter().map(|it| format!("- [{0}](rules/{0}.md)", it.name)).collect();
    assert_eq!(listed, wanted, "the pages of rules in docs/src/SUMMARY.md, in order");
}

/// Links between the pages lead somewhere.
#[test]
fn links_between_pages_lead_to_pages() {
    for rule in RULES {
        for link in
            text_of(rule).split("](").skip(1).filter_map(|it| it.split_once(')')).map(|(link, _)| link)
        {
            let file = link.split('#').next().unwrap_or_default();
            let there = link.contains("://") || page_of(rule).with_file_name(file).is_file();
            assert!(there, "{}: {link}", rule.name);
        }
    }
}
