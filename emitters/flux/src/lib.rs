//! Flux trees: what the Flux of each host cluster reads, and what is applied inside each vCluster.
//!
//! ```text
//! <sovereign>/clusters/<context>/flux-system/      the sources and Kustomizations that start everything else
//! <sovereign>/clusters/<context>/bootstrap-kit/    a file a slot
//! <sovereign>/clusters/<context>/infrastructure/   Crossplane providers, on the management cluster
//! <sovereign>/clusters/<context>/organizations/    a folder a vCluster: namespace, quota, rights, vCluster, its Flux
//! <sovereign>/vclusters/<context>-<org>/           a file an Application, applied inside the vCluster
//! ```

mod cluster_sync;
mod environment;
mod infrastructure;
mod labels;
mod organization;
mod rendered;
mod rights;
mod slot;
mod sources;
mod sync;
mod vcluster;
mod vcluster_flux;
mod vcluster_secrets;

#[cfg(test)]
mod tests;

pub use rendered::{ClusterScoped, Manifest, Refused, ReleaseStage, StageObject, is_sealed, release_stages};

use catalyst_emit::{Emitter, tree_path};
use catalyst_plan::{ClusterPlan, EmittedFile, EmittedTree, Plan};

/// The Flux emitter.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flux;

impl Emitter for Flux {
    fn name(&self) -> &'static str {
        "flux"
    }

    fn emit(&self, plan: &Plan) -> EmittedTree {
        let mut tree = EmittedTree::default();
        let sovereign = &plan.facts.name;
        for cluster in plan.clusters.values() {
            let root = format!("{sovereign}/clusters/{}", cluster.name);
            add(&mut tree, &format!("{root}/flux-system"), cluster_sync::files(plan, cluster));
            add(&mut tree, &format!("{root}/bootstrap-kit"), bootstrap_kit(plan, cluster));
            add(&mut tree, &format!("{root}/infrastructure"), infrastructure::files(plan, cluster));
            add(&mut tree, &format!("{root}/organizations"), organization::files(plan, cluster));
            for vcluster in cluster.vclusters.values() {
                let folder = format!("{sovereign}/vclusters/{}", sync::vcluster_folder(cluster, vcluster));
                add(&mut tree, &folder, environment::files(plan, cluster, vcluster));
            }
        }
        tree
    }
}

/// The files of `bootstrap-kit/`, by file name: `kustomization.yaml` and one a slot, in slot order.
///
/// They depend on nothing of the Sovereign but its domain, so that the same files with a variable in its place are the shared kit,
/// `clusters/_template/bootstrap-kit`. A plan whose domain is a variable (`${SOVEREIGN_FQDN}`) gives that kit; its foreign `${` are
/// escaped, since it is read through a Kustomization that substitutes.
pub fn bootstrap_kit(plan: &Plan, cluster: &ClusterPlan) -> Vec<(String, EmittedFile)> {
    slot::files(plan, cluster)
}

fn add(tree: &mut EmittedTree, folder: &str, files: Vec<(String, EmittedFile)>) {
    tree.files.extend(files.into_iter().map(|(name, file)| (tree_path(&format!("{folder}/{name}")), file)));
}
