//! The incremental database: inputs and tracked queries over the phases
