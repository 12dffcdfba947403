use super::check::count;
use crate::exit::{Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_driver::charts;
use catalyst_driver::rendering::{
    NotRendered, RenderOptions, RenderRun, RenderedRelease, render, write_renders,
};
use catalyst_model::KindPattern;
use catalyst_source::{KeyPath, Step};
use catalyst_system::Var;
use catalyst_yaml::Dialect;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Render charts to objects, by the helm program
///
/// A release is rendered with the values and for the cluster that its plan gives it: name it as `catalystc render` lists it, or by the end of that
/// name, such as `hz-nbg-rtz-prod/cilium`. A Blueprint, or the folder of a chart, is rendered with the values of the chart. Without anything, the
/// whole fleet is rendered in parallel, and what could not be is listed with the reason.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc render\n  catalystc render bp-cilium --own\n  catalystc render hz-nbg-rtz-prod/cilium --kind NetworkPolicy\n  catalystc render bp-web --set replicas=3 --show-only templates/deployment.yaml\n  catalystc render --out rendered"
)]
pub(crate) struct Render {
    /// A release, a Blueprint or the folder of a chart
    #[arg(value_name = "RELEASE|BLUEPRINT|PATH")]
    what: Option<String>,
    /// The templates of the chart alone, without upstream charts
    #[arg(long)]
    own: bool,
    /// Only objects that this file of the chart makes; may be given more than once
    #[arg(long, value_name = "FILE")]
    show_only: Vec<String>,
    /// Only objects of this kind, as `Kind`, `Kind.group` or `*.group`; may be given more than once
    #[arg(long, value_name = "KIND")]
    kind: Vec<KindPattern>,
    /// A file of values over all others; may be given more than once
    #[arg(long, value_name = "FILE")]
    values: Vec<PathBuf>,
    /// A value over all others, as `path=value`, with `list[0]` for an item of a list; the value is read as YAML. May be given more than once
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Version of Kubernetes, as in 1.33, instead of the target's
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// An API that is served beside those that are known, as `group/version` or `group/version/Kind`; may be given more than once
    #[arg(long, value_name = "API")]
    api_versions: Vec<String>,
    /// Write a folder a release and a file a template, instead of printing; it is replaced as a whole, and only if it is empty or holds earlier renders
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The `helm` program; unless given, that of `catalyst.yaml`, else the first in PATH
    #[arg(long, value_name = "FILE")]
    helm: Option<PathBuf>,
    /// Render everything anew
    #[arg(long)]
    no_cache: bool,
}

/// The largest index of an item that is set, as with Helm: a list is as long as its last item says.
const LAST_ITEM: u32 = 65_535;

fn can_be_set(path: &KeyPath) -> bool {
    let is_item = |step: &Step| matches!(step, Step::Index(_));
    let is_far = |step: &Step| matches!(step, Step::Index(at) if *at > LAST_ITEM);
    path.steps().first().is_some_and(|it| !is_item(it)) && !path.steps().iter().any(is_far)
}

impl Render {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        let values = self.values(session)?;
        let helm = self.helm.as_ref().map(|it| session.here(it));
        let engine =
            charts::engine(&project, helm.as_deref(), &session.env, &session.cancel, !self.no_cache)?;
        let line = Line::new(session.progress);
        let options = RenderOptions {
            what: self.what.clone(),
            only: Vec::new(),
            current: session.current.clone(),
            values,
            set: self.set()?,
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            own: self.own,
            cancel: session.cancel.clone(),
        };
        let store = session.env.text(Var::Store).map(|it| session.here(Path::new(it)));
        let archives = catalyst_driver::vendor::charts(&project, store.as_deref());
        let done = render(&project, &options, &engine, engine.second(), &archives, &line);
        line.clear();
        let mut done = done?;
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        let version = engine.helm().version();
        done.findings
            .extend(done.targets.iter().filter_map(|target| charts::mismatch(&project, version, target)));
        project.levels().apply(&mut done.findings);
        self.narrow(&mut done);
        if let (Some(what), [only]) = (&self.what, done.releases.as_slice())
            && let Err(NotRendered::NoChart(why)) = &only.objects
        {
            let help = "`--own` renders the templates of the chart alone";
            return Err(Failure::with_help(format!("can't render `{what}`: {why}"), help));
        }
        session.print_findings_to(catalyst_system::Stream::Error, &project, &done.findings)?;
        match &self.out {
            Some(out) => write_renders(&session.here(out), &files(&done))?,
            None if session.is_json() => session.print(&format!("{:#}\n", report(&done)))?,
            None => session.print(&stream(&done))?,
        }
        session.say(&said(&done));
        Ok(code_of(&done.findings))
    }

    /// Values of files, in this order.
    fn values(&self, session: &Session) -> Result<Map<String, Value>, Failure> {
        let mut all = json!({});
        for file in &self.values {
            let text = catalyst_system::read_path(&session.here(file), 16 << 20)?;
            let parsed = catalyst_yaml::parse(&text);
            if let Some(problem) = parsed.problems.first() {
                return Err(Failure::new(format!("`{}`: {}", file.display(), problem.message)));
            }
            let value = parsed.documents.first().map(|it| it.to_value(Dialect::Kubernetes).0);
            match value {
                Some(value @ Value::Object(_)) => catalyst_plan::merge_values(&mut all, &value),
                None | Some(Value::Null) => {}
                Some(_) => {
                    return Err(Failure::new(format!("`{}` holds no mapping of values", file.display())));
                }
            }
        }
        Ok(match all {
            Value::Object(all) => all,
            _ => Map::new(),
        })
    }

    /// Values of flags, each with its path.
    fn set(&self) -> Result<Vec<(KeyPath, Value)>, Failure> {
        let mut set = Vec::new();
        for text in &self.set {
            let wrong =
                || Failure::with_help(format!("`{text}` sets no value"), "write `--set path.to.key=value`");
            let (path, value) = text.split_once('=').ok_or_else(wrong)?;
            let path = KeyPath::parse(path).filter(can_be_set).ok_or_else(wrong)?;
            let parsed = catalyst_yaml::parse(value);
            if let Some(problem) = parsed.problems.first() {
                return Err(Failure::new(format!("`{text}`: {}", problem.message)));
            }
            let value = parsed.documents.first().map_or(Value::Null, |it| it.to_value(Dialect::Kubernetes).0);
            set.push((path, value));
        }
        Ok(set)
    }

    /// Leaves what was asked for.
    fn narrow(&self, done: &mut RenderRun) {
        for release in &mut done.releases {
            if let Ok(objects) = &mut release.objects {
                objects.retain(|it| {
                    (self.show_only.is_empty() || self.show_only.iter().any(|file| file == it.file.as_str()))
                        && (self.kind.is_empty()
                            || self.kind.iter().any(|kind| kind.matches(it.kind(), it.group())))
                });
            }
        }
    }
}

/// All objects as one stream of documents, each below a comment with where it comes from.
fn stream(done: &RenderRun) -> String {
    let mut out = String::new();
    for release in &done.releases {
        for object in release.objects.iter().flatten() {
            let _ = writeln!(out, "---\n# {}: {} of {}", release.name, object.file, object.chart);
            catalyst_yaml::write_into(&mut out, &object.value, 0);
        }
    }
    out
}

/// A folder a release, a file a template.
fn files(done: &RenderRun) -> Vec<(String, String)> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for release in &done.releases {
        for object in release.objects.iter().flatten() {
            let text = files.entry(format!("{}/{}", release.name, object.file)).or_default();
            if !text.is_empty() {
                text.push_str("---\n");
            }
            catalyst_yaml::write_into(text, &object.value, 0);
        }
    }
    files.into_iter().collect()
}

fn report(done: &RenderRun) -> Value {
    let release = |it: &RenderedRelease| {
        let mut row = json!({ "release": it.name });
        match &it.objects {
            Ok(objects) => {
                let objects = objects
                    .iter()
                    .map(|it| json!({ "chart": it.chart, "file": it.file.as_str(), "object": it.value }));
                row["objects"] = objects.collect();
                row["warnings"] = json!(it.warnings);
            }
            Err(NotRendered::NoChart(why)) => row["reason"] = json!(why),
            Err(NotRendered::Failed) => row["reason"] = json!("the render failed"),
        }
        row
    };
    json!({ "version": 1, "releases": done.releases.iter().map(release).collect::<Vec<_>>() })
}

/// How many there are, and why some are not: a line a reason.
fn said(done: &RenderRun) -> String {
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut objects, mut failed) = (0, 0);
    for release in &done.releases {
        match &release.objects {
            Ok(found) => objects += found.len(),
            Err(NotRendered::Failed) => failed += 1,
            Err(NotRendered::NoChart(why)) => {
                let name = release.name.rsplit('/').next().unwrap_or_default();
                *reasons.entry((name, why)).or_default() += 1;
            }
        }
    }
    let missing: usize = reasons.values().sum();
    let rendered = done.releases.len() - failed - missing;
    let mut text = String::new();
    for ((name, why), times) in reasons {
        let _ = writeln!(text, "not rendered: {name} ({}): {why}", count(times, "release"));
    }
    let _ = write!(
        text,
        "{} rendered, {}; {failed} failed, {missing} not rendered",
        count(rendered, "release"),
        count(objects, "object")
    );
    text
}
