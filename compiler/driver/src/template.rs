//! The shared kit: the bootstrap kit with a variable in place of the domain.

use crate::Project;
use catalyst_model::{DomainName, Sovereign, SovereignName, SovereignSpec};
use catalyst_plan::{EmittedFile, Resolution, Sourced, SovereignIntent};
use catalyst_resolve::Facts;
use catalyst_source::TreePath;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The variable that Flux substitutes.
pub(crate) const DOMAIN_VARIABLE: &str = "${SOVEREIGN_FQDN}";

/// Folder of the emitted kit, beside the file that states it.
pub const KIT_FOLDER: &str = "bootstrap-kit";

/// The files of the shared kit with their paths in the source tree; empty when the project has no kit, or one that cannot be planned,
/// which is then reported for the Sovereigns too.
pub fn kit_template(project: &Project) -> BTreeMap<TreePath, EmittedFile> {
    plan_template(project).unwrap_or_default()
}

/// The resolution of the shared kit.
pub(crate) fn resolve_template(project: &Project) -> Option<Resolution> {
    let (db, files) = project.database();
    let kit = catalyst_db::compiled_kit(db, files).as_ref().map(|(kit, _)| kit)?;
    let settings = catalyst_db::project(db, files).as_ref()?;
    let intent = nobody(kit.kit.place.clone())?;
    let mut facts = Facts::of(&intent.sovereign, &settings.spec.registry, Some(kit));
    facts.domain = DOMAIN_VARIABLE.to_owned();
    Some(resolve(project, &intent, &facts))
}

fn resolve(project: &Project, intent: &SovereignIntent, facts: &Facts) -> Resolution {
    let (db, files) = project.database();
    let (resolution, _) = catalyst_resolve::resolve(catalyst_resolve::Input {
        sovereign: intent,
        facts,
        kit: catalyst_db::compiled_kit(db, files).as_ref().map(|(kit, _)| kit),
        catalogue: &catalyst_db::blueprints(db, files).0,
        lock: None,
        broken: catalyst_db::broken(db, files),
    });
    resolution
}

fn plan_template(project: &Project) -> Option<BTreeMap<TreePath, EmittedFile>> {
    let (db, files) = project.database();
    let kit = catalyst_db::compiled_kit(db, files).as_ref().map(|(kit, _)| kit)?;
    let settings = catalyst_db::project(db, files).as_ref()?;
    let intent = nobody(kit.kit.place.clone())?;
    let mut facts = Facts::of(&intent.sovereign, &settings.spec.registry, Some(kit));
    facts.domain = DOMAIN_VARIABLE.to_owned();
    let resolution = resolve(project, &intent, &facts);
    let (plan, _) = catalyst_schedule::plan(catalyst_schedule::Input {
        sovereign: &intent,
        facts: &facts,
        project: settings,
        kit: Some(kit),
        catalogue: &catalyst_db::blueprints(db, files).0,
        resolution: &resolution,
    });
    let plan = plan?;
    let cluster = plan.clusters.get(&plan.facts.management)?;
    let folder = kit.kit.place.file.parent()?.join(KIT_FOLDER).ok()?;
    let files = catalyst_flux::bootstrap_kit(&plan, cluster);
    Some(files.into_iter().filter_map(|(name, file)| Some((folder.join(&name).ok()?, file))).collect())
}

/// A Sovereign that changes nothing: what every Sovereign is before it says anything.
fn nobody(place: catalyst_diag::Place) -> Option<SovereignIntent> {
    let spec = serde_json::json!({
        "domain": "sovereign.invalid",
        "regions": [{ "provider": "hetzner", "region": "nbg", "blocks": ["mgt", "rtz", "dmz"] }],
    });
    let spec: SovereignSpec = serde_json::from_value(spec).ok()?;
    debug_assert!(DomainName::new("sovereign.invalid").is_ok());
    let sovereign = Sovereign {
        name: SovereignName::new("sovereign").ok()?,
        metadata: Default::default(),
        spec,
        keys: Default::default(),
    };
    Some(SovereignIntent {
        sovereign: Sourced { value: Arc::new(sovereign), place },
        organizations: BTreeMap::new(),
        environment_policies: BTreeMap::new(),
        secret_policies: BTreeMap::new(),
        runbooks: BTreeMap::new(),
        user_accesses: BTreeMap::new(),
    })
}
