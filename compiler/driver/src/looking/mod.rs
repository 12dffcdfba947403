//! Looking into charts: what their objects hold, against what their Blueprints say.
//!
//! Everything is rendered that can be: each release of the fleet with its values, and every chart with its own. What cannot
//! be looked into, since an upstream chart is not vendored or there is no program to render with, is listed and is no error.

mod contract;
mod functions;
mod images;
mod interface;

pub use images::{every_place, image_places, provided_places};

use crate::rendering::{Engines, NotRendered, RenderOptions, RenderRun, render_everything};
use crate::{Progress, Project};
use catalyst_diag::{Diagnostic, arrange};
use catalyst_helm::Archives;
use catalyst_model::SovereignName;
use catalyst_system::Cancel;
use std::collections::BTreeMap;

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// What is wrong, levels applied.
    pub findings: Vec<Diagnostic>,
    /// Blueprints that could not be looked into, with the reason.
    pub unseen: BTreeMap<String, String>,
    /// How many releases and charts were rendered.
    pub rendered: usize,
    /// Names of the targets that were rendered for.
    pub targets: Vec<String>,
    /// Whether it was stopped.
    pub cancelled: bool,
}

/// Renders the project, or the releases of these Sovereigns, and looks at the objects. What is wrong before anything is rendered is not
/// repeated.
pub fn look(
    project: &Project,
    only: &[SovereignName],
    engines: &Engines<'_>,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Looked {
    let options = RenderOptions { only: only.to_vec(), cancel: cancel.clone(), ..RenderOptions::default() };
    let mut run = render_everything(project, &options, engines, progress);
    let mut looked = Looked { cancelled: run.cancelled, ..Looked::default() };
    for release in &run.releases {
        match &release.objects {
            Ok(_) => looked.rendered += 1,
            Err(NotRendered::NoChart(why)) => {
                looked.unseen.insert(release.entry.blueprint.name.to_string(), why.clone());
            }
            Err(NotRendered::Failed) => {}
        }
    }
    looked.findings = std::mem::take(&mut run.findings);
    looked.findings.extend(findings(project, &run));
    project.levels().apply(&mut looked.findings);
    arrange(&mut looked.findings);
    looked.targets = run.targets;
    looked
}

/// What is wrong with charts as they were fetched, without rendering them; levels applied.
pub fn read(project: &Project, archives: &dyn Archives) -> Vec<Diagnostic> {
    let mut found = functions::of_others(project, archives);
    project.levels().apply(&mut found);
    arrange(&mut found);
    found
}

/// What is wrong with the objects of a run, before levels. Each thing is said once, whatever releases show it.
pub fn findings(project: &Project, run: &RenderRun) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    images::unclassified(run, &mut out);
    interface::drift(project, run, &mut out);
    contract::check(run, &mut out);
    arrange(&mut out);
    out
}
