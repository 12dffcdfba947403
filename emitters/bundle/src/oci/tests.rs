//! The published vector of a Flux artefact, and documents that two readers could read differently.

use super::*;
use crate::{Digest, DigestError};
use serde_json::{Value, json};

/// An empty tree in one stored block, so that no compressor matters.
fn stored_layer() -> Vec<u8> {
    let tar = crate::archive::tar(&Default::default()).unwrap();
    let mut layer = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x00\x04\xff\xfb".to_vec();
    layer.extend(&tar);
    layer.extend(crc32fast::hash(&tar).to_le_bytes());
    layer.extend(1024_u32.to_le_bytes());
    layer
}

fn artifact() -> Manifest {
    let config = r#"{"architecture":"","config":{},"created":"1970-01-01T00:00:00Z","os":"","rootfs":{"diff_ids":["sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"],"type":"layers"}}"#;
    let mut manifest = Manifest::new(
        Descriptor::of(media::FLUX_CONFIG, config.as_bytes()),
        Descriptor::of(media::FLUX_CONTENT, &stored_layer()),
    );
    let annotations = [
        ("org.opencontainers.image.created", EPOCH),
        ("org.opencontainers.image.revision", "v1.0.0@sha1:0000000000000000000000000000000000000000"),
        ("org.opencontainers.image.source", "https://example.invalid/catalyst"),
    ];
    manifest.annotations.extend(annotations.map(|(key, value)| (key.to_owned(), value.to_owned())));
    manifest
}

#[test]
fn the_published_vector() {
    assert_eq!(
        Digest::of(&stored_layer()).hex(),
        "b08193cf43a91db41bab4fe3cb9221c8e3ab5ecc9c6ece59e4990c7da59a13fc"
    );
    let bytes = artifact().to_bytes();
    assert_eq!(bytes.len(), 638);
    let subject = "63822bbc2a40531f2c8af02ce1f7e4787c2ce33384f5022d9e2a664311815262";
    assert_eq!(Digest::of(&bytes).hex(), subject);
    assert_eq!(Manifest::parse(&bytes, media::MANIFEST).unwrap(), artifact());

    let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
    let layer = Descriptor {
        digest: Digest::from_hex("ff98b924c74af9766792a39f53ecc8dab7148f4e656b94de15f4477d27a9b9bd").unwrap(),
        size: 635,
        ..Descriptor::of(bundle, b"")
    };
    let mut referrer = Manifest::new(empty_config().0, layer);
    referrer.artifact_type = Some(bundle.to_owned());
    referrer.subject = Some(Descriptor::of(media::MANIFEST, &bytes));
    let annotations = [
        ("dev.sigstore.bundle.content", "dsse-envelope"),
        ("dev.sigstore.bundle.predicateType", "https://sigstore.dev/cosign/sign/v1"),
        (CREATED, EPOCH),
    ];
    referrer.annotations.extend(annotations.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let mut layout = Layout::default();
    let mut entry = layout.add_manifest(&referrer);
    assert_eq!(entry.digest.hex(), "3b3699980944128be7c6d9598faeb707840c76997027cc1b19a52738d3730712");
    entry.annotations.clone_from(&referrer.annotations);
    let fallback = Index { manifests: vec![entry], ..Index::default() };
    let bytes = fallback.to_bytes();
    assert_eq!(Digest::of(&bytes).hex(), "875359f166c6ccfa59e372a8b392128e5839b227bf5aa2f6ed277c7707895979");
    assert_eq!(Index::parse(&bytes, media::INDEX).unwrap(), fallback);
}

/// The manifest of the vector with one change.
fn changed(change: impl FnOnce(&mut Value)) -> OciError {
    let mut json: Value = serde_json::from_slice(&artifact().to_bytes()).unwrap();
    change(&mut json);
    Manifest::parse(json.to_string().as_bytes(), media::MANIFEST).unwrap_err()
}

#[test]
fn documents_with_two_meanings_are_refused() {
    assert_eq!(changed(|it| it["manifests"] = json!([])), OciError::Ambiguous);
    assert_eq!(
        changed(|it| it["mediaType"] = media::INDEX.into()),
        OciError::MediaType { wanted: media::MANIFEST.to_owned(), found: media::INDEX.to_owned() }
    );
    assert_eq!(changed(|it| it["schemaVersion"] = 1.into()), OciError::Field("schemaVersion"));
    assert_eq!(changed(|it| it["layers"] = Value::Null), OciError::Field("layers"));
    assert_eq!(changed(|it| it["layers"][0]["size"] = json!(-1)), OciError::Field("size"));
    assert_eq!(changed(|it| it["layers"][0]["size"] = json!("1")), OciError::Field("size"));
    assert_eq!(changed(|it| it["layers"][0]["urls"] = json!(["https://x"])), OciError::Foreign("urls"));
    assert_eq!(changed(|it| it["config"]["data"] = json!("e30=")), OciError::Foreign("data"));
    assert_eq!(changed(|it| it["annotations"]["x"] = 1.into()), OciError::Field("annotations"));
    assert_eq!(
        changed(|it| it["config"]["digest"] = "sha512:00".into()),
        OciError::Digest(DigestError::Algorithm("sha512".to_owned()))
    );
    assert_eq!(
        changed(|it| it["config"]["digest"] = "sha256:../../index.json".into()),
        OciError::Digest(DigestError::Malformed)
    );
    let twice = r#"{"schemaVersion":2,"config":{},"config":{}}"#;
    assert!(matches!(Manifest::parse(twice.as_bytes(), media::MANIFEST), Err(OciError::Json(_))));
    let index = Index::default().to_bytes();
    assert_eq!(
        Manifest::parse(&index, media::INDEX),
        Err(OciError::MediaType { wanted: media::MANIFEST.to_owned(), found: media::INDEX.to_owned() })
    );
    let layers = r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#;
    assert_eq!(Index::parse(layers.as_bytes(), media::INDEX), Err(OciError::Ambiguous));
}

#[test]
fn documents_without_end_are_refused() {
    let blob = Descriptor::of(media::MANIFEST, b"");
    let index = |entries| Index { manifests: vec![blob.clone(); entries], ..Index::default() }.to_bytes();
    assert!(Index::parse(&index(MOST_ENTRIES), media::INDEX).is_ok());
    assert_eq!(Index::parse(&index(MOST_ENTRIES + 1), media::INDEX), Err(OciError::TooManyEntries));
    assert_eq!(Index::parse(&index(100_000), media::INDEX), Err(OciError::TooLarge));
}

#[test]
fn a_layout_has_each_blob_once_and_one_order() {
    let mut layout = Layout::default();
    let first = layout.add("text/plain", *b"one");
    layout.add("text/plain", *b"two");
    assert_eq!(layout.add("text/html", *b"one").digest, first.digest);
    layout.index.manifests.push(first);
    let paths: Vec<_> = layout.files().map(|(path, _)| path.to_string()).collect();
    assert_eq!(paths.len(), 4);
    assert_eq!(&paths[..2], ["oci-layout", "index.json"]);
    assert!(paths[2..].is_sorted());
    assert!(Layout::check_version(LAYOUT_TEXT.as_bytes()).is_ok());
    assert!(Layout::check_version(br#"{"imageLayoutVersion":"2.0.0"}"#).is_err());
}
