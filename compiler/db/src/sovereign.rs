//! Queries over one Sovereign.

#![expect(unused_lifetimes, reason = "the macro of interned structs asks for the lifetime")]

use crate::{Db, Files, blueprints, broken, compiled_kit, index, lock, project};
use catalyst_diag::Diagnostic;
use catalyst_model::SovereignName;
use catalyst_plan::{Plan, Resolution, SovereignIntent};
use catalyst_resolve::Facts;
use std::sync::Arc;

/// A Sovereign as a key of queries. Never ordered: whatever reaches output is ordered by name.
#[salsa::interned(debug)]
pub struct SovereignId<'db> {
    /// Its name.
    #[returns(ref)]
    pub name: SovereignName,
}

/// What belongs to one Sovereign.
#[salsa::tracked(returns(ref))]
pub fn sovereign_intent<'db>(
    db: &'db dyn Db,
    files: Files,
    id: SovereignId<'db>,
) -> Option<Arc<SovereignIntent>> {
    index(db, files).0.sovereigns.get(id.name(db)).cloned()
}

fn facts(db: &dyn Db, files: Files, intent: &SovereignIntent) -> Option<Facts> {
    let project = project(db, files).as_ref()?;
    let kit = compiled_kit(db, files).as_ref().map(|(kit, _)| kit);
    Some(Facts::of(&intent.sovereign, &project.spec.registry, kit))
}

/// Versions, dependencies and config of one Sovereign. Computed anew by each call: [`resolved`] remembers.
pub fn resolve(db: &dyn Db, files: Files, intent: &SovereignIntent) -> (Resolution, Vec<Diagnostic>) {
    let Some(facts) = facts(db, files, intent) else { return Default::default() };
    catalyst_resolve::resolve(catalyst_resolve::Input {
        sovereign: intent,
        facts: &facts,
        kit: compiled_kit(db, files).as_ref().map(|(kit, _)| kit),
        catalogue: &blueprints(db, files).0,
        lock: lock(db, files).0.as_ref(),
        broken: broken(db, files),
    })
}

/// The plan of one Sovereign. Computed anew by each call: [`planned`] remembers.
pub fn plan(
    db: &dyn Db,
    files: Files,
    intent: &SovereignIntent,
    resolution: &Resolution,
) -> (Option<Arc<Plan>>, Vec<Diagnostic>) {
    let Some(project) = project(db, files) else { return Default::default() };
    let Some(facts) = facts(db, files, intent) else { return Default::default() };
    let (plan, diagnostics) = catalyst_schedule::plan(catalyst_schedule::Input {
        sovereign: intent,
        facts: &facts,
        project,
        kit: compiled_kit(db, files).as_ref().map(|(kit, _)| kit),
        catalogue: &blueprints(db, files).0,
        resolution,
    });
    (plan.map(Arc::new), diagnostics)
}

/// What [`resolve`] gives, kept until an input changes.
#[salsa::tracked(returns(ref))]
pub fn resolved<'db>(db: &'db dyn Db, files: Files, id: SovereignId<'db>) -> (Resolution, Vec<Diagnostic>) {
    sovereign_intent(db, files, id).as_ref().map(|intent| resolve(db, files, intent)).unwrap_or_default()
}

/// What [`plan`] gives, kept until an input changes.
#[salsa::tracked(returns(ref))]
pub fn planned<'db>(
    db: &'db dyn Db,
    files: Files,
    id: SovereignId<'db>,
) -> (Option<Arc<Plan>>, Vec<Diagnostic>) {
    let intent = sovereign_intent(db, files, id).as_ref();
    intent.map(|intent| plan(db, files, intent, &resolved(db, files, id).0)).unwrap_or_default()
}
