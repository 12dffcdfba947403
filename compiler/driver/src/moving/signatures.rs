//! Classic signatures in a registry: all over one artefact share one tag, as layers of one manifest, whoever made them.

use catalyst_bundle::json;
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use catalyst_registry::Document;
use serde_json::Value;

/// The manifest under the tag with the layers of one more; `None` when it has them. What others have written stays as it is.
pub(super) fn with_layers(old: Option<&Document>, new: &Manifest) -> Result<Option<Document>, String> {
    let Some(old) = old else {
        return Ok(Some(Document { media_type: media::MANIFEST.to_owned(), bytes: new.to_bytes() }));
    };
    if !media::is_manifest(&old.media_type) {
        return Err(format!("it is `{}`, not a manifest of signatures", old.media_type));
    }
    let mut manifest = json::parse(&old.bytes).map_err(|error| error.to_string())?;
    let layers = manifest["layers"].as_array_mut().ok_or("it is no manifest")?;
    let missing: Vec<Value> =
        new.layers.iter().map(Descriptor::to_json).filter(|it| !layers.contains(it)).collect();
    if missing.is_empty() {
        return Ok(None);
    }
    layers.extend(missing);
    let bytes = json::canonical(&manifest).into_bytes();
    Ok(Some(Document { media_type: old.media_type.clone(), bytes }))
}

/// The signatures of such a manifest, each as the manifest that signing writes for it.
pub(super) fn apart(manifest: &Manifest) -> Vec<Manifest> {
    let config =
        Descriptor { media_type: media::IMAGE_CONFIG.to_owned(), ..catalyst_bundle::oci::empty_config().0 };
    manifest.layers.iter().map(|layer| Manifest::new(config.clone(), layer.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_by_several_keys_share_a_tag_and_come_apart_again() {
        let signature = |text: &str| {
            let layer = Descriptor::of("application/x", b"payload").annotated("signature", text);
            apart(&Manifest::new(Descriptor::of("", b""), layer)).remove(0)
        };
        let (one, two) = (signature("one"), signature("two"));
        let first = with_layers(None, &one).unwrap().unwrap();
        assert_eq!(first.bytes, one.to_bytes());
        assert_eq!(with_layers(Some(&first), &one), Ok(None));
        let both = with_layers(Some(&first), &two).unwrap().unwrap();
        assert_eq!(with_layers(Some(&both), &two), Ok(None));
        let parsed = Manifest::parse(&both.bytes, media::MANIFEST).unwrap();
        assert_eq!(apart(&parsed), [one.clone(), two]);
        let index = Document { media_type: media::INDEX.to_owned(), bytes: Vec::new() };
        assert!(with_layers(Some(&index), &one).is_err());
    }
}
