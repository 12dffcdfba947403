//! A release in, the same release out, and everything that is no release.

use super::*;
use crate::Digest;
use crate::archive::{END, File, Files};
use crate::oci::{Content, Descriptor, Index, Layout, media};
use catalyst_source::TreePath;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The archive of a layout that is held.
fn tar_of(layout: &Layout) -> Vec<u8> {
    let mut out = Vec::new();
    layout_tar(layout, |content| -> Result<(), crate::archive::TarError> {
        out.extend(held(content));
        Ok(())
    })
    .unwrap();
    out
}

fn held(content: Content<'_>) -> Vec<u8> {
    match content {
        Content::Held(bytes) => bytes.into_owned(),
        Content::Far(digest, _) => panic!("{digest} is not held"),
    }
}

/// The files of a layout.
type Listed = Vec<(TreePath, Vec<u8>)>;

fn listed(layout: &Layout) -> Listed {
    layout.files().map(|(path, content)| (path, held(content))).collect()
}

fn from_files(files: Listed) -> Result<Layout, Flaw> {
    read_layout(files.into_iter().map(|(path, bytes)| (path, Taken::Held(bytes))))
}

/// The layout in an archive in memory.
fn untar(mut bytes: &[u8]) -> Result<Layout, Flaw> {
    read_layout_tar(&mut bytes, None).map_err(|failure| match failure {
        ReadFailure::Flaw(flaw) => flaw,
        ReadFailure::Io(error) => panic!("{error}"),
    })
}

fn files(entries: &[(&str, &str)]) -> Files {
    entries.iter().map(|(path, text)| (TreePath::new(path).unwrap(), File::new(*text))).collect()
}

/// A chart as Helm publishes it: a manifest without a media type.
fn chart() -> Carried {
    let (config, archive) = (b"{}".as_slice(), b"an archive".as_slice());
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{}]}}"#,
        Descriptor::of(media::HELM_CONFIG, config).to_json(),
        Descriptor::of(media::HELM_CHART, archive).to_json()
    );
    let parts = [config, archive, manifest.as_bytes()].map(|it| (Digest::of(it), Arc::from(it)));
    Carried {
        name: "charts/charts.omani.works/web:1.0.0".to_owned(),
        target: "charts.omani.works/web:1.0.0".to_owned(),
        descriptor: Descriptor::of(media::MANIFEST, manifest.as_bytes()),
        parts: parts.into(),
        far: BTreeMap::new(),
    }
}

fn contents() -> Contents {
    let need = |digest: Option<&[u8]>| Need {
        digest: digest.map(Digest::of),
        carried: false,
        target: None,
        platforms: BTreeSet::new(),
        used_by: BTreeSet::from(["clusters/a.yaml".to_owned()]),
    };
    Contents {
        header: Header {
            line: "stable".to_owned(),
            sovereign: "omantel".to_owned(),
            domain: "t40.omani.works".to_owned(),
            sequence: 7,
            previous: None,
            created: rfc3339(0),
            tool: "catalystc 0.1.0".to_owned(),
        },
        artifacts: vec![
            Artifact {
                name: "clusters".to_owned(),
                files: files(&[("snapshots/omantel/a.yaml", "kind: A\n")]),
            },
            Artifact {
                name: "organizations/acme".to_owned(),
                files: files(&[("shop/main/b.yaml", "kind: B\n")]),
            },
        ],
        blueprints: vec![Blueprint {
            name: "bp-x".to_owned(),
            version: "1.0.0+b1".to_owned(),
            files: files(&[("blueprint.yaml", "kind: Blueprint\n")]),
        }],
        carried: vec![chart()],
        closure: Closure {
            charts: BTreeMap::from([("registry.omani.works/openova-io/bp-x:1.0.0".to_owned(), need(None))]),
            images: BTreeMap::from([("docker.io/library/nginx:1.29".to_owned(), need(Some(b"nginx")))]),
            platform: None,
            judged: None,
            incomplete: BTreeSet::new(),
        },
        origin: Origin { source: "https://git.omani.works/p.git".to_owned(), intent: None },
    }
}

fn changed(change: impl FnOnce(&mut Layout)) -> Flaw {
    let mut layout = assemble(&contents()).unwrap();
    change(&mut layout);
    Release::read(&layout, None).unwrap_err()
}

/// A release whose index was changed, with digests that fit again.
fn reindexed(change: impl FnOnce(&mut Index)) -> Flaw {
    changed(|layout| {
        let release = layout.index.manifests[0].digest;
        let mut index = Index::parse(&layout.blobs[&release], media::INDEX).unwrap();
        change(&mut index);
        layout.blobs.remove(&release);
        let new = layout.add_index(&index);
        let entry = &mut layout.index.manifests[0];
        (entry.digest, entry.size, entry.artifact_type) = (new.digest, new.size, new.artifact_type);
    })
}

#[test]
fn a_release_comes_back_as_it_was() {
    let layout = assemble(&contents()).unwrap();
    assert_eq!(assemble(&contents()).unwrap(), layout);
    let tar = tar_of(&layout);
    assert_eq!(untar(&tar).unwrap(), layout);
    assert_eq!(from_files(listed(&layout)).unwrap(), layout);
    let release = Release::read(&layout, None).unwrap();
    assert_eq!(release.header, contents().header);
    let items: Vec<_> =
        release.items.iter().map(|it| (it.name.as_str(), it.target.as_str(), it.is_signed())).collect();
    assert_eq!(
        items,
        [
            ("clusters", "omantel/clusters:7", true),
            ("organizations/acme", "omantel/organizations/acme:7", true),
            ("blueprints/bp-x:1.0.0_b1", "blueprints/bp-x:1.0.0_b1", true),
            ("charts/charts.omani.works/web:1.0.0", "charts.omani.works/web:1.0.0", true),
            ("closure.json", "omantel/closure:7", false),
            ("sbom.cdx.json", "omantel/sbom:7", false),
            ("provenance.json", "omantel/provenance:7", false),
        ]
    );
    // Everything but the release index itself.
    assert_eq!(release.closure.len(), layout.blobs.len() - 1);
}

#[test]
fn a_tree_that_flux_would_not_read_whole_is_no_artefact() {
    for path in
        ["a/logo.png", ".git/config", "x/.gitignore", ".sops.yaml", "charts/a.tar.gz", ".sourceignore"]
    {
        let mut contents = contents();
        contents.artifacts[0].files = files(&[(path, "")]);
        assert!(matches!(assemble(&contents), Err(AssembleError::Ignored(_))), "{path}");
    }
    let mut twice = contents();
    twice.artifacts.push(twice.artifacts[0].clone());
    assert_eq!(assemble(&twice).unwrap_err(), AssembleError::Target("omantel/clusters:7".to_owned()));
}

#[test]
fn times_are_those_of_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_763_721_296, "2025-11-21T10:34:56Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (u64::MAX, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(rfc3339(seconds), text);
    }
}

#[test]
fn headers_have_one_form() {
    let good = contents().header.annotations();
    assert_eq!(Header::parse(&good), Ok(contents().header));
    for name in good.keys() {
        let without =
            good.iter().filter(|(key, _)| *key != name).map(|(k, v)| (k.clone(), v.clone())).collect();
        assert!(matches!(Header::parse(&without), Err(Flaw::Header(_))), "{name}");
    }
    for (name, value) in [
        ("dev.catalyst.sequence", "007"),
        ("dev.catalyst.sequence", "+7"),
        ("dev.catalyst.sequence", "-1"),
        ("dev.catalyst.sequence", "18446744073709551616"),
        ("dev.catalyst.format", "2"),
        ("dev.catalyst.sovereign", ""),
        ("dev.catalyst.previous", "sha512:00"),
        ("dev.catalyst.new", "matters"),
    ] {
        let mut other = good.clone();
        other.insert(name.to_owned(), value.to_owned());
        assert!(matches!(Header::parse(&other), Err(Flaw::Header(_))), "{name}: {value}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let clusters = |layout: &Layout| layout.index.manifests[1].digest;
    assert_eq!(changed(|it| it.index.manifests.clear()), Flaw::NoRelease);
    assert_eq!(changed(|it| drop(it.index.manifests.remove(0))), Flaw::NoRelease);
    assert_eq!(changed(|it| drop(it.index.manifests.pop())), Flaw::IndexForm);
    assert_eq!(changed(|it| it.index.manifests.swap(1, 2)), Flaw::IndexForm);
    assert_eq!(changed(|it| it.index.manifests[0].size += 1).as_str(), "blob-size");
    assert_eq!(changed(|it| it.index.manifests[1].size += 1), Flaw::IndexForm);
    assert_eq!(changed(|it| drop(it.add("", *b"more"))).as_str(), "blob-foreign");
    assert_eq!(changed(|it| drop(it.blobs.remove(&clusters(it)))).as_str(), "blob-missing");
    let annotation = ("x".to_owned(), "y".to_owned());
    assert_eq!(changed(|it| it.index.annotations.extend([annotation])), Flaw::IndexForm);
    let base = (BASE.to_owned(), "x".to_owned());
    assert_eq!(changed(|it| it.index.annotations.extend([base])), Flaw::IndexForm);
}

#[test]
fn a_release_index_lists_artefacts_with_names_and_nothing_else() {
    let set = |key: &'static str, value: &'static str| {
        reindexed(|it| {
            it.manifests[0].annotations.insert(key.to_owned(), value.to_owned());
        })
    };
    for name in ["", "../x", "a b", "a\u{1b}", "organizations/acme"] {
        assert_eq!(set("org.opencontainers.image.ref.name", name).as_str(), "name", "{name}");
    }
    assert_eq!(set(TARGET, "no-tag").as_str(), "name");
    assert_eq!(set(TARGET, "omantel/organizations/acme:7").as_str(), "name");
    let typed = |media_type: &'static str| reindexed(|it| it.manifests[0].media_type = media_type.to_owned());
    assert_eq!(typed("text/plain").as_str(), "entry");
    assert_eq!(typed(media::INDEX).as_str(), "document");
    assert_eq!(typed(media::DOCKER_MANIFEST).as_str(), "document");
    assert_eq!(reindexed(|it| it.artifact_type = None), Flaw::NoRelease);
    assert_eq!(reindexed(|it| it.subject = Some(Descriptor::of("", b""))), Flaw::NoRelease);
    assert_eq!(reindexed(|it| it.manifests[0].artifact_type = Some("x".to_owned())).as_str(), "entry");
    // One that is gone from the release is foreign to it.
    assert_eq!(reindexed(|it| drop(it.manifests.remove(0))).as_str(), "attachment");
}

#[test]
fn folders_and_archives_have_no_room_for_more() {
    let layout = assemble(&contents()).unwrap();
    let read = |change: &dyn Fn(&mut Listed)| {
        let mut files = listed(&layout);
        change(&mut files);
        from_files(files).unwrap_err()
    };
    let path = |text: &str| TreePath::new(text).unwrap();
    assert_eq!(read(&|it| drop(it.remove(0))), Flaw::NotALayout);
    assert_eq!(read(&|it| drop(it.remove(1))), Flaw::NotALayout);
    assert_eq!(read(&|it| it[0].1.push(b' ')), Flaw::NotALayout);
    assert_eq!(read(&|it| it[1].1.push(b'\n')), Flaw::IndexForm);
    assert_eq!(read(&|it| it[1].1.clear()).as_str(), "layout-index");
    assert_eq!(read(&|it| it[2].1.push(b' ')).as_str(), "blob-digest");
    for name in ["x", "blobs/x", "blobs/sha512/00", "blobs/sha256/00"] {
        assert_eq!(read(&|it| it.push((path(name), vec![]))).as_str(), "foreign-file", "{name}");
    }
    let good = tar_of(&layout);
    assert_eq!(untar(&[&good[..], &[0; 512]].concat()).unwrap_err().as_str(), "trailing-data");
    // Another order, and headers that mean the same.
    let blocks = 512 * 2;
    let swapped = [&good[good.len() - END.len()..], &good].concat();
    assert_eq!(untar(&swapped).unwrap_err().as_str(), "trailing-data");
    let second = blocks..blocks + 512 + layout.index.to_bytes().len().next_multiple_of(512);
    let moved = [&good[second.clone()], &good[..second.start], &good[second.end..]].concat();
    assert_eq!(untar(&moved).unwrap_err(), Flaw::ArchiveForm);
    let mut owned = good;
    (owned[108], owned[153]) = (b'1', owned[153] + 1);
    assert_eq!(untar(&owned).unwrap_err(), Flaw::ArchiveForm);
}

#[test]
fn a_delta_holds_what_is_new_and_needs_its_base() {
    let old = assemble(&contents()).unwrap();
    let base = Release::read(&old, None).unwrap();
    let mut next = contents();
    next.header.sequence = 8;
    next.header.previous = Some(base.descriptor.digest);
    next.artifacts[0].files = files(&[("snapshots/omantel/a.yaml", "kind: C\n")]);
    let full = assemble(&next).unwrap();
    let release = Release::read(&full, None).unwrap();
    let delta = without_base(full.clone(), release.clone(), &base);
    assert!(delta.blobs.len() < full.blobs.len());
    let read = Release::read(&delta, Some(&old)).unwrap();
    assert_eq!((read.descriptor, read.closure), (release.descriptor, release.closure));
    assert_eq!(read.base, Some(base.descriptor.digest));
    assert_eq!(Release::read(&delta, None), Err(Flaw::NeedsBase(base.descriptor.digest)));
    assert_eq!(Release::read(&delta, Some(&full)), Err(Flaw::OtherBase));
    let mut holed = old.clone();
    let layer = *base.closure.iter().find(|(digest, _)| !delta.blobs.contains_key(digest)).unwrap().0;
    holed.blobs.remove(&layer);
    assert_eq!(Release::read(&delta, Some(&holed)), Err(Flaw::BlobMissing(layer)));
}

#[test]
fn documents_are_what_their_formats_ask_for() {
    let layout = assemble(&contents()).unwrap();
    let release = Release::read(&layout, None).unwrap();
    let document = |name: &str| -> Value {
        let item = release.items.iter().find(|it| it.name == name).unwrap();
        let layer = item.manifest.as_ref().unwrap().layers[0].digest;
        serde_json::from_slice(&layout.blobs[&layer]).unwrap()
    };
    let sbom = document("sbom.cdx.json");
    assert_eq!((&sbom["bomFormat"], &sbom["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let purls: Vec<_> =
        sbom["components"].as_array().unwrap().iter().filter_map(|it| it["purl"].as_str()).collect();
    assert_eq!(
        purls,
        [
            "pkg:generic/bp-x@1.0.0%2Bb1",
            "pkg:helm/bp-x@1.0.0?repository_url=registry.omani.works%2Fopenova-io",
            &format!(
                "pkg:oci/nginx@sha256%3A{}?repository_url=docker.io%2Flibrary%2Fnginx&tag=1.29",
                Digest::of(b"nginx").hex()
            ),
        ]
    );
    let serial = sbom["serialNumber"].as_str().unwrap();
    assert!(serial.len() == 45 && serial.starts_with("urn:uuid:") && &serial[23..24] == "8", "{serial}");
    let provenance = document("provenance.json");
    let subjects = provenance["subject"].as_array().unwrap();
    assert_eq!(subjects.len(), release.items.len() - 1, "all but itself");
    assert_eq!(provenance["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(document("closure.json")["complete"], true);
}
