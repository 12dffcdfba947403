//! A Blueprint as an artefact of its own. One with a chart is that chart, in the layout that Helm and Flux read. One without, a composite or
//! a card of the catalogue, is its folder under a type of its own: as a chart it would be empty.
//!
//! Nothing depends on when it is made, so the same version is the same artefact wherever and whenever that happens.

use crate::archive::{Files, TarError, gzip, tar};
use crate::json::canonical;
use crate::oci::{CREATED, Descriptor, EPOCH, Layout, Manifest, empty_config, media};
use crate::release::BLUEPRINT;
use catalyst_source::TreePath;
use serde_json::Value;

const TITLE: &str = "org.opencontainers.image.title";
const VERSION: &str = "org.opencontainers.image.version";
const DESCRIPTION: &str = "org.opencontainers.image.description";
const URL: &str = "org.opencontainers.image.url";
const SOURCE: &str = "org.opencontainers.image.source";
const AUTHORS: &str = "org.opencontainers.image.authors";

/// Adds the artefact of a chart. `files` are those of its folder, with the charts that it depends on in `charts/`; `metadata` is its
/// `Chart.yaml`.
pub fn chart_artifact(
    layout: &mut Layout,
    name: &str,
    files: &Files,
    metadata: &Value,
) -> Result<Descriptor, TarError> {
    let layer = layout.add(media::HELM_CHART, gzip(&tar(&below(name, files)?)?));
    let config = layout.add(media::HELM_CONFIG, canonical(metadata).into_bytes());
    let mut manifest = Manifest::new(config, layer);
    let text = |key: &str| metadata[key].as_str().map(str::to_owned);
    let annotations = [
        (TITLE, Some(name.to_owned())),
        (VERSION, text("version")),
        (DESCRIPTION, text("description")),
        (URL, text("home")),
        (SOURCE, metadata["sources"][0].as_str().map(str::to_owned)),
        (AUTHORS, authors(metadata)),
        (CREATED, Some(EPOCH.to_owned())),
    ];
    let stated = annotations.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    manifest.annotations = stated.collect();
    Ok(layout.add_manifest(&manifest))
}

/// Adds the artefact of a Blueprint without a chart. `files` are those of its folder.
pub fn card_artifact(
    layout: &mut Layout,
    name: &str,
    version: &str,
    files: &Files,
) -> Result<Descriptor, TarError> {
    let (config, empty) = empty_config();
    layout.add(media::EMPTY, empty);
    let layer = layout.add(media::BLUEPRINT_CONTENT, gzip(&tar(&below(name, files)?)?));
    let mut manifest = Manifest::new(config, layer);
    manifest.artifact_type = Some(BLUEPRINT.to_owned());
    let annotations = [(TITLE, name), (VERSION, version), (CREATED, EPOCH)];
    manifest.annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Ok(layout.add_manifest(&manifest))
}

/// The same files in one folder.
fn below(name: &str, files: &Files) -> Result<Files, TarError> {
    let path = |path: &TreePath| {
        TreePath::new(&format!("{name}/{path}")).map_err(|_| TarError::NotPortable(path.to_string()))
    };
    files.iter().map(|(file, content)| Ok((path(file)?, content.clone()))).collect()
}

/// Who maintains a chart, as Helm writes it.
fn authors(metadata: &Value) -> Option<String> {
    let author = |it: &Value| {
        let name = it["name"].as_str()?;
        Some(it["email"].as_str().map_or_else(|| name.to_owned(), |email| format!("{name} ({email})")))
    };
    let authors: Vec<String> = metadata["maintainers"].as_array()?.iter().filter_map(author).collect();
    (!authors.is_empty()).then(|| authors.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{File, Limits, read_tgz};
    use serde_json::json;

    fn files() -> Files {
        let file = |path: &str, text: &str| (TreePath::new(path).unwrap(), File::new(text));
        [file("Chart.yaml", "name: bp-web\nversion: 1.2.0+b.1\n"), file("charts/lib-1.0.0.tgz", "lib")].into()
    }

    #[test]
    fn a_chart_is_one_folder_with_its_metadata() {
        let metadata = json!({
            "name": "bp-web", "version": "1.2.0+b.1", "description": "A page", "home": "https://omani.works",
            "maintainers": [{ "name": "platform", "email": "platform@omani.works" }, { "name": "web" }],
        });
        let mut layout = Layout::default();
        let made = chart_artifact(&mut layout, "bp-web", &files(), &metadata).unwrap();
        let manifest = Manifest::parse(&layout.blobs[&made.digest], media::MANIFEST).unwrap();
        assert_eq!(manifest.artifact_type, None);
        assert_eq!(manifest.config.media_type, media::HELM_CONFIG);
        assert_eq!(*layout.blobs[&manifest.config.digest], *canonical(&metadata).as_bytes());
        let annotations: Vec<_> = manifest
            .annotations
            .iter()
            .map(|(key, value)| (key.rsplit('.').next().unwrap(), &**value))
            .collect();
        assert_eq!(
            annotations,
            [
                ("authors", "platform (platform@omani.works), web"),
                ("created", EPOCH),
                ("description", "A page"),
                ("title", "bp-web"),
                ("url", "https://omani.works"),
                ("version", "1.2.0+b.1"),
            ]
        );
        let [layer] = manifest.layers.as_slice() else { panic!("{:?}", manifest.layers) };
        assert_eq!(layer.media_type, media::HELM_CHART);
        let tree = read_tgz(&layout.blobs[&layer.digest], &Limits::CHART).unwrap();
        let paths: Vec<&str> = tree.keys().map(TreePath::as_str).collect();
        assert_eq!(paths, ["bp-web/Chart.yaml", "bp-web/charts/lib-1.0.0.tgz"]);
    }

    /// The digest of an artefact is what a version means: it changes only when somebody decides that it does.
    #[test]
    fn the_bytes_are_known() {
        let mut layout = Layout::default();
        let metadata = json!({ "name": "bp-web", "version": "1.2.0+b.1" });
        let chart = chart_artifact(&mut layout, "bp-web", &files(), &metadata).unwrap();
        let card = card_artifact(&mut layout, "bp-suite", "1.0.0", &files()).unwrap();
        assert_eq!(card.artifact_type.as_deref(), Some(BLUEPRINT));
        let digests = [chart, card].map(|it| it.digest.to_string());
        assert_eq!(
            digests,
            [
                "sha256:33f88a78dbba7b899082b5ba22233b75b92bb096fe35ccdbda787498efb8d6b0",
                "sha256:a3aa4fab7a87238dfd3851ceab46f29736bcea69736f989e06909084523d4d31",
            ]
        );
    }
}
