//! Charts to objects.
//!
//! One trait, [`Engine`], stands between the compiler and whatever renders: it takes a [`Request`] (a chart as files, values, a release, and
//! what the cluster is) and gives [`Rendered`] objects with the chart and file that made each, or a [`RenderError`] that says where. The engine
//! there is drives the real `helm` program ([`Helm`]): nothing of the user's environment reaches it, and it reaches no network.
//!
//! This crate knows no Blueprint, no project and no rule. Charts come as bytes; where upstream charts are kept is asked of [`Archives`].

mod chart;
mod engine;
mod fault;
mod ignore;
mod output;
mod process;
mod purity;
mod version;

pub use chart::{Archives, Chart, ChartError, Dependency, NoArchives, holds_chart};
pub use engine::{Again, Engine, Object, RenderError, Rendered, Request};
pub use fault::{ChartFault, Spot};
pub use ignore::{IGNORE_FILE, Ignore};
pub use process::{Helm, HelmError};
pub use purity::{draws, may_differ};
pub use version::{HelmVersion, OLDEST, embedded};
