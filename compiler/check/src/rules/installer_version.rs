//! `version-mismatch`, for phase 0: what the installer brings is what a slot adopts (domain.md 14.1, row 6).
//!
//! A component that phase 0 installs is taken over by the Blueprint of a slot. Were the versions different, the first reconciliation would
//! change the network or Flux itself under everything that is being installed.

use crate::rules::version_mismatch::same;
use catalyst_diag::{Diagnostic, rule};
use catalyst_model::Version;
use catalyst_plan::{CatalogEntry, Index};

pub(crate) fn check(index: &Index, out: &mut Vec<Diagnostic>) {
    let Some(kit) = &index.kit else { return };
    for (component, version) in &kit.spec.phase_zero.versions {
        let slot = kit
            .spec
            .slots
            .iter()
            .find(|it| it.blueprint.as_str() == component || it.blueprint.short() == component);
        // A component without a slot is reported as such.
        let Some(slot) = slot else { continue };
        let pinned = |it: &&CatalogEntry| slot.version.matches(&it.blueprint.spec.version);
        let Some(entry) = index.catalogue.entries(&slot.blueprint).iter().rfind(pinned) else { continue };
        let upstream = &entry.blueprint.spec.manifests.upstream;
        if upstream.is_empty() {
            continue;
        }
        let app = entry.chart.as_ref().and_then(|it| it.app_version.as_deref());
        let fits = app.is_some_and(|app| same(app, version))
            || upstream.iter().any(|it| {
                if it.chart == "flux2" {
                    is_flux(&it.version, version)
                } else {
                    same(it.version.as_str(), version)
                }
            });
        if fits {
            continue;
        }
        let place = kit.place.child("spec").child("phaseZero").child("versions").child(component);
        let list = entry.blueprint.place.child("spec").child("manifests").child("upstream");
        let names: Vec<String> = upstream.iter().map(|it| format!("{} {}", it.chart, it.version)).collect();
        out.push(
            Diagnostic::new(
                &rule::VERSION_MISMATCH,
                place,
                format!("phase 0 installs `{component}` {version}, and slot {} adopts another", slot.id),
            )
            .other(list, format!("`{}` is {}", slot.blueprint, names.join(", ")))
            .help("install the same version in both places, or the first reconciliation changes it under everything"),
        );
    }
}

/// Whether a version of the flux2 chart installs this version of Flux. The chart counts its own minor versions, ten ahead of those of Flux
/// since chart 2.12 (Flux 2.2); the patch is not known without the chart.
fn is_flux(chart: &Version, flux: &str) -> bool {
    let Ok(flux) = flux.parse::<Version>() else { return false };
    let (chart, flux) = (chart.semver(), flux.semver());
    chart.major == flux.major && chart.minor == flux.minor + 10
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{index, project};
    use serde_json::json;

    #[test]
    fn phase_zero_installs_what_the_kit_adopts() {
        let with = |cilium: &str, flux: &str| {
            index(&[
                (
                    "platform/cilium/blueprint.yaml",
                    "Blueprint",
                    "bp-cilium",
                    json!({ "manifests": { "upstream": [
                    { "chart": "cilium", "version": "1.17.6", "repository": "https://helm.cilium.io" }] } }),
                ),
                (
                    "platform/flux/blueprint.yaml",
                    "Blueprint",
                    "bp-flux",
                    json!({ "manifests": { "upstream": [
                    { "chart": "flux2", "version": "2.17.2", "repository": "https://x.example.org" }] } }),
                ),
                (
                    "kit.yaml",
                    "Kit",
                    "kit",
                    json!({
                        "slots": [{ "id": "01", "blueprint": "bp-cilium" }, { "id": "03", "blueprint": "bp-flux" }],
                        "phaseZero": { "versions": { "cilium": cilium, "flux": flux } },
                    }),
                ),
            ])
        };
        assert!(project(check, &with("1.17.6", "2.7.5")).is_empty());
        let found = project(check, &with("1.16.5", "2.4.0"));
        assert_eq!(found.len(), 2);
        assert!(found[0].message.starts_with("phase 0 installs `cilium` 1.16.5"));
    }
}
