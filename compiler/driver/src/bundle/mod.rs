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
pub use images::{ImageLayouts, ImageOptions, ImageSource, RegistryImages};
pub use state::{State, read_state, write_state};
pub use unpack::{Unpacked, unpack};

use self::contents::Compiled;
use crate::looking;
use crate::moving::MoveError;
use crate::rendering::{Engines, RenderOptions, RenderedRelease, render};
use crate::rewriting;
use crate::{CompileOptions, Progress, Project, Refusal, compile};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::Layout;
use catalyst_bundle::release::{AssembleError, Closure, Contents, Header, assemble};
use catalyst_diag::{Diagnostic, Severity, arrange};
use catalyst_model::SovereignName;
use catalyst_system::IoError;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What to bundle, and as what.
#[derive(Debug)]
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
    /// A registry does not give an image.
    Fetch(MoveError),
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
    let done = compile(project, &options.compile, progress, |name, mut output| {
        let Some(plan) = output.plan.clone() else { return Ok(None) };
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
        // What is rendered stands in the tree, with its images rewritten.
        let is_plain = options.compile.plain.iter().any(|it| it.has(name));
        let rendered = rendered.filter(|_| !is_plain);
        let hosts = catalyst_check::Hosts::of(&plan, &output.tree);
        let rewritten = rendered.zip(hosts).and_then(|(releases, hosts)| {
            rewriting::rewritten(&plan, &hosts, releases, &sources.digests, |_| false)
        });
        if let Some(rewritten) = &rewritten {
            rewritten.write(&mut output.tree);
        }
        let rewritten = rewritten.as_ref();
        let mut found = Vec::new();
        let compiled = Compiled { plan: &plan, output: &output, rendered, rewritten, is_plain };
        let contents = contents::contents(&sources, header, &compiled, &mut found);
        let contents = contents.map_err(NoBundle::Io)?;
        let pinned = rewritten.map(|it| it.pinned.clone()).unwrap_or_default();
        Ok(Some((contents, pinned, found)))
    });
    let mut bundled =
        Bundled { sovereigns: BTreeMap::new(), cancelled: done.cancelled, diagnostics: Vec::new() };
    let has_errors = done.has_errors();
    bundled.diagnostics = done.diagnostics;
    let mut more = findings.take().unwrap_or_default();
    let mut contents = Vec::new();
    if !has_errors {
        for (name, made) in done.sovereigns {
            if let Some((made, pinned, found)) = made? {
                more.extend(found);
                contents.push((name, made, pinned));
            }
        }
    }
    project.levels().apply(&mut more);
    if more.iter().all(|it| it.severity != Severity::Error) && !bundled.cancelled {
        // One after the other: Sovereigns share images, and what one of them has fetched is there for the next.
        for (name, contents, pinned) in &mut contents {
            let Some(images) = &options.images else { break };
            let (carried, missing) = images::carry(images, &mut contents.closure, pinned)?;
            if !missing.is_empty() && !images.may_miss {
                return Err(NoBundle::Missing(name.clone(), missing));
            }
            contents.carried.extend(carried);
        }
        let assembled = |(name, contents, _): (SovereignName, Contents, _)| {
            let layout = assemble(&contents).map_err(|error| NoBundle::Assemble(name.clone(), error))?;
            Ok((name, Made { layout, closure: contents.closure }))
        };
        bundled.sovereigns = contents.into_par_iter().map(assembled).collect::<Result<_, NoBundle>>()?;
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
        by_sovereign.entry(release.sovereign().to_owned()).or_default().push(release);
    }
    Ok((by_sovereign, findings))
}
