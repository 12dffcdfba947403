//! The incremental database: salsa inputs for files, and tracked queries over the phases.
//!
//! This is the only crate that knows salsa. The phases are plain functions over plain values; a query calls one of them and keeps its
//! result until an input that it read changes to a different value. The narrow queries ([`catalogue`], [`kit`], [`sovereign_intent`]) are
//! the firewalls: an edit in one Sovereign changes the index and stops there for all others.
//!
//! Positions stay out: an item equals itself when only a comment above it changed. They are looked up through [`parsed`] when a diagnostic
//! is shown. No query reads the file system, and none runs another in parallel.

mod files;
mod sovereign;
mod workspace;

pub use files::{
    Checked, FileKind, Files, SourceFile, chart, chart_problems, chart_tests, checked, lowered, parsed,
};
pub use sovereign::{SovereignId, plan, planned, resolve, resolved, sovereign_intent};
pub use workspace::{blueprints, broken, catalogue, compiled_kit, index, kit, lock, project, sovereigns};

use std::sync::{Arc, Mutex};

/// What queries run on.
#[salsa::db]
pub trait Db: salsa::Database {}

/// The database. A clone shares all values; clones go to worker threads.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
    log: Option<Arc<Mutex<Vec<String>>>>,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {}

impl Default for Database {
    fn default() -> Self {
        Database { storage: salsa::Storage::new(None), log: None }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// A database that remembers which queries ran, for tests of incrementality.
    pub fn logging() -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let into = log.clone();
        let callback = move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind
                && let Ok(mut log) = into.lock()
            {
                let name = format!("{database_key:?}");
                log.push(name.split('(').next().unwrap_or(&name).to_owned());
            }
        };
        Database { storage: salsa::Storage::new(Some(Box::new(callback))), log: Some(log) }
    }

    /// The names of the queries that ran since the last call, sorted, each as often as it ran.
    pub fn take_log(&self) -> Vec<String> {
        let mut names = match &self.log {
            Some(log) => log.lock().map(|mut log| std::mem::take(&mut *log)).unwrap_or_default(),
            None => Vec::new(),
        };
        names.sort();
        names
    }
}
