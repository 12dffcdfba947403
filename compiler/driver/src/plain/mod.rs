//! Output profile `rendered`: releases as plain manifests, instead of HelmReleases.
//!
//! Each release is rendered with the values and for the cluster that its HelmRelease would have, and becomes a folder a stage
//! ([`catalyst_flux::release_stages`]), each with a Kustomization that comes after the one before; the last one has the name of the release, so that whatever
//! depends on it waits for all. Releases of the kit stand in `clusters/<cluster>/releases/<release>/`, those of Applications in the overlays of
//! their repositories.

mod application;
mod folder;
mod kit;
mod renderer;
mod stages;

pub use renderer::Renderer;
pub(crate) use renderer::chart_paths;

use crate::rendering::{Engines, RenderOptions, render_plan, secrets_of};
use crate::rewriting::{Outside, locked_digests, rewritten};
use crate::{CompileOptions, Progress, Project, compile};
use catalyst_check::Hosts;
use catalyst_diag::Diagnostic;
use catalyst_flux::ReleaseStage;
use catalyst_model::{OutputProfile, SovereignName};
use catalyst_plan::{ApplicationPlan, EmittedTree, EnvironmentPlan, PlacementPlan, Plan};
use catalyst_system::Cancel;
use std::collections::BTreeMap;

/// The releases of Sovereigns whose output is rendered.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    sovereigns: BTreeMap<SovereignName, Releases>,
}

/// The releases of one Sovereign.
#[derive(Debug, Clone, Default)]
struct Releases {
    /// By name: cluster and release, or what names a release of an Application.
    stages: BTreeMap<String, Vec<ReleaseStage>>,
    /// The Secret in clusters with the key that decrypts.
    key: Option<String>,
    /// What stands against it, before levels.
    findings: Vec<Diagnostic>,
    /// Names of the targets that were rendered for.
    targets: Vec<String>,
}

impl Releases {
    /// The stages of an Application in one region; none when it has no chart.
    fn of_application(
        &self,
        app: &ApplicationPlan,
        environment: &EnvironmentPlan,
        placement: &PlacementPlan,
    ) -> &[ReleaseStage] {
        let env = environment.environment.env;
        let name = format!("{}/{}/{env}/{}", app.org, app.name, placement.region);
        self.stages.get(&name).map_or(&[], Vec::as_slice)
    }
}

/// The Sovereigns whose output is rendered, of these or of all.
pub fn rendered_sovereigns(project: &Project, only: &[SovereignName]) -> Vec<SovereignName> {
    let (db, files) = project.database();
    let own = catalyst_db::project(db, files).as_ref().and_then(|it| it.spec.output);
    let all = catalyst_db::index(db, files).0.sovereigns.iter();
    let is_rendered = |output: Option<OutputProfile>| output.or(own) == Some(OutputProfile::Rendered);
    let wanted = all.filter(|(name, it)| {
        is_rendered(it.sovereign.spec.output) && (only.is_empty() || only.contains(name))
    });
    wanted.map(|(name, _)| name.clone()).collect()
}

/// Renders the releases of these Sovereigns. One that does not compile has none: whoever compiles it for its output says why.
pub fn plain(
    project: &Project,
    sovereigns: &[SovereignName],
    engines: &Engines<'_>,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Plain {
    let compiling =
        CompileOptions { only: sovereigns.to_vec(), cancel: cancel.clone(), ..CompileOptions::default() };
    let done = compile(project, &compiling, progress, |_, output| {
        let plan = output.plan?;
        let hosts = Hosts::of(&plan, &output.tree);
        Some((plan, hosts))
    });
    let digests = locked_digests(project);
    let mut plain = Plain::default();
    if done.has_errors() {
        return plain;
    }
    for (name, plan) in done.sovereigns {
        let Some((plan, hosts)) = plan else { continue };
        let only = vec![name.clone()];
        let options = RenderOptions { only, cancel: cancel.clone(), ..RenderOptions::default() };
        let mut run = render_plan(project, &plan, &options, engines, progress);
        let rewritten = hosts.and_then(|it| rewritten(&plan, &it, &run.releases, &digests, |_| true));
        if let Some(rewritten) = rewritten {
            run.findings.extend(rewritten.kept.iter().map(Outside::finding));
            run.releases = rewritten.releases;
        }
        let mut releases = stages::releases(&plan, run);
        releases.key = secrets_of(project, name.as_str()).map(|it| it.key_secret);
        plain.sovereigns.insert(name, releases);
    }
    plain
}

impl Plain {
    /// Puts manifests in the place of the HelmReleases of a Sovereign. Gives what stands against it, before levels; nothing for a Sovereign
    /// whose output is not one of these.
    pub(crate) fn write(
        &self,
        sovereign: &SovereignName,
        plan: &Plan,
        tree: &mut EmittedTree,
    ) -> Vec<Diagnostic> {
        let Some(releases) = self.sovereigns.get(sovereign) else { return Vec::new() };
        kit::write(sovereign, plan, releases, tree);
        application::write(sovereign, plan, releases, tree);
        releases.findings.clone()
    }

    /// Whether the output of a Sovereign is made of these.
    pub(crate) fn has(&self, sovereign: &SovereignName) -> bool {
        self.sovereigns.contains_key(sovereign)
    }
}
