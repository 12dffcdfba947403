//! The library that every front end calls: discovery, the database, parallelism, delivery.
//!
//! [`Project`] holds the files and the database. [`compile()`] takes it through all phases up to emitted text, Sovereign by Sovereign in
//! parallel, and [`deliver()`] writes the result. Nothing here prints: progress goes to a [`Progress`], findings come back as values.

mod build;
pub mod bundle;
mod cache;
pub mod catalogue;
pub mod charts;
mod compile;
mod deliver;
pub mod diff;
pub mod doctor;
mod drift;
mod fix;
pub mod forms;
mod fresh;
mod generated;
mod graphs;
mod listing;
mod load;
mod locate;
mod locking;
pub mod looking;
pub mod moving;
mod names;
pub mod network;
mod paths;
pub mod plain;
mod progress;
mod project;
pub mod publish;
mod pulled;
mod purity;
pub mod rendering;
mod rewriting;
pub mod scaffold;
mod template;
pub mod testing;
mod texts;
pub mod vendor;
mod watch;
mod why;

pub use build::{BuildError, BuildOptions, Built, Counts, build, is_fresh, template_files};
pub use cache::recall;
pub use catalyst_graph as printers;
pub use compile::{Compilation, CompileOptions, RenderedFile, SovereignOutput, compile, compile_one, guard};
pub use deliver::{
    BUNDLES_FILE, DeliverOptions, Delivered, INDEX_FILE, IndexFile, Outgoing, deliver, index_json, read_index,
};
pub use drift::Document;
pub use fix::{Fixed, plan_fixes, plan_format, plan_more, write_fixes};
pub use generated::{Generated, stale_generated, write_generated};
pub use graphs::{GraphOf, graph};
pub use listing::{Listing, list};
pub use load::LoadError;
pub use locate::Positions;
pub use locking::{Relock, relock};
pub use names::Refusal;
pub use progress::{NoProgress, Progress, Stage};
pub use project::{Edited, Project};
pub use template::{KIT_FOLDER, kit_template};
pub use texts::{Against, compiled_texts, line_diff, texts_of, write_lock_file, write_texts};
pub use watch::{Rounds, watch};
pub use why::{Answer, Question, Reason, WhyError, why};

/// Sets the number of worker threads, once, before any work.
pub fn set_threads(threads: usize) {
    drop(rayon::ThreadPoolBuilder::new().num_threads(threads).build_global());
}
