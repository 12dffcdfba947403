//! What plain manifests are made with: the program that renders, and the charts that were fetched.

use super::{Plain, plain, rendered_sovereigns};
use crate::charts::{self, engine};
use crate::rendering::Engines;
use crate::{Progress, Project, Refusal, vendor};
use catalyst_model::SovereignName;
use catalyst_plan::Hasher;
use catalyst_source::TreePath;
use catalyst_system::{Cancel, EnvVars, Root, Var, list_tree, meta_of, read_bytes, which};
use std::path::PathBuf;
use std::sync::Arc;

/// Largest file that is compared.
const LARGEST: u64 = 1 << 30;

/// How releases become plain manifests, for the Sovereigns whose output is rendered.
#[derive(Debug, Clone, Default)]
pub struct Renderer {
    /// The `helm` program; that of `catalyst.yaml`, else the first in `PATH`, unless given.
    pub helm: Option<PathBuf>,
    /// The environment, for `PATH`.
    pub env: EnvVars,
    /// The store of charts, when it is not the project's own.
    pub store: Option<PathBuf>,
}

impl Renderer {
    /// The releases of the rendered Sovereigns among these, or among all, as plain manifests. Nothing, and no program is started, when there is
    /// no such Sovereign.
    pub fn plain(
        &self,
        project: &Project,
        only: &[SovereignName],
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Option<Arc<Plain>>, Refusal> {
        let wanted = rendered_sovereigns(project, only);
        self.render(project, &wanted, progress, cancel)
    }

    /// The same for Sovereigns that are known to be rendered.
    pub(crate) fn render(
        &self,
        project: &Project,
        wanted: &[SovereignName],
        progress: &dyn Progress,
        cancel: &Cancel,
    ) -> Result<Option<Arc<Plain>>, Refusal> {
        let Some(first) = wanted.first() else { return Ok(None) };
        let engine = engine(project, self.helm.as_deref(), &self.env, cancel, true).map_err(|refusal| {
            let text = format!("the output of Sovereign `{first}` is rendered: {}", refusal.text);
            Refusal { text, help: refusal.help }
        })?;
        let archives = vendor::charts(project, self.store.as_deref());
        let engines = Engines { engine: &engine, second: engine.second(), archives: &archives };
        let mut made = plain(project, wanted, &engines, progress, cancel);
        let version = engine.helm().version();
        for it in made.sovereigns.values_mut() {
            // A program of another series than that of the cluster may give other manifests.
            let against = it.targets.iter().filter_map(|it| charts::mismatch(project, version, it));
            it.findings.extend(against);
        }
        Ok(Some(Arc::new(made)))
    }

    /// Digest of all that plain manifests are made from beside what every build reads: the program as its file looks, and all files of these
    /// charts. Starts nothing.
    pub(crate) fn stamp(&self, project: &Project, charts: &[TreePath]) -> String {
        let mut all = Hasher::default();
        let program = charts::named_program(project, self.helm.as_deref());
        let program = program.or_else(|| which("helm", self.env.get(Var::Path).unwrap_or_default()));
        let meta = program.as_deref().and_then(meta_of);
        all.update(format!("{program:?} {meta:?} {:?}", self.store));
        all.update(project.pins.as_deref().unwrap_or_default());
        for path in charts {
            for (path, bytes) in files_of(&project.root, path) {
                all.update((path.as_str().len() as u64).to_le_bytes());
                all.update(path.as_str());
                all.update((bytes.len() as u64).to_le_bytes());
                all.update(&bytes);
            }
        }
        all.finish()
    }
}

/// The files of a chart, which is a folder or an archive of the project.
fn files_of(root: &Root, path: &TreePath) -> Vec<(TreePath, Vec<u8>)> {
    let listed = list_tree(&root.join(path)).unwrap_or_default();
    let mut paths: Vec<TreePath> = listed.iter().filter_map(|(it, _)| path.join(it.as_str()).ok()).collect();
    if paths.is_empty() {
        paths.push(path.clone());
    }
    let read = |path: TreePath| {
        let bytes = read_bytes(root, &path, LARGEST).map(|(bytes, _)| bytes).unwrap_or_default();
        (path, bytes.to_vec())
    };
    paths.into_iter().map(read).collect()
}

/// The charts of the project that plain manifests may be made from: those of Blueprints, and those that they name by path.
pub(crate) fn chart_paths(project: &Project) -> Vec<TreePath> {
    let (db, files) = project.database();
    let lock = &catalyst_db::lock(db, files).0;
    let named = lock.iter().flat_map(|it| it.charts.keys());
    let mut paths: Vec<TreePath> = charts::charts(project, &[]).into_iter().map(|it| it.folder).collect();
    paths.extend(named.filter_map(|(_, _, source)| TreePath::new(source.strip_prefix("file://")?).ok()));
    paths.sort();
    paths.dedup();
    paths
}
