//! Publishing: each Blueprint becomes the artefact `bp-<name>:<version>`, with everything in it that its chart needs. What is not fit for
//! that is a finding; what was published under a version is never changed.

mod pack;

pub(crate) use pack::{Packed, pack};

use crate::moving::{MoveError, Plan, Pushed, RegistryPath, Taken, bare, push};
use crate::network::{Network, NetworkProgress};
use crate::vendor::{self, VendorError, VendorOptions};
use crate::{CompileOptions, NoProgress, Progress, Project, compile};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::Layout;
use catalyst_diag::{Diagnostic, Place, Severity, arrange, rule};
use catalyst_model::{BlueprintName, Version};
use catalyst_plan::{CatalogEntry, Scope};
use catalyst_registry::OciReference;
use catalyst_sign::{PrivateKey, sign_artifact};
use catalyst_system::Cancel;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What to publish, and where.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// These Blueprints; all of the public catalogue when empty.
    pub only: Vec<BlueprintName>,
    /// The folder of the store of charts; that of the project unless given.
    pub store: Option<PathBuf>,
    /// Where to.
    pub to: RegistryPath,
    /// Stops it.
    pub cancel: Cancel,
}

/// Blueprints that are ready to be published, or why they are not.
#[derive(Debug, Default)]
pub struct Publication {
    /// All findings. With an error among them nothing is ready.
    pub findings: Vec<Diagnostic>,
    /// By name and version.
    pub packages: Vec<Package>,
    /// Whether somebody stopped it.
    pub cancelled: bool,
    plan: Plan,
}

/// A Blueprint as an artefact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The Blueprint.
    pub blueprint: BlueprintName,
    /// Its version.
    pub version: Version,
    /// Where it goes.
    pub reference: OciReference,
    /// The digest of its manifest.
    pub digest: Digest,
    /// Whether it is a chart. A Blueprint without one is its card: there is nothing to install.
    pub is_chart: bool,
    /// Where its version stands.
    place: Place,
}

impl Publication {
    /// Whether an error stands.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|it| it.severity == Severity::Error)
    }
}

/// Packs Blueprints, with the charts they wrap from the store, and signs them when there is a key. Reaches no network.
pub fn package(
    project: &Project,
    options: &PublishOptions,
    key: Option<&PrivateKey>,
    progress: &dyn Progress,
) -> Result<Publication, VendorError> {
    let mut publication = Publication::default();
    let compiled = CompileOptions { cancel: options.cancel.clone(), ..CompileOptions::default() };
    let done = compile(project, &compiled, progress, |_, _| ());
    publication.cancelled = done.cancelled;
    let mut entries = entries(project, &options.only);
    publication.findings = done.diagnostics;
    // Whatever a project makes of the rule: an empty chart helps nobody who installs it.
    publication.findings.retain(|it| it.rule != &rule::HOLLOW_CHART);
    publication.findings.extend(hollow(project, &entries));
    entries.retain(|entry| {
        let Some(mut found) = pack::without_chart(entry) else { return true };
        // What others publish does not keep the rest from being published.
        if options.only.is_empty() && entry.blueprint.spec.manifests.source.is_some() {
            found.severity = Severity::Warning;
        }
        publication.findings.push(found);
        false
    });
    let names: BTreeSet<&BlueprintName> = entries.iter().map(|it| &it.blueprint.name).collect();
    let names: Vec<BlueprintName> = names.into_iter().cloned().collect();
    if !names.is_empty() {
        let vendored = VendorOptions {
            only: names,
            store: options.store.clone(),
            check: true,
            ..VendorOptions::default()
        };
        let checked = vendor::vendor(project, &vendored, None, Arc::new(NoProgress))?;
        publication.findings.extend(checked.diagnostics);
    }
    if !publication.has_errors() && !publication.cancelled {
        publication.pack(project, options, &entries, key)?;
    }
    arrange(&mut publication.findings);
    Ok(publication)
}

/// Pushes what is ready: what is there already is not sent again, and nothing is sent when a version is there with other content; that is a
/// finding for each of them.
pub fn publish(
    publication: &Publication,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
) -> Result<Result<Pushed, Vec<Diagnostic>>, MoveError> {
    match push(&publication.plan, network, progress) {
        Ok(pushed) => Ok(Ok(pushed)),
        Err(MoveError::Taken(taken)) => {
            Ok(Err(taken.iter().filter_map(|it| publication.changed(it)).collect()))
        }
        Err(error) => Err(error),
    }
}

impl Publication {
    fn pack(
        &mut self,
        project: &Project,
        options: &PublishOptions,
        entries: &[&CatalogEntry],
        key: Option<&PrivateKey>,
    ) -> Result<(), VendorError> {
        let archives = vendor::charts(project, options.store.as_deref());
        let root = &project.root;
        let packed: Vec<_> = entries.par_iter().map(|entry| pack::pack(root, entry, &archives)).collect();
        let mut targets: BTreeMap<OciReference, Place> = BTreeMap::new();
        for (entry, packed) in entries.iter().zip(packed) {
            let (layout, descriptor) = match packed {
                Ok(packed) => packed,
                Err(pack::NotPacked::Io(error)) => return Err(error.into()),
                Err(pack::NotPacked::Findings(found)) => {
                    self.findings.extend(found);
                    continue;
                }
            };
            let Layout { blobs, .. } = layout;
            let (name, version) = (&entry.blueprint.name, &entry.blueprint.spec.version);
            let place = entry.blueprint.place.child("spec").child("version");
            let refused = |error: MoveError| match error {
                MoveError::Io(error) => VendorError::Io(error),
                MoveError::Refused(refusal) | MoveError::Unreached(refusal) => VendorError::Refused(refusal),
                MoveError::Flaw(flaw) => refusal(flaw.to_string()),
                MoveError::Taken(taken) => refusal(taken.iter().map(ToString::to_string).collect()),
            };
            let reference = options.to.reference(&format!("{name}:{}", version.tag())).map_err(refused)?;
            if let Some(other) = targets.insert(reference.clone(), place.clone()) {
                let text = format!("two Blueprints would be `{reference}`");
                let found = Diagnostic::new(&rule::PUBLISHED_CONTENT, place.clone(), text);
                self.findings.push(
                    found.other(other, "the other one").help("publish one of them, or give it another name"),
                );
                continue;
            }
            blobs.into_iter().for_each(|(digest, bytes)| self.plan.hold(digest, bytes));
            self.plan.artifact(reference.clone(), &descriptor).map_err(refused)?;
            for (attached, blobs) in
                key.into_iter().flat_map(|key| sign_artifact(&descriptor, name.as_str(), key))
            {
                blobs.into_iter().for_each(|blob| self.plan.hold(Digest::of(&blob), blob.into()));
                self.plan.attach(&reference.repository, &attached);
            }
            self.packages.push(Package {
                blueprint: name.clone(),
                version: version.clone(),
                reference,
                digest: descriptor.digest,
                is_chart: descriptor.artifact_type.is_none(),
                place,
            });
        }
        if self.has_errors() {
            (self.packages, self.plan) = Default::default();
        }
        Ok(())
    }

    /// What was published under the version is something else.
    fn changed(&self, taken: &Taken) -> Option<Diagnostic> {
        let package = self.packages.iter().find(|it| it.reference == taken.tag)?;
        let Package { blueprint, version, reference, place, .. } = package;
        let text = format!("`{blueprint}` {version} was published with other content");
        let found = Diagnostic::new(&rule::PUBLISHED_CONTENT, place.clone(), text)
            .label("what is published under a version does not change")
            .note(format!("published: {}@{}", bare(reference), taken.found))
            .note(format!("now:       {}@{}", bare(reference), taken.wanted));
        Some(found.help("give the Blueprint and its chart a new version"))
    }
}

fn refusal(text: String) -> VendorError {
    VendorError::Refused(crate::Refusal { text, help: None })
}

/// The Blueprints that are named, in whatever catalogue; else those of the public one. What a Sovereign or an Organization keeps for itself
/// does not get out unless somebody says so.
fn entries<'a>(project: &'a Project, only: &[BlueprintName]) -> Vec<&'a CatalogEntry> {
    let (db, files) = project.database();
    let catalogue = &catalyst_db::index(db, files).0.catalogue;
    let all =
        catalogue.blueprints.iter().flat_map(|(name, entries)| entries.iter().map(move |it| (name, it)));
    let chosen = all.filter(|(name, entry)| match only {
        [] => entry.scope == Scope::Public,
        only => only.contains(name),
    });
    chosen.map(|(_, entry)| entry).collect()
}

/// Charts of these Blueprints that bring nothing.
fn hollow(project: &Project, entries: &[&CatalogEntry]) -> Vec<Diagnostic> {
    let files: BTreeSet<_> = entries.iter().filter_map(|it| Some(&it.chart.as_ref()?.place.file)).collect();
    let mut found = crate::charts::problems(project);
    found.retain(|it| it.rule == &rule::HOLLOW_CHART && files.contains(&it.primary.place.file));
    found.iter_mut().for_each(|it| it.severity = Severity::Error);
    found
}
