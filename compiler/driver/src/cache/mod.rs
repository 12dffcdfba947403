//! What the last build found and made, so that the next one need not find it again.
//!
//! The cache is one file, `.catalystc/cache/build` in the project, about the last complete build. It holds no output, only digests: of what
//! was read ([`Inputs`]), of how the written files look ([`Stamp`]), and the findings. A build whose inputs and outputs are
//! as they were is answered from it; otherwise a Sovereign whose own part is unchanged keeps its files, and the rest is compiled. Any doubt,
//! such as a damaged file, another program, a foreign file in the output, means to compile. Removing the file is always safe.

mod findings;
mod inputs;
mod stamp;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use inputs::Inputs;
pub(crate) use stamp::{Stamp, Stamper};
pub(crate) use store::keep_out_of_git;

use crate::build::{BuildOptions, Built, Counts};
use crate::compile::{Known, SovereignOutput};
use crate::deliver::{Added, BUNDLES_FILE, Delivered, INDEX_FILE};
use crate::{KIT_FOLDER, Project};
use catalyst_diag::Diagnostic;
use catalyst_model::SovereignName;
use catalyst_plan::digest;
use catalyst_source::TreePath;
use catalyst_system::{Root, names, read_bytes, tick};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Where the tree before the present one waits for the next build, beside the cache.
pub(crate) const SPARE: &str = ".catalystc/cache/spare";

/// What is remembered of a build.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Certificate {
    /// Digest of all that was read, options included.
    pub(crate) inputs: String,
    /// Charts that rendered output was made from; none when no output is rendered.
    pub(crate) charts: Vec<TreePath>,
    /// The output folder as it was asked for.
    pub(crate) asked: Option<String>,
    /// The output folder.
    pub(crate) out: String,
    /// SHA-256 of the text of the output's index.
    pub(crate) index: String,
    /// The folder of the shared kit and its stamp, when there is a kit.
    pub(crate) kit: Option<(TreePath, String)>,
    /// Files, bytes and digest of the output.
    pub(crate) tree: (usize, u64, String),
    /// All findings, levels applied, in order.
    pub(crate) findings: Vec<Diagnostic>,
    /// By Sovereign.
    pub(crate) sovereigns: BTreeMap<SovereignName, Part>,
}

/// What is remembered of one Sovereign.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// Digest of what its output depends on.
    pub(crate) key: String,
    /// The stamp of its files.
    pub(crate) stamp: String,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// How much it has.
    pub(crate) counts: Counts,
    /// Externs that it uses.
    pub(crate) externs: BTreeSet<usize>,
    /// Its findings, before levels.
    pub(crate) findings: Vec<Diagnostic>,
}

/// What a build has made of one Sovereign.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) counts: Counts,
    /// The bytes of its files, when they are those of the old tree.
    pub(crate) kept: Option<u64>,
    /// What became of its files; nothing when they were not delivered.
    pub(crate) added: Option<Added>,
    pub(crate) externs: BTreeSet<usize>,
    pub(crate) findings: Vec<Diagnostic>,
}

impl Made {
    pub(crate) fn of(output: SovereignOutput, added: Option<Added>) -> Made {
        let counts = Counts::of(&output);
        Made { counts, kept: None, added, externs: output.externs, findings: output.diagnostics }
    }

    /// As what is known of a Sovereign that need not be compiled.
    pub(crate) fn known(self) -> Known<Made> {
        let (externs, diagnostics) = (self.externs.clone(), self.findings.clone());
        Known { value: self, externs, diagnostics }
    }
}

/// The result of a build without building, when nothing that it reads or writes has changed since the last one. It is what [`crate::build()`]
/// would give.
pub fn recall(project: &Project, options: &BuildOptions) -> Option<Built> {
    if !options.is_cached() {
        return None;
    }
    let known = Certificate::load(project)?;
    // Whether output is rendered is known without reading intent: had that changed, other inputs would have.
    let inputs = || {
        let inputs = Inputs::of(project, options.locked);
        match known.charts.is_empty() {
            true => inputs,
            false => inputs.with_charts(project, known.charts.clone(), &options.renderer),
        }
    };
    let is_same = known.asked == asked(options)
        && known.inputs == inputs().digest()
        && known.is_index_there()
        && known.has_only_its_own()
        && known.sovereigns.par_iter().all(|(name, _)| known.is_untouched(name))
        && known.kit.iter().all(|(folder, stamp)| {
            Stamp::of(project.root.path(), folder).is_some_and(|now| now.full == *stamp)
        });
    if !is_same {
        return None;
    }
    let (files, bytes, digest) = known.tree;
    let delivered =
        Delivered { files, written: 0, removed: 0, bytes, digest, index: known.index, foreign: Vec::new() };
    Some(Built {
        out: known.out.into(),
        sovereigns: known.sovereigns.into_iter().map(|(name, part)| (name, part.counts)).collect(),
        diagnostics: known.findings,
        delivered: Some(delivered),
    })
}

impl Certificate {
    /// Whether the index of the output is the one that was written.
    pub(crate) fn is_index_there(&self) -> bool {
        let index = TreePath::new(INDEX_FILE).ok().zip(Root::new(Path::new(&self.out)).ok());
        index.is_some_and(|(path, root)| {
            read_bytes(&root, &path, u64::MAX).is_ok_and(|(bytes, _)| digest(&bytes) == self.index)
        })
    }

    fn has_only_its_own(&self) -> bool {
        let mut own: Vec<&str> = self.sovereigns.keys().map(SovereignName::as_str).collect();
        own.push(INDEX_FILE);
        own.sort_unstable();
        let names = names(Path::new(&self.out));
        names.is_some_and(|names| names.iter().filter(|it| *it != BUNDLES_FILE).eq(own.iter().copied()))
    }

    /// Whether the files of a Sovereign are as they were delivered.
    pub(crate) fn is_untouched(&self, name: &SovereignName) -> bool {
        let now = stamp_of(Path::new(&self.out), name);
        self.sovereigns.get(name).is_some_and(|part| now.is_some_and(|now| now.full == part.stamp))
    }

    /// Remembers a build that was just delivered. Whatever makes that doubtful, such as a file that changed since it was written, is a
    /// reason to remember nothing.
    pub(crate) fn of(
        project: &Project,
        options: &BuildOptions,
        inputs: &Inputs,
        built: &Built,
        made: BTreeMap<SovereignName, Made>,
    ) -> Option<Certificate> {
        let delivered = built.delivered.as_ref().filter(|it| it.foreign.is_empty())?;
        let mut newest = kit_of(project)?.map_or(i64::MIN, |(_, stamp)| stamp.newest_ns);
        for made in made.values() {
            newest = newest.max(made.added.as_ref()?.stamp.newest_ns);
        }
        wait_for_a_later_tick(&built.out, newest)?;
        let keys = inputs.keys(project);
        let part = |(name, made): (SovereignName, Made)| {
            let (now, added) = (stamp_of(&built.out, &name)?, made.added?);
            let part = Part {
                key: keys.get(&name)?.clone(),
                stamp: now.full,
                bytes: added.bytes,
                counts: made.counts,
                externs: made.externs,
                findings: made.findings,
            };
            (now.delivered == added.stamp.delivered).then_some((name, part))
        };
        let certificate = Certificate {
            inputs: inputs.digest(),
            charts: inputs.charts().to_vec(),
            asked: asked(options),
            out: built.out.to_str()?.to_owned(),
            index: delivered.index.clone(),
            kit: kit_of(project)?.map(|(folder, stamp)| (folder, stamp.full)),
            tree: (delivered.files, delivered.bytes, delivered.digest.clone()),
            findings: built.diagnostics.clone(),
            sovereigns: made.into_par_iter().map(part).collect::<Option<_>>()?,
        };
        (certificate.is_index_there() && certificate.has_only_its_own()).then_some(certificate)
    }
}

fn asked(options: &BuildOptions) -> Option<String> {
    options.out.as_ref().map(|out| out.to_string_lossy().into_owned())
}

fn stamp_of(out: &Path, name: &SovereignName) -> Option<Stamp> {
    Stamp::of(out, &TreePath::new(name.as_str()).ok()?)
}

/// The folder of the shared kit and its stamp. Reads the index.
fn kit_of(project: &Project) -> Option<Option<(TreePath, Stamp)>> {
    let (db, files) = project.database();
    let Some(kit) = catalyst_db::kit(db, files) else { return Some(None) };
    let folder = kit.place.file.parent()?.join(KIT_FOLDER).ok()?;
    let stamp = Stamp::of(project.root.path(), &folder)?;
    Some(Some((folder, stamp)))
}

/// A change within the same tick of the file system's clock would leave no trace in a stamp: waits until the next one, which takes some
/// milliseconds at most. A clock that is too coarse for that is not waited for.
fn wait_for_a_later_tick(out: &Path, newest_ns: i64) -> Option<()> {
    for _ in 0..10 {
        if tick(out)? > newest_ns {
            return Some(());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}
