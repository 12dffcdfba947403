//! The images that the fleet pulls, under the names that they are published at, each with a place of intent that brings it.

use crate::looking::provided_places;
use crate::rendering::{Engines, NotRendered, RenderOptions, RenderedRelease, render_plan};
use crate::{CompileOptions, NoProgress, Project, SovereignOutput, compile};
use catalyst_bundle::release::published_as;
use catalyst_diag::Place;
use catalyst_helm::Object;
use catalyst_plan::Plan;
use catalyst_render::find_images;
use catalyst_system::Cancel;
use std::collections::{BTreeMap, BTreeSet};

/// Images by their full reference.
pub(crate) type Pulled = BTreeMap<String, Place>;

/// The images of all Sovereigns.
#[derive(Debug, Default)]
pub(crate) struct FleetImages {
    pub(crate) images: Pulled,
    /// Releases that could not be looked into, and why.
    pub(crate) unseen: BTreeSet<String>,
}

/// The images that trees name themselves, and with engines those in the objects of all releases. What only looks like an image is not among
/// them.
pub(crate) fn fleet_images(project: &Project, engines: Option<&Engines<'_>>, cancel: &Cancel) -> FleetImages {
    let mut found = FleetImages::default();
    let places = provided_places(project);
    let options = CompileOptions { cancel: cancel.clone(), ..CompileOptions::default() };
    let done = compile(project, &options, &NoProgress, |_, output: SovereignOutput| {
        let mirror = output.plan.as_deref().and_then(mirror_of).map(str::to_owned);
        let mut images = Pulled::new();
        for (path, it) in output.tree.objects().filter(|(_, it)| it.kind() != "HelmRelease") {
            let object = Object { chart: String::new(), file: path.clone(), value: it.object.clone() };
            for image in find_images(&object, &places).known {
                add(&mut images, &image.image, mirror.as_deref(), &it.provenance.place);
            }
        }
        (output.plan, mirror, images)
    });
    let options = RenderOptions { cancel: cancel.clone(), ..RenderOptions::default() };
    for (plan, mirror, images) in done.sovereigns.into_values() {
        merge(&mut found.images, images);
        let (Some(engines), Some(plan)) = (engines, plan) else { continue };
        for release in render_plan(project, &plan, &options, engines, &NoProgress).releases {
            match &release.objects {
                Ok(_) => {}
                Err(NotRendered::NoChart(why)) => drop(found.unseen.insert(unseen(&release, why))),
                Err(NotRendered::Failed) => drop(found.unseen.insert(unseen(&release, "it does not render"))),
            }
            for image in release.images().flat_map(|(_, it)| it.known) {
                add(&mut found.images, &image.image, mirror.as_deref(), &release.place());
            }
        }
    }
    found
}

fn unseen(release: &RenderedRelease, why: &str) -> String {
    let blueprint = &release.entry.blueprint;
    format!("`{}` {}: {why}", blueprint.name, blueprint.spec.version)
}

/// The registry that the images of an air-gapped Sovereign are rewritten to.
pub(crate) fn mirror_of(plan: &Plan) -> Option<&str> {
    plan.sovereign.spec.air_gap.as_ref().map(|_| plan.facts.registry.host.as_str())
}

/// An image as it is published: below the mirror stands the host that it comes from.
pub(crate) fn upstream<'i>(image: &'i str, mirror: Option<&str>) -> &'i str {
    let below = mirror.and_then(|it| image.strip_prefix(it)?.strip_prefix('/'));
    below.filter(|it| it.split('/').next().is_some_and(|host| host.contains('.'))).unwrap_or(image)
}

/// Takes note of an image, unless it only is at the Sovereign's own registry, which nobody else reaches.
fn add(images: &mut Pulled, image: &str, mirror: Option<&str>, place: &Place) {
    let image = upstream(image, mirror);
    if mirror.is_none_or(|it| !image.strip_prefix(it).is_some_and(|rest| rest.starts_with('/'))) {
        note(images, image, place);
    }
}

/// Takes note of an image. Of several places the first one in order stays.
pub(crate) fn note(images: &mut Pulled, image: &str, place: &Place) {
    merge(images, [(published_as(image), place.clone())].into());
}

fn merge(into: &mut Pulled, images: Pulled) {
    for (image, place) in images {
        let known = into.entry(image).or_insert_with(|| place.clone());
        if place < *known {
            *known = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mirror_holds_is_named_as_it_is_published() {
        let mirror = Some("harbor.t01.omani.works");
        for (image, wanted) in [
            ("harbor.t01.omani.works/quay.io/a/b:1", "quay.io/a/b:1"),
            ("harbor.t01.omani.works/own/b:1", "harbor.t01.omani.works/own/b:1"),
            (
                "harbor.t01.omani.works.example.org/quay.io/b:1",
                "harbor.t01.omani.works.example.org/quay.io/b:1",
            ),
            ("quay.io/a/b:1", "quay.io/a/b:1"),
        ] {
            assert_eq!(upstream(image, mirror), wanted);
            assert_eq!(upstream(image, None), image);
        }
    }
}
