//! Images under other names: what Kustomize has to do to the objects of a release so that they are pulled from elsewhere, or by their digest.
//!
//! Containers are found by the name of their image (`images` of Kustomize), so that a render that differs a little is still rewritten as a whole.
//! Every other place is a patch of one node, which first asks for what it replaces: a render that has something else there fails, and is not
//! changed into something that nobody meant.

mod place;

use crate::images::{ImageAt, ImageForm, Images};
use catalyst_helm::Object;
use catalyst_source::{KeyPath, Step};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What an image is called from now on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewImage {
    /// Its registry and path.
    pub repository: String,
    /// Its digest, `sha256:…`, which takes the place of the tag.
    pub digest: Option<String>,
}

/// Says what an image is called from now on; nothing for one that stays.
pub type Rename<'a> = &'a dyn Fn(&str) -> Option<NewImage>;

/// What is done to the objects of one release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewriting {
    /// Images of containers, by the name without tag that they have in the objects.
    images: BTreeMap<String, NewImage>,
    patches: BTreeMap<Target, Vec<Change>>,
    /// Names in the objects that have to mean what they mean.
    stays: BTreeSet<String>,
}

/// An object that is patched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    group: String,
    version: String,
    kind: String,
    name: String,
    namespace: Option<String>,
}

/// One node of an object that is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) path: KeyPath,
    pub(crate) before: Value,
    pub(crate) after: Value,
}

/// An image that keeps its name although it should have another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The object, as people read it.
    pub object: String,
    /// The node.
    pub path: KeyPath,
    /// The image.
    pub image: String,
    /// Why, as it reads after "it is not rewritten:".
    pub why: String,
}

/// Lists of containers whose images Kustomize finds by name, wherever they stand.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// An object with its images, and whether it is a hook that post renderers do not see.
pub type Seen<'a> = (&'a Object, Images, bool);

/// How the objects of a release are rewritten, and which images are not.
pub fn rewriting(objects: &[Seen<'_>], rename: Rename<'_>) -> (Rewriting, Vec<Kept>) {
    let mut kept = Vec::new();
    let ambiguous = ambiguous(objects);
    let mut found: Vec<(&Object, &ImageAt, NewImage)> = Vec::new();
    let mut rewriting = Rewriting::default();
    for (object, images, is_unseen) in objects {
        for at in &images.known {
            let Some(new) = rename(&at.image) else {
                rewriting.stays.insert(repository(&at.image).to_owned());
                continue;
            };
            let why = match () {
                _ if *is_unseen => "a hook, which the post renderers of its cluster's Flux do not see",
                _ if ambiguous.contains(&target(object)) => "two objects have the same kind and name",
                _ => {
                    found.push((object, at, new));
                    continue;
                }
            };
            kept.push(keep(object, at, why));
        }
    }
    // A name that means two images here can be no rule for all containers.
    let mut meanings: BTreeMap<&str, BTreeSet<&NewImage>> = BTreeMap::new();
    for (_, at, new) in &found {
        meanings.entry(&new.repository).or_default().insert(new);
        meanings.entry(repository(&at.image)).or_default().insert(new);
    }
    let one =
        |name: &str| meanings.get(name).is_none_or(|it| it.len() == 1) && !rewriting.stays.contains(name);
    let is_one = |at: &ImageAt, new: &NewImage| one(repository(&at.image)) && one(&new.repository);
    let mut images = BTreeMap::new();
    let mut others: BTreeMap<Target, Vec<(&Object, &ImageAt, &NewImage)>> = BTreeMap::new();
    for (object, at, new) in &found {
        if is_of_container(at) && is_one(at, new) {
            images.insert(repository(&at.image).to_owned(), new.clone());
        } else {
            others.entry(target(object)).or_default().push((object, at, new));
        }
    }
    rewriting.images = images;
    for (target, places) in others {
        let mut changes = Vec::new();
        for (path, places) in by_node(&places) {
            let Some((object, at, _)) = places.first() else { continue };
            let news: Vec<(&ImageAt, &NewImage)> = places.iter().map(|(_, at, new)| (*at, *new)).collect();
            match place::changes(&object.value, &path, &news) {
                Ok(found) => changes.extend(found),
                Err(why) => kept.push(keep(object, at, &why)),
            }
        }
        if !changes.is_empty() {
            rewriting.patches.insert(target, changes);
        }
    }
    (rewriting, kept)
}

/// The object with all its images renamed, and those that keep their name.
pub fn renamed(object: &Object, images: &Images, rename: Rename<'_>) -> (Object, Vec<Kept>) {
    let (mut out, mut kept) = (object.clone(), Vec::new());
    let new: Vec<_> = images.known.iter().filter_map(|at| Some((at, rename(&at.image)?))).collect();
    let places: Vec<_> = new.iter().map(|(at, new)| (object, *at, new)).collect();
    for (path, places) in by_node(&places) {
        let news: Vec<(&ImageAt, &NewImage)> = places.iter().map(|(_, at, new)| (*at, *new)).collect();
        match place::changes(&object.value, &path, &news) {
            Ok(changes) => changes.iter().for_each(|it| it.apply(&mut out.value)),
            Err(why) => kept.extend(news.first().map(|(at, _)| keep(object, at, &why))),
        }
    }
    (out, kept)
}

type Place<'a> = (&'a Object, &'a ImageAt, &'a NewImage);

/// A text may hold more than one image.
fn by_node<'a>(places: &[Place<'a>]) -> BTreeMap<KeyPath, Vec<Place<'a>>> {
    let mut nodes: BTreeMap<KeyPath, Vec<Place<'a>>> = BTreeMap::new();
    for place in places {
        nodes.entry(place.1.path.clone()).or_default().push(*place);
    }
    nodes
}

fn keep(object: &Object, at: &ImageAt, why: &str) -> Kept {
    Kept { object: object.to_string(), path: at.path.clone(), image: at.image.clone(), why: why.to_owned() }
}

fn target(object: &Object) -> Target {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = object.value["apiVersion"].as_str().unwrap_or_default();
    let metadata = &object.value["metadata"];
    Target {
        group: object.group().to_owned(),
        version: version.rsplit('/').next().unwrap_or_default().to_owned(),
        kind: object.kind().to_owned(),
        name: text(&metadata["name"]),
        namespace: metadata["namespace"].as_str().map(str::to_owned),
    }
}

/// Objects that Kustomize cannot tell apart.
fn ambiguous(objects: &[Seen<'_>]) -> BTreeSet<Target> {
    let mut seen = BTreeSet::new();
    let seen_before = |it: &Target| !seen.insert(it.clone());
    objects.iter().filter(|(_, _, is_unseen)| !is_unseen).map(|it| target(it.0)).filter(seen_before).collect()
}

/// A reference without tag and digest.
pub fn repository(image: &str) -> &str {
    let plain = image.split('@').next().unwrap_or(image);
    match plain.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => plain,
    }
}

/// Whether Kustomize finds it by its name.
fn is_of_container(at: &ImageAt) -> bool {
    let [.., Step::Key(list), Step::Index(_), Step::Key(key)] = at.path.steps() else { return false };
    at.form == ImageForm::Whole && key.as_ref() == "image" && CONTAINERS.contains(&list.as_ref())
}

impl NewImage {
    /// The reference that takes the place of another one: by digest where one is known, else with the tag that it had.
    pub fn reference(&self, image: &str) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.repository),
            None => format!("{}{}", self.repository, &image[repository(image).len()..]),
        }
    }
}

impl Change {
    fn apply(&self, value: &mut Value) {
        let mut node = Some(value);
        for step in self.path.steps() {
            node = node.and_then(|it| match step {
                Step::Key(key) => it.get_mut(key.as_ref()),
                Step::Index(index) => it.get_mut(*index as usize),
            });
        }
        if let Some(node) = node.filter(|it| **it == self.before) {
            *node = self.after.clone();
        }
    }

    /// As two operations: what is replaced has to be what is expected.
    fn operations(&self) -> [Value; 2] {
        let token = |step: &Step| match step {
            Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("/{index}"),
        };
        let pointer: String = self.path.steps().iter().map(token).collect();
        [
            json!({ "op": "test", "path": pointer, "value": self.before }),
            json!({ "op": "replace", "path": pointer, "value": self.after }),
        ]
    }
}

impl Rewriting {
    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty() && self.patches.is_empty()
    }

    /// Takes in what is done to another render of the same release. Gives the names and objects that the two do not agree about, which stay as
    /// they are here.
    pub fn merge(&mut self, other: Rewriting) -> BTreeSet<String> {
        let mut conflicts = BTreeSet::new();
        for (name, new) in other.images {
            let known = self.images.entry(name.clone()).or_insert_with(|| new.clone());
            if *known != new {
                // They agree about the place, and that much is done.
                known.digest = None;
                conflicts.insert(name);
            }
        }
        self.stays.extend(other.stays);
        let stays: Vec<String> =
            self.stays.iter().filter(|it| self.images.contains_key(*it)).cloned().collect();
        for name in stays {
            self.images.remove(&name);
            conflicts.insert(name);
        }
        for (target, changes) in other.patches {
            let name = format!("{}/{}", target.kind, target.name);
            let known = self.patches.entry(target).or_insert_with(|| changes.clone());
            if *known != changes {
                conflicts.insert(name);
            }
        }
        conflicts
    }

    /// As `spec.postRenderers` of a HelmRelease. `write` gives operations as text.
    pub fn post_renderers(&self, write: impl Fn(&Value) -> String) -> Value {
        let mut kustomize = Map::new();
        if !self.images.is_empty() {
            kustomize.insert("images".into(), self.image_rules().into_iter().map(Value::Object).collect());
        }
        if !self.patches.is_empty() {
            let patch = |(target, changes): (&Target, &Vec<Change>)| {
                let operations: Value = changes.iter().flat_map(Change::operations).collect();
                json!({ "target": target.selector(), "patch": write(&operations) })
            };
            kustomize.insert("patches".into(), self.patches.iter().map(patch).collect());
        }
        json!([{ "kustomize": kustomize }])
    }

    /// Rules for images, in order: those that keep the name come first, so that none meets what another one has renamed.
    fn image_rules(&self) -> Vec<Map<String, Value>> {
        let rule = |(name, new): (&String, &NewImage)| {
            let mut rule = Map::from_iter([("name".to_owned(), json!(name))]);
            if *name != new.repository {
                rule.insert("newName".into(), json!(new.repository));
            }
            if let Some(digest) = &new.digest {
                rule.insert("digest".into(), json!(digest));
            }
            rule
        };
        let (same, renamed): (Vec<_>, Vec<_>) =
            self.images.iter().partition(|(name, new)| **name == new.repository);
        same.into_iter().chain(renamed).map(rule).collect()
    }

    /// Does to an object what Kustomize will: patches first, then images by name.
    pub fn apply(&self, object: &mut Object) {
        for change in self.patches.get(&target(object)).into_iter().flatten() {
            change.apply(&mut object.value);
        }
        if object.kind() != "CustomResourceDefinition" && !self.images.is_empty() {
            self.containers(&mut object.value);
        }
    }

    fn containers(&self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|it| self.containers(it)),
            Value::Object(map) => {
                for (key, below) in map {
                    self.containers(below);
                    let items = below.as_array_mut().filter(|_| CONTAINERS.contains(&key.as_str()));
                    for item in items.into_iter().flatten() {
                        if let Some(Value::String(image)) = item.get_mut("image")
                            && let Some(new) = self.images.get(repository(image))
                        {
                            *image = new.reference(image);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

impl Target {
    fn selector(&self) -> Value {
        let mut selector = Map::new();
        let namespace = self.namespace.as_deref().unwrap_or_default();
        for (key, value) in [
            ("group", self.group.as_str()),
            ("version", &self.version),
            ("kind", &self.kind),
            ("name", &self.name),
            ("namespace", namespace),
        ] {
            if !value.is_empty() {
                selector.insert(key.to_owned(), json!(value));
            }
        }
        Value::Object(selector)
    }
}

#[cfg(test)]
mod tests;
