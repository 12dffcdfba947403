use super::check::count;
use crate::exit::{Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::render::{Format, xml};
use catalyst_diag::{Diagnostic, Locate, arrange};
use catalyst_driver::charts::{self, DEFAULT_TARGET};
use catalyst_driver::testing::{CaseResult, Outcome, TestOptions, TestRun, run};
use catalyst_driver::{Positions, Project, vendor};
use catalyst_model::BlueprintName;
use catalyst_source::LineIndex;
use catalyst_system::Var;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run the cases of charts: what a chart gives for values, held against what is expected
///
/// Reads `chart/tests/*.yaml` of every Blueprint, renders each case by the `helm` program, and reports what passed, what failed with the object
/// at fault, and what was not run with the reason. A case of scope `own` renders the templates of the chart alone and always runs; one of scope
/// `full` includes the upstream charts and runs where they are vendored. Exits 1 when a case fails.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc test\n  catalystc test bp-cilium bp-harbor\n  catalystc test bp-cilium --case observability*\n  catalystc test --format junit > report.xml"
)]
pub(crate) struct Test {
    /// Only cases of these Blueprints
    #[arg(value_name = "BLUEPRINT")]
    blueprints: Vec<BlueprintName>,
    /// Only cases whose name is like this; `*` stands for any text
    #[arg(long, value_name = "PATTERN")]
    case: Option<String>,
    /// The `helm` program; unless given, that of `catalyst.yaml`, else the first in PATH
    #[arg(long, value_name = "FILE")]
    helm: Option<PathBuf>,
    /// Render everything anew
    #[arg(long)]
    no_cache: bool,
}

impl Test {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        project.known_blueprints(&self.blueprints)?;
        let helm = self.helm.as_ref().map(|it| session.here(it));
        let engine =
            charts::engine(&project, helm.as_deref(), &session.env, &session.cancel, !self.no_cache)?;
        let line = Line::new(session.progress);
        let options = TestOptions {
            blueprints: self.blueprints.clone(),
            case: self.case.clone(),
            cancel: session.cancel.clone(),
        };
        let store = session.env.text(Var::Store).map(|it| session.here(Path::new(it)));
        let kept = vendor::charts(&project, store.as_deref());
        let done = run(&project, &options, &engine, &kept, &line);
        line.clear();
        let done = done?;
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        let mut findings = self.mistakes(&project);
        findings.extend(charts::mismatch(&project, engine.helm().version(), DEFAULT_TARGET));
        project.levels().apply(&mut findings);
        arrange(&mut findings);
        findings.extend(done.findings());
        self.print(session, &project, &done, &findings)?;
        if done.cases().next().is_none() && self.case.is_some() {
            return Err(Failure::new("no case has a name like that"));
        }
        session.say(&said(&done));
        Ok(code_of(&findings))
    }

    /// What is wrong with the files of the cases, which are left out then.
    fn mistakes(&self, project: &Project) -> Vec<Diagnostic> {
        let charts = charts::charts(project, &self.blueprints);
        let is_asked = |it: &Diagnostic| {
            charts.iter().any(|chart| it.primary.place.file.is_within(chart.folder.as_str()))
        };
        charts::problems(project).into_iter().filter(is_asked).collect()
    }

    fn print(
        &self,
        session: &Session,
        project: &Project,
        done: &TestRun,
        findings: &[Diagnostic],
    ) -> Result<(), Failure> {
        let positions = Positions(project);
        match session.format {
            Format::Full => {
                session.print(&page(done))?;
                session.print_findings(project, findings)
            }
            Format::Json => session.print(&format!("{:#}\n", report(done, &positions))),
            Format::Jsonl => {
                let rows = done.suites.iter().flat_map(|suite| {
                    let name = suite.chart.blueprint.as_str();
                    suite.cases.iter().map(move |case| (name, case))
                });
                let lines: String =
                    rows.map(|(name, case)| format!("{}\n", row(Some(name), case, &positions))).collect();
                session.print(&lines)
            }
            Format::Junit => session.print(&junit(done, &positions)),
            Format::Concise | Format::Github | Format::Gitlab | Format::Sarif => {
                session.print_findings(project, findings)
            }
        }
    }
}

/// A line a case, below its Blueprint.
fn page(done: &TestRun) -> String {
    let mut out = String::new();
    for suite in &done.suites {
        let _ = writeln!(out, "{}", suite.chart.blueprint);
        for case in &suite.cases {
            let _ = match &case.outcome {
                Outcome::Passed => writeln!(out, "  pass     {}", case.name),
                Outcome::Failed(_) => writeln!(out, "  FAIL     {}", case.name),
                Outcome::NotRun(why) => writeln!(out, "  not run  {}: {why}", case.name),
            };
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn said(done: &TestRun) -> String {
    let (passed, failed, not_run) = done.counts();
    let mut text = format!(
        "{} of {}: {passed} passed, {failed} failed, {not_run} not run",
        count(passed + failed + not_run, "case"),
        count(done.suites.len(), "Blueprint"),
    );
    if !done.without.is_empty() {
        let _ = write!(text, "; {} without cases", count(done.without.len(), "chart"));
    }
    text
}

fn line_of(positions: &Positions<'_>, place: &catalyst_diag::Place) -> Option<usize> {
    let (text, span) = (positions.text(&place.file)?, positions.span(place)?);
    Some(LineIndex::new(&text).line_col(&text, span.start).line as usize)
}

fn row(blueprint: Option<&str>, case: &CaseResult, positions: &Positions<'_>) -> Value {
    let mut row = json!({});
    if let Some(name) = blueprint {
        row["blueprint"] = json!(name);
    }
    row["name"] = json!(case.name);
    row["scope"] = json!(case.scope);
    row["file"] = json!(case.place.file.as_str());
    row["line"] = json!(line_of(positions, &case.place));
    match &case.outcome {
        Outcome::Passed => row["outcome"] = json!("passed"),
        Outcome::NotRun(why) => {
            row["outcome"] = json!("not-run");
            row["reason"] = json!(why);
        }
        Outcome::Failed(findings) => {
            row["outcome"] = json!("failed");
            let failures = findings.iter().map(|it| {
                let line = line_of(positions, &it.primary.place);
                json!({ "message": it.message, "line": line, "notes": it.notes })
            });
            row["failures"] = failures.collect();
        }
    }
    row
}

fn report(done: &TestRun, positions: &Positions<'_>) -> Value {
    let (passed, failed, not_run) = done.counts();
    let suites = done.suites.iter().map(|suite| {
        let cases: Vec<Value> = suite.cases.iter().map(|case| row(None, case, positions)).collect();
        json!({ "blueprint": suite.chart.blueprint, "chart": suite.chart.folder.as_str(), "cases": cases })
    });
    json!({
        "version": 1,
        "passed": passed,
        "failed": failed,
        "notRun": not_run,
        "withoutCases": done.without,
        "suites": suites.collect::<Vec<_>>(),
    })
}

/// A suite a Blueprint. No times: they would differ from run to run.
fn junit(done: &TestRun, positions: &Positions<'_>) -> String {
    let numbers = |cases: &mut dyn Iterator<Item = &CaseResult>| {
        let (mut tests, mut failures, mut skipped) = (0, 0, 0);
        for case in cases {
            tests += 1;
            failures += usize::from(matches!(case.outcome, Outcome::Failed(_)));
            skipped += usize::from(matches!(case.outcome, Outcome::NotRun(_)));
        }
        format!(r#"tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}""#)
    };
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"catalystc test\" {}>", numbers(&mut done.cases()));
    for suite in &done.suites {
        let name = xml(suite.chart.blueprint.as_str());
        let _ = writeln!(out, "  <testsuite name=\"{name}\" {}>", numbers(&mut suite.cases.iter()));
        for case in &suite.cases {
            let file = xml(case.place.file.as_str());
            let line =
                line_of(positions, &case.place).map(|line| format!(r#" line="{line}""#)).unwrap_or_default();
            let head =
                format!(r#"    <testcase name="{}" classname="{name}" file="{file}"{line}"#, xml(&case.name));
            let _ = match &case.outcome {
                Outcome::Passed => writeln!(out, "{head}/>"),
                Outcome::NotRun(why) => {
                    writeln!(out, "{head}>\n      <skipped message=\"{}\"/>\n    </testcase>", xml(why))
                }
                Outcome::Failed(findings) => {
                    let text = |it: &Diagnostic| [&[it.message.clone()][..], &it.notes].concat().join("\n");
                    let texts: Vec<String> = findings.iter().map(text).collect();
                    let first = findings.first().map(|it| it.message.as_str()).unwrap_or_default();
                    let (first, text) = (xml(first), xml(&texts.join("\n")));
                    writeln!(
                        out,
                        "{head}>\n      <failure type=\"failed-case\" message=\"{first}\">{text}</failure>\n    </testcase>"
                    )
                }
            };
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
