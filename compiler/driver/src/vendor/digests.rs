//! Digests of images, in the lock: asked for once, and compared whenever they are asked for again.

use super::images::Images;
use super::{VendorError, VendorOptions};
use crate::network::{NetworkProgress, connect};
use crate::pulled::{Pulled, fleet_images, note};
use crate::rendering::Engines;
use crate::{Project, Refusal};
use catalyst_bundle::Digest;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::BlueprintName;
use catalyst_registry::{Client, FetchError, FetchErrorKind, OciReference};
use catalyst_source::{KeyPath, TreePath};
use catalyst_system::IoError;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Digests by the full reference of an image.
pub(super) type Digests = BTreeMap<String, String>;

/// Requests side by side unless somebody says otherwise.
const JOBS: usize = 8;

/// The images whose digests the lock should have, and why there may be more.
pub(super) struct Wanted {
    pub(super) images: Pulled,
    pub(super) unseen: BTreeSet<String>,
}

/// The images of charts as the lock has them, those that trees name themselves, and with engines those of all releases. With `only`, those of
/// these Blueprints' charts. An image that is named by its digest needs none.
pub(super) fn wanted(
    project: &Project,
    only: &[BlueprintName],
    rows: &Images,
    engines: Option<&Engines<'_>>,
    options: &VendorOptions,
) -> Wanted {
    let mut wanted = Wanted { images: Pulled::new(), unseen: BTreeSet::new() };
    if only.is_empty() {
        let fleet = fleet_images(project, engines, &options.network.cancel);
        wanted = Wanted { images: fleet.images, unseen: fleet.unseen };
        if engines.is_none() {
            wanted.unseen.insert("releases: there is no `helm` program to render them".to_owned());
        }
    }
    let (db, files) = project.database();
    let catalogue = catalyst_db::catalogue(db, files);
    for ((name, source), row) in rows.iter().filter(|((it, _), _)| only.is_empty() || only.contains(it)) {
        let entries = catalogue.entries(name);
        let entry = entries.iter().find(|it| it.blueprint.place.file.as_str() == source);
        if let Some(entry) = entry {
            let place = entry.chart.as_ref().map_or(&entry.blueprint.place, |it| &it.place);
            row.images.iter().for_each(|image| note(&mut wanted.images, image, place));
        }
    }
    wanted.images.retain(|image, _| !image.contains('@'));
    wanted
}

/// Asks the registries what each image is today. What the lock says stays where it is another one, unless that is accepted, and where there is no
/// answer.
pub(super) fn asked(
    options: &VendorOptions,
    wanted: &Pulled,
    old: &Digests,
    progress: Arc<dyn NetworkProgress>,
) -> Result<(Digests, Vec<Diagnostic>), VendorError> {
    let refused = |text: String| VendorError::Refused(Refusal { text, help: None });
    let jobs = if options.network.jobs == 0 { JOBS } else { options.network.jobs };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let threads = threads.map_err(|error| refused(error.to_string()))?;
    let client = connect(&options.network, progress.clone())?;
    progress.needed(wanted.len());
    let ask = |(image, _): (&String, _)| {
        let answer = ask(&client, image);
        progress.done(image);
        answer
    };
    let answers: Vec<_> = threads.install(|| wanted.par_iter().map(ask).collect());
    let (mut digests, mut findings) = (Digests::new(), Vec::new());
    for ((image, place), answer) in wanted.iter().zip(answers) {
        let locked = old.get(image).cloned();
        let digest = match answer {
            Ok(digest) => {
                let before = locked.filter(|it| *it != digest.hex() && !options.accept.contains(image));
                findings.extend(before.as_ref().map(|before| changed(image, place, before, &digest)));
                Some(before.unwrap_or_else(|| digest.hex()))
            }
            Err(error) if error.kind == FetchErrorKind::Cancelled => {
                return Err(IoError::cancelled("fetch", std::path::Path::new(image)).into());
            }
            Err(error) => {
                findings.push(unavailable(image, place, &error));
                locked
            }
        };
        digests.extend(digest.map(|it| (image.clone(), it)));
    }
    Ok((digests, findings))
}

fn ask(client: &Client, image: &str) -> Result<Digest, FetchError> {
    let reference = OciReference::parse(&format!("oci://{image}")).map_err(|text| FetchError {
        kind: FetchErrorKind::Malformed,
        what: image.to_owned(),
        text: format!("it is no reference: {text}"),
    })?;
    client.image_digest(&reference)
}

fn changed(image: &str, place: &Place, before: &str, now: &Digest) -> Diagnostic {
    let text = format!("`{image}` is another image than when it was locked");
    Diagnostic::new(&rule::IMAGE_CHANGED, place.clone(), text)
        .note(format!("locked: sha256:{before}"))
        .note(format!("now:    {now}"))
        .help(format!(
            "find out who moved the tag and why; if it is meant, run `catalystc vendor --images --accept {image}`"
        ))
}

fn unavailable(image: &str, place: &Place, error: &FetchError) -> Diagnostic {
    let text = format!("the digest of `{image}` is not to be had");
    let found = Diagnostic::new(&rule::IMAGE_UNAVAILABLE, place.clone(), text).note(error.to_string());
    match error.help() {
        Some(help) => found.help(help),
        None => found,
    }
}

/// Images without a digest in the lock: findings of a check.
pub(super) fn missing(wanted: &Pulled, digests: &Digests) -> Vec<Diagnostic> {
    let file = TreePath::new(catalyst_system::LOCK_FILE).unwrap_or_else(|error| unreachable!("{error}"));
    let lock = Place::value(&file, 0, KeyPath::root());
    let missing = |(image, place): (&String, &Place)| {
        Diagnostic::new(&rule::LOCK_OUTDATED, place.clone(), format!("the lock has no digest of `{image}`"))
            .other(lock.clone(), "the lock")
            .help("run `catalystc vendor --images`")
    };
    wanted.iter().filter(|(image, _)| !digests.contains_key(*image)).map(missing).collect()
}

/// How many rows differ.
pub(super) fn changes(old: &Digests, new: &Digests) -> usize {
    let gone = old.keys().filter(|key| !new.contains_key(*key)).count();
    gone + new.iter().filter(|(key, row)| old.get(*key) != Some(*row)).count()
}
