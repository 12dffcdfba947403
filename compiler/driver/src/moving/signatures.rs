//! Classic signatures in a registry: all over one artefact share one tag, as layers of one manifest, whoever made them.

use catalyst_bundle::json;
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use catalyst_registry::Document;

/// The manifest under the tag with the layers of one more; `None` when it has them. What others have written stays as it is, and what is the
/// first there goes in as it is.
pub(super) fn with_layers(old: Option<&Document>, new: &Document) -> Result<Option<Document>, String> {
    let Some(old) = old else { return Ok(Some(new.clone())) };
    if !media::is_manifest(&old.media_type) {
        return Err(format!("it is `{}`, not a manifest of signatures", old.media_type));
    }
    let read = |it: &Document| json::parse(&it.bytes).map_err(|error| error.to_string());
    let (mut manifest, mut added) = (read(old)?, read(new)?);
    let layers = manifest["layers"].as_array_mut().ok_or("it is no manifest")?;
    let added = added["layers"].as_array_mut().ok_or("what comes beside it is no manifest")?;
    added.retain(|it| !layers.contains(it));
    if added.is_empty() {
        return Ok(None);
    }
    layers.append(added);
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
        let document =
            |it: &Manifest| Document { media_type: media::MANIFEST.to_owned(), bytes: it.to_bytes() };
        let (one, two) = (signature("one"), signature("two"));
        let (first, second) = (document(&one), document(&two));
        assert_eq!(with_layers(None, &first), Ok(Some(first.clone())));
        assert_eq!(with_layers(Some(&first), &first), Ok(None));
        let both = with_layers(Some(&first), &second).unwrap().unwrap();
        assert_eq!(with_layers(Some(&both), &second), Ok(None));
        assert_eq!(with_layers(Some(&both), &both), Ok(None));
        let parsed = Manifest::parse(&both.bytes, media::MANIFEST).unwrap();
        assert_eq!(apart(&parsed), [one, two]);
        let index = Document { media_type: media::INDEX.to_owned(), bytes: Vec::new() };
        assert!(with_layers(Some(&index), &first).is_err());
    }
}
