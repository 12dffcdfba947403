//! All phases up to emitted text, Sovereign by Sovereign.

use crate::plain::Plain;
use crate::{Progress, Project, Stage};
use catalyst_check::{Subject, check_project, check_rendered, check_with_externs};
use catalyst_db::{Database, Files, SovereignId};
use catalyst_diag::{Diagnostic, Place, Severity, arrange, rule};
use catalyst_emit::{Emitter, Merged, PathConflict, merge};
use catalyst_model::SovereignName;
use catalyst_plan::{EmittedTree, Plan, digest};
use catalyst_source::TreePath;
use catalyst_system::Cancel;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What to compile.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// Only these Sovereigns; all when empty.
    pub only: Vec<SovereignName>,
    /// Whether the lock must fit.
    pub locked: bool,
    /// The releases of rendered Sovereigns as plain manifests; without them, their output is HelmReleases like that of the others.
    pub plain: Option<Arc<Plain>>,
    /// Stops the run.
    pub cancel: Cancel,
}

/// One file of output as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// The text.
    pub text: String,
    /// Its SHA-256.
    pub sha256: String,
}

/// What became of one Sovereign.
#[derive(Debug, Default)]
pub struct SovereignOutput {
    /// Its plan; `None` when there is none, which is reported.
    pub plan: Option<Arc<Plan>>,
    /// What it emits.
    pub tree: EmittedTree,
    /// Externs of the project that it uses, by position.
    pub externs: BTreeSet<usize>,
    /// Whether no error stood before the rules were run, so that nothing is missing from the tree.
    pub complete: bool,
    /// What was found, before levels.
    pub diagnostics: Vec<Diagnostic>,
}

/// What is known of a Sovereign from an earlier run, so that it need not be compiled. Such a run had no errors.
#[derive(Debug)]
pub(crate) struct Known<T> {
    /// What `consume` would make of its output.
    pub value: T,
    /// Externs of the project that it uses, by position.
    pub externs: BTreeSet<usize>,
    /// What was found, before levels.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a run found and made.
#[derive(Debug)]
pub struct Compilation<T> {
    /// By Sovereign, what `consume` made of its output.
    pub sovereigns: BTreeMap<SovereignName, T>,
    /// All findings, levels applied, in order.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the run was stopped.
    pub cancelled: bool,
}

impl<T> Compilation<T> {
    /// Whether an error stands, so that nothing may be delivered.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.diagnostics)
    }
}

/// Compiles a project. The output of each Sovereign goes to `consume` as soon as it is there, so that only what `consume` keeps stays in
/// memory; the order of the calls is not fixed.
pub fn compile<T: Send>(
    project: &Project,
    options: &CompileOptions,
    progress: &dyn Progress,
    consume: impl Fn(&SovereignName, SovereignOutput) -> T + Sync,
) -> Compilation<T> {
    compile_unless(project, options, progress, &|_| None, consume)
}

/// [`compile()`], but for the Sovereigns of which `known` has the result already.
pub(crate) fn compile_unless<T: Send>(
    project: &Project,
    options: &CompileOptions,
    progress: &dyn Progress,
    known: &(dyn Fn(&SovereignName) -> Option<Known<T>> + Sync),
    consume: impl Fn(&SovereignName, SovereignOutput) -> T + Sync,
) -> Compilation<T> {
    let (db, files) = project.database();
    let mut diagnostics = project.diagnostics.clone();
    progress.begin(Stage::Parse, files.files(db).len());
    warm_up(db, files);
    let names: Vec<SovereignName> = catalyst_db::sovereigns(db, files)
        .iter()
        .filter(|name| options.only.is_empty() || options.only.contains(name))
        .cloned()
        .collect();
    progress.begin(Stage::Compile, names.len());
    let jobs: Vec<(SovereignName, Database)> = names.into_iter().map(|name| (name, db.clone())).collect();
    let remember = !project.is_frozen();
    let done: Vec<_> = jobs
        .into_par_iter()
        .filter_map(|(name, db)| {
            if options.cancel.is_cancelled() {
                return None;
            }
            let mut complete = true;
            let done = known(&name).unwrap_or_else(|| {
                let output = guarded(&db, files, &name, options, remember);
                complete = output.complete;
                let (externs, diagnostics) = (output.externs.clone(), output.diagnostics.clone());
                Known { value: consume(&name, output), externs, diagnostics }
            });
            progress.step(Stage::Compile, name.as_str());
            Some((name, done, complete))
        })
        .collect();
    let mut used = BTreeSet::new();
    let of_project = whole_project(project, options);
    // What is broken may be what would have used an extern.
    let mut whole = options.only.is_empty() && !has_errors(&of_project) && !has_errors(&diagnostics);
    let mut sovereigns = BTreeMap::new();
    for (name, done, complete) in done {
        whole &= complete;
        diagnostics.extend(done.diagnostics);
        used.extend(done.externs);
        sovereigns.insert(name, done.value);
    }
    diagnostics.extend(of_project);
    let levels = project.levels();
    levels.apply(&mut diagnostics);
    if whole && !options.cancel.is_cancelled() {
        let mut unused = catalyst_check::unused_externs(&catalyst_db::index(db, files).0, &used);
        levels.apply(&mut unused);
        diagnostics.extend(unused);
    }
    arrange(&mut diagnostics);
    crate::locate::sort_by_line(project, &mut diagnostics);
    Compilation { sovereigns, diagnostics, cancelled: options.cancel.is_cancelled() }
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|it| it.severity == Severity::Error)
}

/// Parses all files in parallel, so that the queries over all of them find their parts ready.
pub(crate) fn warm_up(db: &Database, files: Files) {
    let list = files.files(db).clone();
    let chunk = list.len().div_ceil(rayon::current_num_threads().max(1) * 4).max(1);
    let jobs: Vec<_> = list.chunks(chunk).map(|chunk| (chunk.to_vec(), db.clone())).collect();
    jobs.into_par_iter().for_each(|(chunk, db)| {
        for file in chunk {
            match file.kind(&db) {
                catalyst_db::FileKind::Intent => drop(catalyst_db::checked(&db, file)),
                catalyst_db::FileKind::Chart => drop(catalyst_db::chart(&db, file)),
                catalyst_db::FileKind::Values => drop(catalyst_db::parsed(&db, file)),
                catalyst_db::FileKind::Tests => drop(catalyst_db::chart_tests(&db, file)),
                catalyst_db::FileKind::Template => {}
            }
        }
    });
}

/// Findings that belong to no Sovereign.
fn whole_project(project: &Project, options: &CompileOptions) -> Vec<Diagnostic> {
    let (db, files) = project.database();
    let mut out = Vec::new();
    for file in files.files(db).iter().filter(|it| it.kind(db) == catalyst_db::FileKind::Intent) {
        out.extend(catalyst_db::lowered(db, *file).diagnostics.iter().cloned());
        out.extend(catalyst_db::checked(db, *file).iter().cloned());
    }
    for file in files.files(db).iter().filter(|it| it.kind(db) == catalyst_db::FileKind::Chart) {
        out.extend(catalyst_db::chart_problems(db, *file).iter().cloned());
    }
    out.extend(crate::charts::problems(project));
    let (index, found) = catalyst_db::index(db, files);
    out.extend(found.iter().cloned());
    out.extend(catalyst_db::blueprints(db, files).1.iter().cloned());
    out.extend(catalyst_db::compiled_kit(db, files).iter().flat_map(|(_, found)| found.iter().cloned()));
    out.extend(catalyst_db::lock(db, files).1.iter().cloned());
    if options.locked && files.lock(db).is_none() {
        let place = Place::file(&lock_path());
        out.push(
            Diagnostic::new(&rule::LOCK_MISSING, place, "there is no `catalyst.lock`")
                .help("run `catalystc lock` and commit the result"),
        );
    }
    out.extend(check_project(index));
    out
}

fn lock_path() -> TreePath {
    TreePath::new(catalyst_system::LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"))
}

/// One Sovereign; a fault of the compiler itself becomes a finding, and the others go on.
fn guarded(
    db: &Database,
    files: Files,
    name: &SovereignName,
    options: &CompileOptions,
    remember: bool,
) -> SovereignOutput {
    let index = &catalyst_db::index(db, files).0;
    let place = index.sovereigns.get(name).map(|it| it.sovereign.place.clone());
    let place = place.unwrap_or_else(|| Place::file(&lock_path()));
    guard(name, place, || compile_one(db, files, name, options, remember))
}

/// Runs the phases of one Sovereign. A panic in them becomes a finding at `place`, and no output.
pub fn guard(name: &SovereignName, place: Place, run: impl FnOnce() -> SovereignOutput) -> SovereignOutput {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(output) => output,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text =
                text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned())).unwrap_or_default();
            let found = Diagnostic::new(
                &rule::INTERNAL_ERROR,
                place,
                format!("catalystc failed on Sovereign `{name}`: {text}"),
            )
            .help(format!(
                "this is a bug; please report it with the intent that shows it (catalystc {})",
                env!("CARGO_PKG_VERSION")
            ));
            SovereignOutput { diagnostics: vec![found], ..SovereignOutput::default() }
        }
    }
}

/// One Sovereign through resolve, plan, emit and check. With `remember` the database keeps resolution and plan for the next time; without,
/// they go with the output, so that a fleet needs no more memory than its Sovereigns in work.
pub fn compile_one(
    db: &Database,
    files: Files,
    name: &SovereignName,
    options: &CompileOptions,
    remember: bool,
) -> SovereignOutput {
    let Some(intent) = catalyst_db::index(db, files).0.sovereigns.get(name) else {
        return SovereignOutput::default();
    };
    let (resolved, planned);
    let ((resolution, found), (plan, more)) = if remember {
        let id = SovereignId::new(db, name.clone());
        (catalyst_db::resolved(db, files, id), catalyst_db::planned(db, files, id))
    } else {
        resolved = catalyst_db::resolve(db, files, intent);
        planned = catalyst_db::plan(db, files, intent, &resolved.0);
        (&resolved, &planned)
    };
    let mut diagnostics: Vec<Diagnostic> = found.iter().chain(more).cloned().collect();
    if options.locked
        && let Some(lock) = &catalyst_db::lock(db, files).0
    {
        let mut own = lock.clone();
        own.roots.retain(|root, _| root.split('/').next() == Some(name.as_str()));
        diagnostics.extend(catalyst_resolve::verify_lock(&own, [(name.as_str(), resolution)]));
    }
    let complete = !has_errors(&diagnostics);
    let mut tree = EmittedTree::default();
    let mut externs = BTreeSet::new();
    if let Some(plan) = plan {
        let merged = emit(plan);
        diagnostics
            .extend(merged.conflicts.iter().map(|conflict| taken_twice(conflict, &plan.sovereign.place)));
        tree = merged.tree;
        let subject = Subject {
            index: &catalyst_db::index(db, files).0,
            sovereign: intent,
            plan,
            resolution,
            tree: &tree,
        };
        let (found, used) = check_with_externs(&subject);
        diagnostics.extend(found);
        externs = used;
        if let Some(plain) = options.plain.as_ref().filter(|it| it.has(name)) {
            diagnostics.extend(plain.write(name, plan, &mut tree));
            let index = &catalyst_db::index(db, files).0;
            let subject = Subject { index, sovereign: intent, plan, resolution, tree: &tree };
            let said: BTreeSet<String> = diagnostics.iter().map(|it| it.message.clone()).collect();
            // What stood in the values already was said there.
            diagnostics.extend(check_rendered(&subject).into_iter().filter(|it| !said.contains(&it.message)));
        }
    }
    SovereignOutput { plan: plan.clone(), tree, externs, complete, diagnostics }
}

/// All emitters over one plan.
fn emit(plan: &Plan) -> Merged {
    let (flux, gitea) = (catalyst_flux::Flux, catalyst_gitea::Gitea);
    let trees = rayon::join(|| flux.emit(plan), || gitea.emit(plan));
    merge([(flux.name(), trees.0), (gitea.name(), trees.1)])
}

/// Two emitters that want the same path: names are checked so that this cannot happen.
fn taken_twice(conflict: &PathConflict, place: &Place) -> Diagnostic {
    let PathConflict { path, against, first, second } = conflict;
    Diagnostic::new(
        &rule::INTERNAL_ERROR,
        place.clone(),
        format!("emitter `{second}` writes `{path}`, and emitter `{first}` has `{against}`"),
    )
    .help("this is a bug; please report it with the intent that shows it")
}

impl SovereignOutput {
    /// The text of every file.
    pub fn render(&self) -> BTreeMap<TreePath, RenderedFile> {
        let quoted = self.plan.as_ref().map(|plan| plan.facts.domain.clone());
        let render = |(path, file)| {
            let text = catalyst_emit::render(file, path, quoted.as_deref());
            let sha256 = digest(text.as_bytes());
            (TreePath::clone(path), RenderedFile { text, sha256 })
        };
        self.tree.files.par_iter().map(render).collect()
    }
}
