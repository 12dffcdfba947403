//! The Emitter trait, tree merging and file naming
