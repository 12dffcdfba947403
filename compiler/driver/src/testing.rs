//! Cases of charts: which there are, how they are rendered, what comes of them.
//!
//! Every case is one render. All of them go side by side, whatever Blueprint they belong to; then each is held against what it expects. A case
//! that does not hold is a finding at the expectation. One that cannot be rendered at all, since the upstream charts are not there, says so and
//! counts neither as passed nor as failed.

use crate::charts::{self, BlueprintChart, DEFAULT_TARGET, NoChart};
use crate::{Progress, Project, Refusal, Stage};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{Archives, Chart, Engine, RenderError, Request};
use catalyst_lower::TestCase;
use catalyst_model::{BlueprintName, CaseScope, Expect};
use catalyst_render::{Miss, Render, judge};
use catalyst_system::Cancel;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Which cases to run.
#[derive(Debug, Clone, Default)]
pub struct TestOptions {
    /// Only those of these Blueprints; all when empty.
    pub blueprints: Vec<BlueprintName>,
    /// Only those whose name is like this pattern, in which `*` stands for any text.
    pub case: Option<String>,
    /// Stops the run.
    pub cancel: Cancel,
}

/// The cases of one Blueprint.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// The Blueprint and its chart.
    pub chart: BlueprintChart,
    /// Its cases, in the order of its files.
    pub cases: Vec<CaseResult>,
}

/// One case with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseResult {
    /// Its name.
    pub name: String,
    /// Which part of the chart was rendered.
    pub scope: CaseScope,
    /// Its node.
    pub place: Place,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Everything held.
    Passed,
    /// What did not hold.
    Failed(Vec<Diagnostic>),
    /// It was not run, and why.
    NotRun(String),
}

/// What a run found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestRun {
    /// Blueprints with cases, by name.
    pub suites: Vec<Suite>,
    /// Blueprints with a chart and without a case.
    pub without: Vec<BlueprintName>,
    /// Whether the run was stopped.
    pub cancelled: bool,
}

impl TestRun {
    /// All cases.
    pub fn cases(&self) -> impl Iterator<Item = &CaseResult> {
        self.suites.iter().flat_map(|suite| &suite.cases)
    }

    /// How many cases passed, failed and were not run.
    pub fn counts(&self) -> (usize, usize, usize) {
        self.cases().fold((0, 0, 0), |(passed, failed, not_run), case| match case.outcome {
            Outcome::Passed => (passed + 1, failed, not_run),
            Outcome::Failed(_) => (passed, failed + 1, not_run),
            Outcome::NotRun(_) => (passed, failed, not_run + 1),
        })
    }

    /// What did not hold, in order.
    pub fn findings(&self) -> Vec<Diagnostic> {
        let failed = self.cases().filter_map(|case| match &case.outcome {
            Outcome::Failed(findings) => Some(findings),
            _ => None,
        });
        failed.flatten().cloned().collect()
    }
}

/// A case on its way.
struct Job<'p> {
    suite: usize,
    case: &'p TestCase,
    request: Result<Request, NoChart>,
    /// Rendered because it was asked for, and not only since another case is compared with it.
    asked: bool,
}

/// Runs the cases of a project.
pub fn run(
    project: &Project,
    options: &TestOptions,
    engine: &dyn Engine,
    archives: &dyn Archives,
    progress: &dyn Progress,
) -> Result<TestRun, Refusal> {
    project.known_blueprints(&options.blueprints)?;
    let mut run = TestRun::default();
    let mut jobs = Vec::new();
    for chart in charts::charts(project, &options.blueprints) {
        let cases = charts::cases(project, &chart.folder);
        if cases.is_empty() {
            run.without.push(chart.blueprint);
            continue;
        }
        let source = Source::new(project, &chart, archives);
        let wanted = wanted(&cases, options.case.as_deref());
        jobs.extend(wanted.into_iter().map(|(case, asked)| Job {
            suite: run.suites.len(),
            case,
            request: source.request(case),
            asked,
        }));
        run.suites.push(Suite { chart, cases: Vec::new() });
    }
    progress.begin(Stage::Render, jobs.len());
    let render = |job: &Job<'_>| {
        let request = job.request.as_ref().map_err(Clone::clone)?;
        if options.cancel.is_cancelled() {
            return Ok(Err(RenderError::Cancelled));
        }
        let render = engine.render(request);
        progress.step(Stage::Render, &job.case.case.name);
        Ok(render)
    };
    let renders: Vec<Result<Render, NoChart>> = jobs.par_iter().map(render).collect();
    let by_name: BTreeMap<(usize, &str), &Render> = jobs
        .iter()
        .zip(&renders)
        .filter_map(|(job, render)| Some(((job.suite, job.case.case.name.as_str()), render.as_ref().ok()?)))
        .collect();
    for (job, render) in jobs.iter().zip(&renders).filter(|(job, _)| job.asked) {
        let outcome = match render {
            Err(why @ NoChart::NotVendored(_)) => Outcome::NotRun(why.to_string()),
            Err(NoChart::Broken(why)) => {
                let name = &job.case.case.name;
                Outcome::Failed(vec![unrendered(
                    job.case,
                    format!("case `{name}` is of a broken chart: {why}"),
                )])
            }
            Ok(_) if compared(job.case).any(|name| !by_name.contains_key(&(job.suite, name))) => {
                Outcome::NotRun("a case that it is compared with was not run".to_owned())
            }
            Ok(render) => held(job.case, render, &|name| by_name.get(&(job.suite, name)).copied()),
        };
        let case = &job.case.case;
        run.suites[job.suite].cases.push(CaseResult {
            name: case.name.clone(),
            scope: case.scope,
            place: job.case.place.clone(),
            outcome,
        });
    }
    run.suites.retain(|suite| !suite.cases.is_empty());
    run.cancelled = options.cancel.is_cancelled();
    Ok(run)
}

/// The cases that were asked for, and those that they are compared with.
fn wanted<'p>(cases: &[&'p TestCase], pattern: Option<&str>) -> Vec<(&'p TestCase, bool)> {
    let is_asked = |case: &TestCase| pattern.is_none_or(|pattern| is_like(&case.case.name, pattern));
    let compared: Vec<&str> =
        cases.iter().filter(|case| is_asked(case)).flat_map(|case| compared(case)).collect();
    let both = cases.iter().map(|case| (*case, is_asked(case)));
    both.filter(|(case, asked)| *asked || compared.contains(&case.case.name.as_str())).collect()
}

/// The cases that a case is compared with.
fn compared(case: &TestCase) -> impl Iterator<Item = &str> {
    case.expects.iter().filter_map(|(expect, _)| match expect {
        Expect::SameAs(other) => Some(other.as_str()),
        _ => None,
    })
}

/// Whether a name is like a pattern, in which `*` stands for any text.
fn is_like(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// What the cases of one chart are rendered from: read when the first of them asks.
struct Source<'p> {
    project: &'p Project,
    chart: &'p BlueprintChart,
    archives: &'p dyn Archives,
    read: OnceLock<Result<Chart, NoChart>>,
    own: OnceLock<Result<Arc<Chart>, NoChart>>,
    full: OnceLock<Result<Arc<Chart>, NoChart>>,
    kubernetes: String,
    apis: Vec<String>,
}

impl<'p> Source<'p> {
    fn new(project: &'p Project, chart: &'p BlueprintChart, archives: &'p dyn Archives) -> Self {
        let target =
            charts::target(project, DEFAULT_TARGET).unwrap_or_else(catalyst_schedule::current_target);
        Source {
            project,
            chart,
            archives,
            read: OnceLock::new(),
            own: OnceLock::new(),
            full: OnceLock::new(),
            apis: catalyst_check::served_apis(&target),
            kubernetes: target.kubernetes,
        }
    }

    fn chart(&self, scope: CaseScope) -> Result<Arc<Chart>, NoChart> {
        let read =
            self.read.get_or_init(|| charts::read_chart(&self.project.root, &self.chart.folder)).as_ref();
        let read = read.map_err(Clone::clone)?;
        match scope {
            CaseScope::Own => {
                let own = || read.alone().map(Arc::new).map_err(|error| NoChart::Broken(error.to_string()));
                self.own.get_or_init(own).clone()
            }
            CaseScope::Full => {
                self.full.get_or_init(|| charts::whole_chart(read, self.archives).map(Arc::new)).clone()
            }
        }
    }

    fn request(&self, case: &TestCase) -> Result<Request, NoChart> {
        let case = &case.case;
        let mut apis = self.apis.clone();
        apis.extend(case.api_versions.iter().cloned());
        let name = self.chart.short();
        Ok(Request {
            chart: self.chart(case.scope)?,
            values: Arc::new(case.values.clone()),
            release: name.clone(),
            namespace: name,
            kube_version: case.kube_version.clone().unwrap_or_else(|| self.kubernetes.clone()),
            api_versions: Arc::new(apis),
        })
    }
}

/// Holds a render against everything that its case expects. A render that fails without being expected to is one finding, however much was
/// expected of it.
fn held<'r>(case: &TestCase, render: &'r Render, other: &dyn Fn(&str) -> Option<&'r Render>) -> Outcome {
    let fails = |(expect, _): &(Expect, Place)| matches!(expect, Expect::Fails(_));
    let name = &case.case.name;
    if let (Err(error), false) = (render, case.expects.iter().any(fails)) {
        let found = unrendered(case, format!("case `{name}` does not render: {error}"));
        return Outcome::Failed(vec![with_chain(found, error)]);
    }
    let missed = case.expects.iter().filter_map(|(expect, place)| {
        let Miss { message, object } = judge(expect, render, other).err()?;
        let found = Diagnostic::new(&rule::FAILED_CASE, place.clone(), format!("case `{name}`: {message}"));
        Some(match &object {
            Some(object) => found.note(format!("made by `{}`:\n{}", object.file, excerpt(&object.value))),
            None => found,
        })
    });
    let missed: Vec<Diagnostic> = missed.collect();
    if missed.is_empty() { Outcome::Passed } else { Outcome::Failed(missed) }
}

fn unrendered(case: &TestCase, message: String) -> Diagnostic {
    Diagnostic::new(&rule::FAILED_CASE, case.place.child("name"), message)
}

/// Adds the templates on the way to where a render failed.
fn with_chain(found: Diagnostic, error: &RenderError) -> Diagnostic {
    match error {
        RenderError::Chart(fault) if !fault.via.is_empty() => {
            let via: Vec<String> = fault.via.iter().map(|it| format!("`{it}`")).collect();
            found.note(format!("included from {}", via.join(", ")))
        }
        _ => found,
    }
}

/// Lines of an object that are shown.
const LINES: usize = 40;

fn excerpt(value: &serde_json::Value) -> String {
    let text = catalyst_yaml::write(value);
    let count = text.lines().count();
    let shown = text.lines().take(LINES).collect::<Vec<_>>().join("\n");
    if count > LINES { format!("{shown}\n... {} more lines", count - LINES) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns_stand_for_names() {
        for (name, pattern, expected) in [
            ("observability default", "observability*", true),
            ("observability default", "*default", true),
            ("observability default", "o*y*t", true),
            ("observability default", "observability", false),
            ("observability", "observability", true),
            ("aa", "a*a", true),
            ("a", "a*a", false),
            ("", "*", true),
            ("abc", "*b*d*", false),
        ] {
            assert_eq!(is_like(name, pattern), expected, "{name} {pattern}");
        }
    }
}
