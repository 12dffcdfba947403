//! Releases of an odd form whose digests fit: put together by hand, and signed as if nothing was wrong with them.

use super::*;

/// A release whose index lists other artefacts, put together and signed as if nothing was odd.
fn with_items(change: impl Fn(&mut Layout, &mut Vec<Descriptor>)) -> Layout {
    let mut layout = assemble(&contents(7)).unwrap();
    let mut release = Release::read(&layout, None).unwrap();
    let old = release.descriptor.digest;
    let mut index = Index::parse(&layout.blobs[&old], media::INDEX).unwrap();
    change(&mut layout, &mut index.manifests);
    let mut named = BTreeSet::new();
    release.items.clear();
    for descriptor in &index.manifests {
        named.insert(descriptor.digest);
        let manifest = Manifest::parse(&layout.blobs[&descriptor.digest], media::MANIFEST).unwrap();
        named.extend(manifest.blobs().map(|blob| blob.digest));
        let get = |name: &str| descriptor.annotations[name].clone();
        let (name, target) = (get(REF_NAME), get(TARGET));
        release.items.push(Item { name, target, descriptor: descriptor.clone(), manifest: Some(manifest) });
    }
    layout.blobs.retain(|digest, _| named.contains(digest));
    release.descriptor = layout.add_index(&index);
    layout.index = release.layout_index();
    layout
}

/// An artefact of one layer, as an entry of a release index.
fn entry(layout: &mut Layout, name: &str, artifact_type: &str, media_type: &str, bytes: &[u8]) -> Descriptor {
    let (config, empty) = catalyst_bundle::oci::empty_config();
    layout.add(media::EMPTY, empty);
    let mut manifest = Manifest::new(config, layout.add(media_type, bytes.to_vec()));
    manifest.artifact_type = Some(artifact_type.to_owned());
    let made = layout.add_manifest(&manifest);
    made.annotated(REF_NAME, name).annotated(TARGET, format!("omantel/{}:7", name.replace('.', "-")))
}

fn named(entries: &[Descriptor], name: &str) -> usize {
    entries.iter().position(|it| it.annotations[REF_NAME] == name).unwrap()
}

#[test]
fn what_only_calls_itself_a_document_needs_a_signature() {
    let document = "application/vnd.catalyst.closure.v1+json";
    for (name, artifact_type, media_type) in [
        ("evil", document, media::FLUX_CONTENT),
        ("evil", document, document),
        ("closure.json", document, media::FLUX_CONTENT),
        ("closure.json", "application/vnd.cyclonedx+json", document),
    ] {
        let layout = with_items(|layout, entries| {
            entries.retain(|it| it.annotations[REF_NAME] != name);
            entries.push(entry(layout, name, artifact_type, media_type, b"x"));
        });
        let release = Release::read(&layout, None).unwrap();
        assert!(release.items.iter().any(|it| it.name == name && it.is_signed()), "{name} {artifact_type}");
        // The release key did not sign: that of the index does not do.
        let (other, index, attest) = (key(4), key(1), key(2));
        let signers = Signers { release: &other, index: &index, attest: Some(&attest) };
        let refusal = check(&sign(layout, None, &signers).unwrap()).unwrap_err();
        assert!(matches!(refusal, Refusal::MissingSignature { .. }), "{refusal}");
    }
}

#[test]
fn documents_are_there_and_what_they_say_they_are() {
    let (first, attest) = (key(1), key(2));
    let signers = Signers { release: &first, index: &first, attest: Some(&attest) };
    let without = with_items(|_, entries| drop(entries.remove(named(entries, BILL))));
    let without = sign(without, None, &signers).unwrap();
    let missing = Refusal::MissingSignature { name: BILL.to_owned(), which: "attestation" };
    assert_eq!(check(&without), Err(missing));
    for (name, artifact_type) in
        [(BILL, "application/vnd.cyclonedx+json"), (PROVENANCE, "application/vnd.in-toto+json")]
    {
        for bytes in [&b"[]"[..], b"\"text\"", b"no JSON", b""] {
            let layout = with_items(|layout, entries| {
                let at = named(entries, name);
                let made = entry(layout, name, artifact_type, artifact_type, bytes);
                entries[at] = made;
            });
            assert_eq!(check(&layout), Err(Refusal::Flaw(Flaw::Malformed(name))));
            assert_eq!(sign(layout, None, &signers), Err(SignError::Flaw(Flaw::Malformed(name))));
        }
    }
}

#[test]
fn a_small_layout_that_names_much_is_refused_early() {
    let layout = with_items(|layout, entries| {
        let config = catalyst_bundle::oci::empty_config().0;
        let layer = layout.add("text/plain", b"x".to_vec());
        let mut manifest = Manifest::new(config, layer.clone());
        manifest.layers = vec![layer; 2_000];
        let made = layout.add_manifest(&manifest);
        entries.extend((0..100).map(|at| {
            let name = format!("many-{at}");
            made.clone().annotated(REF_NAME, &name).annotated(TARGET, format!("omantel/{name}:7"))
        }));
    });
    assert_eq!(Release::read(&layout, None), Err(Flaw::TooManyParts));
}

#[test]
fn what_a_release_says_of_itself_is_plain_text() {
    let changes: [fn(&mut Header); 4] = [
        |it| it.domain = "a\u{1b}[2Jb".to_owned(),
        |it| it.line = "a\nb".to_owned(),
        |it| it.tool = "x\nsigned  all".to_owned(),
        |it| it.created = "\u{202e}".to_owned(),
    ];
    for change in changes {
        let mut contents = contents(7);
        change(&mut contents.header);
        let refused = Release::read(&assemble(&contents).unwrap(), None);
        assert!(matches!(refused, Err(Flaw::Header(_))), "{refused:?}");
    }
}
