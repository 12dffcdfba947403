//! The laws of names, codes and labels, and of the schemas and CRDs that are made from the types.

mod names;
mod schemas;
mod tables;
