//! The main job: compile, and write what came out.

use crate::cache::{Certificate, Inputs, Made, SPARE};
use crate::compile::{CompileOptions, compile_unless};
use crate::deliver::{DeliverOptions, Delivered, IndexFile, Outgoing};
use crate::fresh;
use crate::plain::{Plain, Renderer, chart_paths, rendered_sovereigns};
use crate::template::kit_template;
use crate::{Progress, Project, Refusal, RenderedFile, SovereignOutput, Stage, compile};
use catalyst_diag::{Diagnostic, Level, Severity, arrange, rule};
use catalyst_model::SovereignName;
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Cancel, Delivery, Foreign, IoError, IoErrorKind, clear_leftovers};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to build, and where to.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// The output folder; the folder of the Git source unless given.
    pub out: Option<PathBuf>,
    /// Only these Sovereigns; all when empty. The others' files stay as they are.
    pub only: Vec<SovereignName>,
    /// Whether the lock must fit.
    pub locked: bool,
    /// Whether foreign files are removed.
    pub prune: bool,
    /// Whether nothing is written, and what would change is reported instead.
    pub check: bool,
    /// Whether the cache is neither read nor written.
    pub no_cache: bool,
    /// What renders the releases of Sovereigns whose output is plain manifests.
    pub renderer: Renderer,
    /// Stops the build.
    pub cancel: Cancel,
}

/// Why there is no build.
#[derive(Debug)]
pub enum BuildError {
    /// Something cannot be read or written, or somebody stopped it.
    Io(IoError),
    /// A Sovereign is rendered, and there is nothing to render with.
    Refused(Refusal),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Io(error) => error.fmt(f),
            BuildError::Refused(refusal) => f.write_str(&refusal.text),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<IoError> for BuildError {
    fn from(error: IoError) -> Self {
        BuildError::Io(error)
    }
}

impl From<Refusal> for BuildError {
    fn from(refusal: Refusal) -> Self {
        BuildError::Refused(refusal)
    }
}

impl BuildError {
    /// Whether somebody stopped it.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, BuildError::Io(error) if error.kind == IoErrorKind::Cancelled)
    }
}

/// What a build found and made.
#[derive(Debug)]
pub struct Built {
    /// The output folder.
    pub out: PathBuf,
    /// Counts, by Sovereign.
    pub sovereigns: BTreeMap<SovereignName, Counts>,
    /// All findings.
    pub diagnostics: Vec<Diagnostic>,
    /// What was written; `None` when an error stood in the way, or somebody stopped it.
    pub delivered: Option<Delivered>,
}

/// How much one Sovereign has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Host clusters.
    pub clusters: usize,
    /// vClusters.
    pub vclusters: usize,
    /// Releases of the kit, in all clusters.
    pub releases: usize,
    /// Applications, in all Environments.
    pub applications: usize,
}

impl Built {
    /// Whether an error stands.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }

    /// Adds findings, at the levels of the project.
    fn add(&mut self, project: &Project, mut found: Vec<Diagnostic>) {
        project.levels().apply(&mut found);
        self.diagnostics.extend(found);
        arrange(&mut self.diagnostics);
    }
}

impl Counts {
    /// Counts a Sovereign's output.
    pub fn of(output: &SovereignOutput) -> Counts {
        let Some(plan) = &output.plan else { return Counts::default() };
        Counts {
            clusters: plan.clusters.len(),
            vclusters: plan.clusters.values().map(|it| it.vclusters.len()).sum(),
            releases: plan.clusters.values().map(|it| it.releases.len()).sum(),
            applications: plan.applications.values().map(|it| it.environments.len()).sum(),
        }
    }
}

impl BuildOptions {
    /// Whether the cache is of use: it is about whole builds that write.
    pub(crate) fn is_cached(&self) -> bool {
        !self.no_cache && !self.check && self.only.is_empty()
    }

    pub(crate) fn compiling(&self, plain: Option<Arc<Plain>>) -> CompileOptions {
        CompileOptions { only: self.only.clone(), locked: self.locked, plain, cancel: self.cancel.clone() }
    }

    /// What the output depends on.
    pub(crate) fn inputs(&self, project: &Project) -> Inputs {
        let inputs = Inputs::of(project, self.locked);
        match rendered_sovereigns(project, &self.only).is_empty() {
            true => inputs,
            false => inputs.with_charts(project, chart_paths(project), &self.renderer),
        }
    }
}

/// Builds a project.
pub fn build(
    project: &Project,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<Built, BuildError> {
    if options.check {
        let out = options.out.clone().unwrap_or_else(|| project.default_out());
        return look(project, options, out, progress);
    }
    let inputs = options.is_cached().then(|| options.inputs(project));
    let earlier = inputs.as_ref().and_then(|_| Certificate::load(project));
    let whole = build_whole(project, options, progress, inputs.as_ref().zip(earlier))?;
    if let (Some(inputs), Some((made, _))) = (inputs, whole.parts) {
        progress.begin(Stage::Remember, 1);
        if let Some(certificate) = Certificate::of(project, options, &inputs, &whole.built, made) {
            certificate.store(project);
        }
    }
    Ok(whole.built)
}

/// A build of everything, and what a later one may go on from.
pub(crate) struct Whole {
    pub(crate) built: Built,
    /// What became of each Sovereign, and the index of the output; `None` when nothing was delivered.
    pub(crate) parts: Option<(BTreeMap<SovereignName, Made>, IndexFile)>,
}

/// Builds everything, but for the Sovereigns whose part of an earlier build still holds.
pub(crate) fn build_whole(
    project: &Project,
    options: &BuildOptions,
    progress: &dyn Progress,
    earlier: Option<(&Inputs, Certificate)>,
) -> Result<Whole, BuildError> {
    let out = options.out.clone().unwrap_or_else(|| project.default_out());
    let settings = DeliverOptions {
        cancel: options.cancel.clone(),
        prune: options.prune,
        spare: options.is_cached().then(|| project.root.path().join(SPARE)),
        ..DeliverOptions::default()
    };
    let outgoing = Outgoing::begin(&out, &settings)?;
    let earlier =
        earlier.and_then(|(inputs, certificate)| Earlier::of(project, &out, &outgoing, inputs, certificate));
    let known = |name: &SovereignName| Some(earlier.as_ref()?.known(name)?.known());
    let mut rendered = rendered_sovereigns(project, &options.only);
    rendered.retain(|name| known(name).is_none());
    let plain = options.renderer.render(project, &rendered, progress, &options.cancel)?;
    let mut done = compile_unless(project, &options.compiling(plain), progress, &known, |_, output| {
        let added = outgoing.add(&output.render());
        Made::of(output, added)
    });
    let sovereigns = done.sovereigns.iter().map(|(name, made)| (name.clone(), made.counts)).collect();
    let mut built = Built { out, sovereigns, diagnostics: done.diagnostics, delivered: None };
    // Only where a foreign file is an error does it have to be known before anything is written.
    if !options.prune && project.levels().get(&rule::FOREIGN_FILE) == Level::Deny {
        let found = fresh::foreign(project, &built.out);
        built.add(project, found);
    }
    let failed = built.has_errors();
    if done.cancelled {
        outgoing.abort();
        return Err(IoError::cancelled("build", &built.out).into());
    }
    if failed {
        outgoing.abort();
        return Ok(Whole { built, parts: None });
    }
    progress.begin(Stage::Write, 1);
    // Only now: a second name changes how a file looks, and after an error nothing should.
    done.sovereigns.par_iter_mut().for_each(|(name, made)| {
        if let Some(bytes) = made.kept {
            made.added = outgoing.keep(name, bytes);
        }
    });
    let kit = template_files(project);
    if !options.only.is_empty() {
        outgoing.keep_others(&options.only);
    }
    // Both are complete before either takes its place.
    let template = begin_template(project, &kit)?;
    let (delivered, index) = outgoing.commit(options.prune)?;
    let foreign = delivered.foreign.iter().map(|path| fresh::foreign_file(project, &built.out, path));
    let foreign = foreign.collect();
    built.add(project, foreign);
    built.delivered = Some(delivered);
    commit_template(template)?;
    Ok(Whole { built, parts: Some((done.sovereigns, index)) })
}

/// An earlier build of the same folder, of which parts may still hold.
struct Earlier {
    certificate: Certificate,
    keys: BTreeMap<SovereignName, String>,
}

impl Earlier {
    fn of(
        project: &Project,
        out: &Path,
        outgoing: &Outgoing,
        inputs: &Inputs,
        certificate: Certificate,
    ) -> Option<Earlier> {
        let is_same =
            out.to_str() == Some(&certificate.out) && outgoing.old_index() == Some(&certificate.index);
        if !is_same {
            return None;
        }
        crate::compile::warm_up(project.database().0, project.database().1);
        Some(Earlier { certificate, keys: inputs.keys(project) })
    }

    /// What is known of a Sovereign that depends on nothing that changed, and whose files nobody has touched.
    fn known(&self, name: &SovereignName) -> Option<Made> {
        let part = self.certificate.sovereigns.get(name)?;
        let holds = self.keys.get(name) == Some(&part.key) && self.certificate.is_untouched(name);
        holds.then(|| Made {
            counts: part.counts,
            kept: Some(part.bytes),
            added: None,
            externs: part.externs.clone(),
            findings: part.findings.clone(),
        })
    }
}

/// Compiles, and compares with what stands in the output folder.
fn look(
    project: &Project,
    options: &BuildOptions,
    out: PathBuf,
    progress: &dyn Progress,
) -> Result<Built, BuildError> {
    let plain = options.renderer.plain(project, &options.only, progress, &options.cancel)?;
    let done = compile(project, &options.compiling(plain), progress, |_, output| {
        let hashes: Vec<_> = output.render().into_iter().map(|(path, file)| (path, file.sha256)).collect();
        (Counts::of(&output), hashes)
    });
    if done.cancelled {
        return Err(IoError::cancelled("build", &out).into());
    }
    let (mut sovereigns, mut wanted) = (BTreeMap::new(), BTreeMap::new());
    for (name, (counts, hashes)) in done.sovereigns {
        sovereigns.insert(name, counts);
        wanted.extend(hashes);
    }
    let mut built = Built { out, sovereigns, diagnostics: done.diagnostics, delivered: None };
    // What does not compile has no output to compare.
    if !built.has_errors() {
        let mut found = fresh::output(project, &built.out, wanted, &options.only);
        found.extend(fresh::template(project, &template_files(project)));
        built.add(project, found);
    }
    Ok(built)
}

/// The shared kit as text, by path below the project.
pub fn template_files(project: &Project) -> BTreeMap<TreePath, RenderedFile> {
    let files = kit_template(project);
    let render = |(path, file): (&TreePath, &catalyst_plan::EmittedFile)| {
        let text = catalyst_emit::render(file, path, Some(crate::template::DOMAIN_VARIABLE));
        let sha256 = digest(text.as_bytes());
        (path.clone(), RenderedFile { text, sha256 })
    };
    files.iter().map(render).collect()
}

/// Writes the shared kit beside its folder, unless no byte of it differs.
fn begin_template(
    project: &Project,
    files: &BTreeMap<TreePath, RenderedFile>,
) -> Result<Option<Delivery>, IoError> {
    let Some(folder) = files.keys().next().and_then(TreePath::parent) else { return Ok(None) };
    let folder = project.root.join(&folder);
    if is_fresh(project, files) {
        // A run that was killed after the kit took its place has left the old one.
        clear_leftovers(&folder);
        return Ok(None);
    }
    let delivery = Delivery::begin(&folder)?;
    for (path, file) in files {
        let name = TreePath::new(path.file_name()).unwrap_or_else(|error| unreachable!("{error}"));
        delivery.write(&name, file.text.as_bytes())?;
    }
    Ok(Some(delivery))
}

/// Puts the shared kit in its place. The output is there already, which an error has to say.
fn commit_template(template: Option<Delivery>) -> Result<(), IoError> {
    let Some(delivery) = template else { return Ok(()) };
    delivery.commit(Foreign::Drop).map(drop).map_err(|error| IoError {
        kind: IoErrorKind::Other,
        text: format!("{}; the output is the new one already, the shared kit is not", error.text),
        ..error
    })
}

/// Whether the committed kit is what the compiler makes.
pub fn is_fresh(project: &Project, files: &BTreeMap<TreePath, RenderedFile>) -> bool {
    let Some(folder) = files.keys().next().and_then(TreePath::parent) else { return true };
    let there = catalyst_system::list_tree(&project.root.join(&folder)).unwrap_or_default();
    there.len() == files.len()
        && files.iter().all(|(path, file)| {
            let read = catalyst_system::read_bytes(&project.root, path, u64::MAX);
            read.is_ok_and(|(bytes, _)| bytes == file.text.as_bytes())
        })
}
