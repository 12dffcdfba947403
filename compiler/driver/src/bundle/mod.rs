//! Bundles: from a compilation to the releases of its Sovereigns, and from a bundle on disk back to what is in it.

mod contents;
mod digests;
mod disk;
mod images;
mod judged;
mod needs;
mod state;
mod unpack;

pub use digests::{comparable, digests, stale_digests, write_digests};
pub(crate) use disk::read_far;
pub use disk::{BundleError, read_bundle, write_bundle};
pub use images::{ImageOptions, ImageSource};
pub use state::{State, read_state, write_state};
pub use unpack::{Unpacked, unpack};

use self::contents::Compiled;
use crate::looking;
use crate::rendering::{Engines, RenderOptions, RenderedRelease, render};
use crate::{CompileOptions, Progress, Project, Refusal, compile};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::Layout;
use catalyst_bundle::release::{AssembleError, Closure, Header, assemble};
use catalyst_diag::{Diagnostic, Severity, arrange};
use catalyst_model::SovereignName;
use catalyst_system::IoError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What to bundle, and as what.
#[derive(Debug, Clone)]
pub struct BundleOptions {
    /// What to compile.
    pub compile: CompileOptions,
    /// The line of releases.
    pub line: String,
    /// The number in it.
    pub sequence: u64,
    /// The release before, where it is known.
    pub previous: Option<Digest>,
    /// The time it says it was made at.
    pub created: String,
    /// The compiler with its version.
    pub tool: String,
    /// Whether charts that were fetched are carried.
    pub has_fetched: bool,
    /// The store of charts, when it is not the project's own.
    pub store: Option<PathBuf>,
    /// The images to carry; none when there are none to take them from.
    pub images: Option<ImageOptions>,
}

/// What became of it.
#[derive(Debug)]
pub struct Bundled {
    /// By Sovereign; none when an error stands among the findings.
    pub sovereigns: BTreeMap<SovereignName, Made>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether somebody stopped it.
    pub cancelled: bool,
}

/// The bundle of one Sovereign.
#[derive(Debug)]
pub struct Made {
    /// All of it.
    pub layout: Layout,
    /// What its Sovereign needs beside the trees, and what of it the bundle has.
    pub closure: Closure,
}

/// Why there is no bundle of a Sovereign that compiles.
#[derive(Debug)]
pub enum NoBundle {
    /// A file of a Blueprint cannot be read.
    Io(IoError),
    /// Charts cannot be rendered as asked.
    Refused(Refusal),
    /// An image cannot be taken as it is.
    Image(BundleError),
    /// Images are not where they are taken from.
    Missing(SovereignName, BTreeSet<String>),
    /// What is to be bundled does not fit into a bundle.
    Assemble(SovereignName, AssembleError),
}

/// Compiles, and makes the release of each Sovereign, in parallel. With engines, charts are rendered to see which images they name.
pub fn bundle(
    project: &Project,
    options: &BundleOptions,
    engines: Option<&Engines<'_>>,
    progress: &dyn Progress,
) -> Result<Bundled, NoBundle> {
    let sources = contents::Sources::of(project, options);
    let rendered = engines.map(|engines| rendered(project, options, engines, progress)).transpose();
    let (rendered, mut findings) = rendered.map_err(NoBundle::Refused)?.unzip();
    let done = compile(project, &options.compile, progress, |name, output| {
        let Some(plan) = &output.plan else { return Ok(None) };
        let header = Header {
            line: options.line.clone(),
            sovereign: name.to_string(),
            domain: plan.facts.domain.clone(),
            sequence: options.sequence,
            previous: options.previous,
            created: options.created.clone(),
            tool: options.tool.clone(),
        };
        let rendered = rendered.as_ref().map(|it| it.get(name.as_str()).map_or(&[][..], Vec::as_slice));
        // What is rendered stands in the tree.
        let is_plain = options.compile.plain.iter().any(|it| it.has(name));
        let compiled = Compiled { plan, output: &output, rendered: rendered.filter(|_| !is_plain), is_plain };
        let mut found = Vec::new();
        let contents = contents::contents(&sources, header, &compiled, &mut found);
        let mut contents = contents.map_err(NoBundle::Io)?;
        if let Some(images) = &options.images {
            let (carried, missing) = images::carry(images, &mut contents.closure).map_err(NoBundle::Image)?;
            if !missing.is_empty() && !images.may_miss {
                return Err(NoBundle::Missing(name.clone(), missing));
            }
            contents.carried.extend(carried);
        }
        let layout = assemble(&contents).map_err(|error| NoBundle::Assemble(name.clone(), error))?;
        Ok(Some((Made { layout, closure: contents.closure }, found)))
    });
    let mut bundled =
        Bundled { sovereigns: BTreeMap::new(), cancelled: done.cancelled, diagnostics: Vec::new() };
    let has_errors = done.has_errors();
    bundled.diagnostics = done.diagnostics;
    let mut more = findings.take().unwrap_or_default();
    if !has_errors {
        for (name, made) in done.sovereigns {
            if let Some((made, found)) = made? {
                more.extend(found);
                bundled.sovereigns.insert(name, made);
            }
        }
    }
    project.levels().apply(&mut more);
    if more.iter().any(|it| it.severity == Severity::Error) {
        bundled.sovereigns.clear();
    }
    bundled.diagnostics.extend(more);
    arrange(&mut bundled.diagnostics);
    Ok(bundled)
}

/// Releases with their objects, by Sovereign.
type Rendered = BTreeMap<String, Vec<RenderedRelease>>;

/// Renders the releases of the Sovereigns that are bundled, and says what is wrong with them, before levels.
fn rendered(
    project: &Project,
    options: &BundleOptions,
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> Result<(Rendered, Vec<Diagnostic>), Refusal> {
    let what = RenderOptions {
        only: options.compile.only.clone(),
        cancel: options.compile.cancel.clone(),
        ..RenderOptions::default()
    };
    let mut run = render(project, &what, engines.engine, engines.second, engines.archives, progress)?;
    let mut findings = looking::findings(project, &run);
    findings.append(&mut run.findings);
    let mut by_sovereign = Rendered::new();
    for release in run.releases {
        let sovereign = release.name.split('/').next().unwrap_or_default().to_owned();
        by_sovereign.entry(sovereign).or_default().push(release);
    }
    Ok((by_sovereign, findings))
}
