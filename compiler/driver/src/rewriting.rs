//! Images of air-gapped Sovereigns at their own registry, and by digest where the lock has one: what `global.imageRegistry` does not reach.
//!
//! It takes rendered objects to know which images there are. HelmReleases get post renderers, which do the same on the cluster; what is written
//! as plain manifests is rewritten itself. What cannot be rewritten stays, and is a host outside.

use crate::Project;
use crate::pulled::{mirror_of, upstream};
use crate::rendering::RenderedRelease;
use catalyst_bundle::Digest;
use catalyst_bundle::release::{mirror_repository, published_as};
use catalyst_check::Hosts;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::Object;
use catalyst_model::labels::ENV_TYPE;
use catalyst_plan::{Body, EmittedObject, EmittedTree, Field, Plan};
use catalyst_render::{Images, Kept, NewImage, Rewriting, find_images, renamed, repository, rewriting};
use catalyst_source::{KeyPath, TreePath};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Digests of the lock, by the full reference of an image.
pub(crate) type Digests = BTreeMap<String, Digest>;

/// What the lock says that images are.
pub(crate) fn locked_digests(project: &Project) -> Digests {
    let (db, files) = project.database();
    let lock = catalyst_db::lock(db, files).0.as_ref();
    let row = |(image, hex): (&String, &String)| Some((image.clone(), Digest::from_hex(hex).ok()?));
    lock.into_iter().flat_map(|it| &it.digests).filter_map(row).collect()
}

/// First minor version of Flux whose post renderers can see hooks.
const SEES_HOOKS: u32 = 9;

/// The releases of one Sovereign with their images rewritten.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewritten {
    /// What is done to the objects of HelmReleases: by Sovereign, cluster and release, or by Sovereign, Organization, Application and
    /// Environment.
    renderers: BTreeMap<String, Renderers>,
    /// All releases, as clusters will have them.
    pub(crate) releases: Vec<RenderedRelease>,
    /// Images that stay outside.
    pub(crate) kept: Vec<Outside>,
    /// The digests by which objects name images now.
    pub(crate) pinned: BTreeSet<Digest>,
}

/// An image that stays outside of the Sovereign.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    /// The chart that makes the object.
    pub(crate) place: Place,
    /// The release.
    pub(crate) release: String,
    /// The host that it is pulled from.
    pub(crate) host: String,
    /// The image, and why it stays.
    pub(crate) kept: Kept,
}

impl Outside {
    /// That it stays there, and why.
    pub(crate) fn finding(&self) -> Diagnostic {
        let message = format!("`{}` is outside of an air-gapped Sovereign", self.host);
        let Kept { object, path, image, why } = &self.kept;
        let release = &self.release;
        Diagnostic::new(&rule::OUTSIDE_HOST, self.place.clone(), message)
            .note(format!("image `{image}` in `{object}` of `{release}`, at `{path}`, is not rewritten: {why}"))
            .help("give the chart a value that names the image below the Sovereign's registry, or allow the host under `spec.airGap.allowed` with a reason")
    }
}

#[derive(Debug, Clone, Default)]
struct Renderers {
    rewriting: Rewriting,
    /// Whether hooks are to be rewritten too.
    sees_hooks: bool,
    /// The line of intent that asks for it.
    place: Option<Place>,
}

/// Which image takes the place of another one.
struct Names<'a> {
    mirror: &'a str,
    hosts: &'a Hosts,
    digests: &'a Digests,
}

impl Names<'_> {
    /// The image as it is published, in full.
    fn published(&self, image: &str) -> String {
        published_as(upstream(image, Some(self.mirror)))
    }

    /// The host of an image outside.
    fn outside(&self, image: &str) -> Option<String> {
        let full = published_as(image);
        let host = full.split('/').next().unwrap_or_default();
        self.hosts.is_outside(host).then(|| host.to_owned())
    }

    fn rename(&self, image: &str) -> Option<NewImage> {
        let is_outside = self.outside(image).is_some();
        if !is_outside && image.contains('@') {
            return None;
        }
        let stated = image.split_once('@').map(|(_, digest)| digest.to_owned());
        let digest = stated.or_else(|| self.digests.get(&self.published(image)).map(Digest::to_string));
        let own = repository(image);
        let repository =
            if is_outside { format!("{}/{}", self.mirror, mirror_repository(own)) } else { own.to_owned() };
        let new = NewImage { repository, digest };
        (new.reference(image) != image).then_some(new)
    }
}

/// Rewrites the images of an air-gapped Sovereign; `None` for another one. `is_plain` says which releases are written as plain manifests.
pub(crate) fn rewritten(
    plan: &Plan,
    hosts: &Hosts,
    releases: &[RenderedRelease],
    digests: &Digests,
    is_plain: impl Fn(&RenderedRelease) -> bool,
) -> Option<Rewritten> {
    let names = Names { mirror: mirror_of(plan)?, hosts, digests };
    let rename = |image: &str| names.rename(image);
    let mut done = Rewritten::default();
    let mut kept: Vec<(&RenderedRelease, Vec<Kept>)> = Vec::new();
    for release in releases {
        let found: Vec<(&Object, Images)> = release.images().filter(|(object, _)| !is_test(object)).collect();
        if is_plain(release) {
            let (objects, stays): (Vec<_>, Vec<_>) =
                found.iter().map(|(object, images)| renamed(object, images, &rename)).unzip();
            kept.push((release, stays.into_iter().flatten().collect()));
            done.releases.push(release.with_objects(objects));
            continue;
        }
        let sees_hooks = flux_minor(release) >= SEES_HOOKS;
        let seen: Vec<_> = found
            .into_iter()
            .map(|(object, images)| (object, images, is_hook(object) && !sees_hooks))
            .collect();
        let (rewriting, stays) = rewriting(&seen, &rename);
        kept.push((release, stays));
        let entry = done.renderers.entry(key_of(release)).or_default();
        entry.sees_hooks |= sees_hooks && seen.iter().any(|(object, ..)| is_hook(object));
        entry.place = Some(plan.sovereign.place.child("spec").child("airGap"));
        entry.rewriting.merge(rewriting);
    }
    // Only now: regions of one Environment share a HelmRelease.
    for release in releases.iter().filter(|it| !is_plain(it)) {
        let sees_hooks = flux_minor(release) >= SEES_HOOKS;
        let rewriting = done.renderers.get(&key_of(release)).map(|it| &it.rewriting);
        let object = |object: &Object| {
            let mut object = object.clone();
            if let Some(rewriting) = rewriting.filter(|_| sees_hooks || !is_hook(&object)) {
                rewriting.apply(&mut object);
            }
            object
        };
        let objects = release.objects.iter().flatten().filter(|it| !is_test(it)).map(object).collect();
        done.releases.push(release.with_objects(objects));
    }
    done.releases.sort_by(|a, b| a.name.cmp(&b.name));
    for (release, stays) in kept {
        for kept in stays {
            if let Some(host) = names.outside(&kept.image) {
                done.kept.push(Outside { place: release.place(), release: release.name.clone(), host, kept });
            }
        }
    }
    for (object, release) in
        done.releases.iter().flat_map(|it| it.objects.iter().flatten().map(move |o| (o, it)))
    {
        let images = find_images(object, &release.places).known.into_iter();
        done.pinned.extend(images.filter_map(|it| Digest::parse(it.image.split_once('@')?.1).ok()));
    }
    done.renderers.retain(|_, it| !it.rewriting.is_empty());
    Some(done)
}

/// The HelmRelease of a release: one for all regions of an Environment.
pub(crate) fn key_of(release: &RenderedRelease) -> String {
    match release.is_of_an_application() {
        true => release.name.rsplit_once('/').map_or(&*release.name, |(key, _)| key).to_owned(),
        false => release.name.clone(),
    }
}

fn flux_minor(release: &RenderedRelease) -> u32 {
    release.target.flux.split('.').nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// What hooks an object is, as its chart says.
fn hooks(object: &Object) -> impl Iterator<Item = &str> {
    let annotations = object.value.get("metadata").and_then(|it| it.get("annotations"));
    let hooks = annotations.and_then(|it| it.get("helm.sh/hook")).and_then(Value::as_str).unwrap_or_default();
    hooks.split(',').map(str::trim).filter(|it| !it.is_empty())
}

fn is_hook(object: &Object) -> bool {
    hooks(object).next().is_some()
}

/// Whether an object is only made when somebody runs the tests of its chart, which no HelmRelease of ours asks for.
fn is_test(object: &Object) -> bool {
    is_hook(object) && hooks(object).all(|it| matches!(it, "test" | "test-success" | "test-failure"))
}

impl Rewritten {
    /// Gives the HelmReleases of a tree their post renderers.
    pub(crate) fn write(&self, tree: &mut EmittedTree) {
        for (path, file) in &mut tree.files {
            let Body::Objects(objects) = &mut file.body else { continue };
            for object in objects.iter_mut().filter(|it| it.kind() == "HelmRelease") {
                if let Some(renderers) = key_in(path, object).and_then(|key| self.renderers.get(&key)) {
                    renderers.write(object);
                }
            }
        }
    }
}

/// What a HelmRelease of a tree is called here.
pub(crate) fn key_in(path: &TreePath, object: &EmittedObject) -> Option<String> {
    let parts: Vec<&str> = path.components().collect();
    match parts.as_slice() {
        [sovereign, "clusters", cluster, "bootstrap-kit", _] => {
            let short = object.name().strip_prefix("bp-").unwrap_or(object.name());
            Some(format!("{sovereign}/{cluster}/{short}"))
        }
        [sovereign, "repositories", org, app, ..] => {
            let env = object.object["metadata"]["labels"][ENV_TYPE].as_str()?;
            Some(format!("{sovereign}/{org}/{app}/{env}"))
        }
        _ => None,
    }
}

impl Renderers {
    fn write(&self, release: &mut EmittedObject) {
        let Some(spec) = release.object["spec"].as_object_mut() else { return };
        // Values are long, and stay last.
        let values = spec.shift_remove("values");
        // Not as YAML: Kustomize cuts off the end of a text that stands last.
        let renderers = self.rewriting.post_renderers(|it| format!("{it:#}\n"));
        spec.insert("postRenderers".into(), renderers);
        let mut fields = vec!["postRenderers"];
        if self.sees_hooks {
            spec.insert("postRenderStrategy".into(), json!("separate"));
            fields.push("postRenderStrategy");
        }
        if let Some(values) = values {
            spec.insert("values".into(), values);
        }
        if let Some(place) = &self.place {
            let field = |key: &str| Field {
                path: KeyPath::root().key("spec").key(key),
                why: "images come from the Sovereign's own registry".to_owned(),
                place: place.clone(),
            };
            release.provenance.fields.extend(fields.into_iter().map(field));
        }
    }
}
