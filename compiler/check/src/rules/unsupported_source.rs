//! `unsupported-source`: the artifact that stands for a Blueprint's own chart is something that a HelmRelease can install.

use catalyst_diag::{Diagnostic, rule};
use catalyst_model::SourceKind;
use catalyst_plan::{ArtifactReference, Index};

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    for entry in index.catalogue.blueprints.values().flatten() {
        let blueprint = &entry.blueprint;
        let (Some(reference), Some(source)) = (entry.artifact(), &blueprint.spec.manifests.source) else {
            continue;
        };
        let place = blueprint.place.child("spec").child("manifests").child("source");
        let kind = match source.kind {
            SourceKind::HelmChart => None,
            SourceKind::Kustomize => Some("Kustomize"),
            SourceKind::Oam => Some("OAM"),
        };
        if let Some(kind) = kind {
            let message = format!(
                "`{}` is an artifact of kind {kind}, and no release can be made of it",
                blueprint.name
            );
            let found = Diagnostic::new(&rule::UNSUPPORTED_SOURCE, place.child("kind"), message)
                .note("the platform installs charts: values, order and rollback are those of a HelmRelease");
            out.push(found.help(
                "publish it as a Helm chart, or write a chart in the Blueprint that holds its objects",
            ));
        } else if ArtifactReference::parse(reference).is_none() {
            let message = format!("`{reference}` names no artifact in a registry");
            let found = Diagnostic::new(&rule::UNSUPPORTED_SOURCE, place.child("ref"), message);
            out.push(found.help("write `oci://host/repository:tag`, or `oci://host/repository@sha256:…`"));
        }
    }
}
