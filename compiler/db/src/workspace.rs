//! Queries over all files.

use crate::{Db, FileKind, Files, chart, lowered};
use catalyst_diag::Diagnostic;
use catalyst_model::{Kit, Project, SovereignName};
use catalyst_plan::{Catalogue, Index, Lock, Sourced};
use catalyst_resolve::{CompiledCatalogue, CompiledKit, compile_catalogue, compile_kit, parse_lock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All intent by identity, with what is wrong with it as a whole.
#[salsa::tracked(returns(ref))]
pub fn index(db: &dyn Db, files: Files) -> (Index, Vec<Diagnostic>) {
    let mut charts = BTreeMap::new();
    for file in files.files(db).iter().filter(|file| file.kind(db) == FileKind::Chart) {
        if let (Some(folder), Some(facts)) = (file.path(db).parent(), chart(db, *file)) {
            charts.insert(folder, facts.clone());
        }
    }
    let intent = files.files(db).iter().filter(|file| file.kind(db) == FileKind::Intent);
    let items = intent.clone().flat_map(|file| &lowered(db, *file).items);
    let broken = intent.filter(|file| lowered(db, **file).has_errors()).map(|file| file.path(db));
    catalyst_lower::index(items, &charts, broken)
}

/// The catalogue alone.
#[salsa::tracked(returns(ref))]
pub fn catalogue(db: &dyn Db, files: Files) -> Arc<Catalogue> {
    index(db, files).0.catalogue.clone()
}

/// All Blueprints compiled, with what is wrong with them.
#[salsa::tracked(returns(ref))]
pub fn blueprints(db: &dyn Db, files: Files) -> (CompiledCatalogue, Vec<Diagnostic>) {
    compile_catalogue(catalogue(db, files))
}

/// The kit alone.
#[salsa::tracked(returns(ref))]
pub fn kit(db: &dyn Db, files: Files) -> Option<Sourced<Kit>> {
    index(db, files).0.kit.clone()
}

/// The kit compiled, with what is wrong with it.
#[salsa::tracked(returns(ref))]
pub fn compiled_kit(db: &dyn Db, files: Files) -> Option<(CompiledKit, Vec<Diagnostic>)> {
    kit(db, files).as_ref().map(compile_kit)
}

/// The project file alone.
#[salsa::tracked(returns(ref))]
pub fn project(db: &dyn Db, files: Files) -> Option<Sourced<Project>> {
    index(db, files).0.project.clone()
}

/// Documents that are there and broken.
#[salsa::tracked(returns(ref))]
pub fn broken(db: &dyn Db, files: Files) -> Arc<BTreeSet<(String, String)>> {
    index(db, files).0.broken.clone()
}

/// The names of all Sovereigns.
#[salsa::tracked(returns(ref))]
pub fn sovereigns(db: &dyn Db, files: Files) -> Vec<SovereignName> {
    index(db, files).0.sovereigns.keys().cloned().collect()
}

/// The lock as read, with what is wrong with it.
#[salsa::tracked(returns(ref))]
pub fn lock(db: &dyn Db, files: Files) -> (Option<Lock>, Vec<Diagnostic>) {
    match files.lock(db) {
        Some(text) => parse_lock(text),
        None => (None, Vec::new()),
    }
}
