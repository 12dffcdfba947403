//! The main job: compile, and write what came out.

use crate::compile::CompileOptions;
use crate::deliver::{DeliverOptions, Delivered, Outgoing};
use crate::fresh;
use crate::template::kit_template;
use crate::{Progress, Project, RenderedFile, SovereignOutput, Stage, compile};
use catalyst_diag::{Diagnostic, Level, Severity, arrange, rule};
use catalyst_model::SovereignName;
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Cancel, Delivery, Foreign, IoError, IoErrorKind, clear_leftovers};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    /// Stops the build.
    pub cancel: Cancel,
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

/// Builds a project.
pub fn build(project: &Project, options: &BuildOptions, progress: &dyn Progress) -> Result<Built, IoError> {
    let out = options.out.clone().unwrap_or_else(|| project.default_out());
    if options.check {
        return look(project, options, out, progress);
    }
    let settings =
        DeliverOptions { cancel: options.cancel.clone(), prune: options.prune, ..DeliverOptions::default() };
    let outgoing = Outgoing::begin(&out, &settings)?;
    let compiling =
        CompileOptions { only: options.only.clone(), locked: options.locked, cancel: options.cancel.clone() };
    let done = compile(project, &compiling, progress, |_, output| {
        let counts = Counts::of(&output);
        outgoing.add(&output.render());
        counts
    });
    let mut built =
        Built { out, sovereigns: done.sovereigns, diagnostics: done.diagnostics, delivered: None };
    // Only where a foreign file is an error does it have to be known before anything is written.
    if !options.prune && project.levels().get(&rule::FOREIGN_FILE) == Level::Deny {
        let found = fresh::foreign(project, &built.out);
        built.add(project, found);
    }
    let failed = built.has_errors();
    if done.cancelled {
        outgoing.abort();
        return Err(IoError::cancelled("build", &built.out));
    }
    if failed {
        outgoing.abort();
        return Ok(built);
    }
    progress.begin(Stage::Write, 1);
    let kit = template_files(project);
    if !options.only.is_empty() {
        outgoing.keep_others(&options.only);
    }
    // Both are complete before either takes its place.
    let template = begin_template(project, &kit)?;
    let delivered = outgoing.commit(options.prune)?;
    let foreign = delivered.foreign.iter().map(|path| fresh::foreign_file(project, &built.out, path));
    let foreign = foreign.collect();
    built.add(project, foreign);
    built.delivered = Some(delivered);
    commit_template(template)?;
    Ok(built)
}

/// Compiles, and compares with what stands in the output folder.
fn look(
    project: &Project,
    options: &BuildOptions,
    out: PathBuf,
    progress: &dyn Progress,
) -> Result<Built, IoError> {
    let compiling =
        CompileOptions { only: options.only.clone(), locked: options.locked, cancel: options.cancel.clone() };
    let done = compile(project, &compiling, progress, |_, output| {
        let hashes: Vec<_> = output.render().into_iter().map(|(path, file)| (path, file.sha256)).collect();
        (Counts::of(&output), hashes)
    });
    if done.cancelled {
        return Err(IoError::cancelled("build", &out));
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
