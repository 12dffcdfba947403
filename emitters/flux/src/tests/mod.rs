//! Tests over plans built by hand. Nothing here reads a project.

mod closure;
mod referee;
mod slots;
mod support;
mod trees;
