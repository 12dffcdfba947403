//! Releases that must not be accepted, and the reason that is given.

use super::*;
use catalyst_bundle::archive::TarError;
use catalyst_bundle::oci::Content;

#[test]
fn what_was_signed_is_accepted_and_says_what_was_checked() {
    let layout = signed(7);
    let report = check(&layout).unwrap();
    // A bundle and a classic signature for two artefacts and the release; two attestations.
    assert_eq!((report.signatures, report.untrusted, report.attestations), (8, 0, Some(2)));
    assert_eq!((report.artifacts, report.header.sequence), (5, 7));
    assert_eq!(report.signers, BTreeSet::from([key(1).public().id()]));
    assert_eq!(signed(7), layout, "signatures are the same each time");
    let again = key(1);
    let signers = Signers { release: &again, index: &again, attest: None };
    assert_eq!(sign(layout.clone(), None, &signers).unwrap(), layout, "signing twice changes nothing");
    assert_eq!(sign(layout, None, &Signers { attest: Some(&again), ..signers }), Err(SignError::SameKey));
}

/// The archive of a layout that is held.
fn tar_of(layout: &Layout) -> Vec<u8> {
    let mut out = Vec::new();
    layout_tar(layout, |content| -> Result<(), TarError> {
        match content {
            Content::Held(bytes) => out.extend_from_slice(&bytes),
            Content::Far(digest, _) => panic!("{digest} is not held"),
        }
        Ok(())
    })
    .unwrap();
    out
}

/// The layout in an archive in memory.
fn untar(mut bytes: &[u8]) -> Result<Layout, Flaw> {
    read_layout_tar(&mut bytes, None).map_err(|failure| match failure {
        ReadFailure::Flaw(flaw) => flaw,
        ReadFailure::Io(error) => panic!("{error}"),
    })
}

/// Every single bit of a bundle, and every length of it.
#[test]
fn every_flipped_bit_and_every_cut_is_refused() {
    let mut contents = contents(7);
    contents.artifacts.truncate(1);
    let release = key(1);
    let signers = Signers { release: &release, index: &release, attest: None };
    let layout = sign(assemble(&contents).unwrap(), None, &signers).unwrap();
    let good = tar_of(&layout);
    let trust = Trust { attest: Vec::new(), ..trust() };
    let check = |bytes: &[u8]| {
        let layout = untar(bytes)?;
        verify(
            &layout,
            None,
            &trust,
            &Expected { sovereign: "omantel", accepted: &BTreeMap::new(), may_begin: true },
        )
    };
    assert!(check(&good).is_ok());
    let regions = regions(&layout);
    assert_eq!(regions.last().unwrap().0.end, good.len());
    let region = |at: usize| regions.iter().find(|(range, _)| range.contains(&at)).unwrap().1;
    let flips: Vec<(&str, &str)> = (0..good.len() * 8)
        .into_par_iter()
        .map_init(
            || good.clone(),
            |bytes, bit| {
                bytes[bit / 8] ^= 1 << (bit % 8);
                let refusal = check(bytes).expect_err(&format!("bit {bit}"));
                bytes[bit / 8] ^= 1 << (bit % 8);
                (region(bit / 8), refusal.as_str())
            },
        )
        .collect();
    assert!(flips.len() > 150_000, "{}", flips.len());
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (region, reason) in flips {
        reasons.entry(region).or_default().insert(reason);
    }
    let expected = [
        ("blob", vec!["blob-digest"]),
        ("end", vec!["bad-header"]),
        ("header", vec!["archive-form", "bad-header"]),
        // Says what stands where, so that whatever it says wrongly is found there.
        (
            "index.json",
            vec![
                "attachment",
                "blob-missing",
                "blob-size",
                "document",
                "index-form",
                "layout-index",
                "no-release",
            ],
        ),
        ("oci-layout", vec!["not-a-layout"]),
        ("padding", vec!["trailing-data"]),
    ];
    assert_eq!(reasons, expected.map(|(region, reasons)| (region, reasons.into_iter().collect())).into());
    let cuts = (0..good.len()).into_par_iter().map(|length| check(&good[..length]).unwrap_err().as_str());
    assert_eq!(cuts.collect::<Vec<_>>().into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(["truncated"]));
}

/// What stands where in the archive of a layout.
fn regions(layout: &Layout) -> Vec<(std::ops::Range<usize>, &'static str)> {
    let mut regions = Vec::new();
    let mut at = 0;
    let mut add = |length: usize, what| {
        regions.push((at..at + length, what));
        at += length;
    };
    for (path, content) in layout.files() {
        let length = usize::try_from(content.size()).unwrap();
        add(512, "header");
        let what = match path.as_str() {
            "oci-layout" => "oci-layout",
            "index.json" => "index.json",
            _ => "blob",
        };
        add(length, what);
        add(length.next_multiple_of(512) - length, "padding");
    }
    add(1024, "end");
    regions
}

/// Takes a layout apart and puts it together again with another content of one attached blob.
fn with_attachment(sequence: u64, change: impl Fn(&mut Manifest, &mut Vec<u8>) -> bool) -> Layout {
    let mut layout = signed(sequence);
    let mut release = Release::read(&layout, None).unwrap();
    let old = release.attached.clone();
    for (at, it) in old.into_iter().enumerate() {
        let layer = it.manifest.layers[0].digest;
        let (mut manifest, mut blob) = (it.manifest.clone(), layout.blobs[&layer].to_vec());
        if !change(&mut manifest, &mut blob) {
            continue;
        }
        layout.blobs.remove(&layer);
        layout.blobs.remove(&it.descriptor.digest);
        let made = Descriptor::of(&manifest.layers[0].media_type, &blob);
        let annotations = manifest.layers[0].annotations.clone();
        manifest.layers[0] = Descriptor { annotations, ..made };
        let repository = it.descriptor.annotations.get(REF_NAME).map(|tag| tag.rsplit_once(':').unwrap().0);
        release.attached[at] = match repository {
            Some(repository) => Attached::tagged(manifest.clone(), it.about, repository),
            None => Attached::referrer(manifest.clone()).unwrap(),
        };
        layout.add("", manifest.to_bytes());
        layout.add("", blob);
        release.attached.sort_by_key(|it| it.descriptor.digest);
        layout.index = release.layout_index();
        return layout;
    }
    panic!("nothing was changed");
}

/// Changes the first sigstore bundle that says what is released.
fn with_bundle(change: impl Fn(&mut Value)) -> Refusal {
    let layout = with_attachment(7, |manifest, blob| {
        if manifest.annotations.get("dev.sigstore.bundle.predicateType").map(String::as_str)
            != Some(COSIGN_SIGN)
        {
            return false;
        }
        let mut json: Value = serde_json::from_slice(blob).unwrap();
        change(&mut json);
        *blob = canonical(&json).into_bytes();
        true
    });
    check(&layout).unwrap_err()
}

/// Signs another statement with the release key.
fn with_statement(change: impl Fn(&mut Value)) -> Refusal {
    with_bundle(|json| {
        let payload = base64::decode(json["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
        let mut statement: Value = serde_json::from_slice(&payload).unwrap();
        change(&mut statement);
        *json = serde_json::from_slice(&bundle(&canonical(&statement), &key(1))).unwrap();
    })
}

/// A table of everything that binds a signature to its artefact; each row breaks one binding.
#[test]
fn every_field_of_a_bundle_counts() {
    use Refusal::{MalformedSignature as Bad, OtherPurpose};
    let other = Digest::of(b"other");
    let envelope =
        |name: &'static str, value: Value| with_bundle(|it| it["dsseEnvelope"][name] = value.clone());
    let statement = |name: &'static str, value: Value| with_statement(|it| it[name] = value.clone());
    let subject = json!([{ "digest": { "sha256": other.hex() } }]);
    assert_eq!(statement("subject", subject), Refusal::OtherArtifact(other));
    let sha512 = json!([{ "digest": { "sha512": other.hex() } }]);
    assert_eq!(statement("subject", sha512).as_str(), "malformed-signature");
    assert_eq!(statement("subject", json!([])).as_str(), "malformed-signature");
    let subjects = |it: &mut Value| {
        let many = vec![it["subject"][0].clone(); 1025];
        it["subject"] = many.into();
    };
    assert_eq!(with_statement(subjects).as_str(), "malformed-signature");
    let sbom = "https://cyclonedx.org/bom";
    assert_eq!(statement("predicateType", sbom.into()), OtherPurpose(sbom.to_owned()));
    assert_eq!(statement("predicate", json!({ "more": 1 })), Refusal::Statement);
    assert_eq!(statement("_type", "x".into()).as_str(), "malformed-signature");
    assert_eq!(envelope("payloadType", "text/plain".into()), Bad("it holds no in-toto statement"));
    assert_eq!(envelope("payload", "AA".into()), Bad("it has no payload"));
    assert_eq!(envelope("signatures", json!([])), Bad("it does not have exactly one signature"));
    let signature = base64::encode(&key(1).sign(b"other"));
    assert_eq!(envelope("signatures", json!([{ "sig": signature }])), Refusal::BadSignature);
    let two = with_bundle(|it| {
        let one = it["dsseEnvelope"]["signatures"][0].clone();
        it["dsseEnvelope"]["signatures"] = json!([one, one]);
    });
    assert_eq!(two, Bad("it does not have exactly one signature"));
    let bundle = |name: &'static str, value: Value| with_bundle(|it| it[name] = value.clone());
    let old = "application/vnd.dev.sigstore.bundle+json;version=0.2";
    assert_eq!(bundle("mediaType", old.into()), Bad("it is no sigstore bundle of version 0.3"));
    let message = json!({ "messageDigest": {}, "signature": "" });
    assert_eq!(bundle("messageSignature", message), Bad("it holds no in-toto statement"));
    let material = |value: Value| with_bundle(|it| it["verificationMaterial"] = value.clone());
    let more = Bad("it rests on more than a key");
    assert_eq!(material(json!({})), more);
    for (name, value) in [
        ("certificate", json!({ "rawBytes": "" })),
        ("x509CertificateChain", json!({ "certificates": [] })),
        ("tlogEntries", json!([{ "logIndex": "1" }])),
        ("timestampVerificationData", json!({ "rfc3161Timestamps": [{}] })),
    ] {
        assert_eq!(with_bundle(|it| it["verificationMaterial"][name] = value.clone()), more, "{name}");
    }
    // By another key, whatever it calls itself: it counts for nothing, so the one that is needed is missing.
    let resigned = |hint: PublicKey| {
        with_bundle(|it| {
            let payload = base64::decode(it["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
            let text = String::from_utf8(payload).unwrap();
            *it = serde_json::from_slice(&crate::dsse::bundle(&text, &key(9))).unwrap();
            it["verificationMaterial"]["publicKey"]["hint"] = hint.hint().into();
        })
    };
    assert_eq!(resigned(key(9).public()).as_str(), "missing-signature");
    assert_eq!(resigned(key(1).public()), Refusal::BadSignature);
    assert_eq!(resigned(key(2).public()).as_str(), "missing-signature");
}

/// The first classic signature, changed.
fn with_classic(change: impl Fn(&mut Manifest, &mut Vec<u8>)) -> Refusal {
    let layout = with_attachment(7, |manifest, blob| {
        let is_it = manifest.subject.is_none() && !String::from_utf8_lossy(blob).contains("/release");
        if is_it {
            change(manifest, blob);
        }
        is_it
    });
    check(&layout).unwrap_err()
}

#[test]
fn every_field_of_a_classic_signature_counts() {
    let payload = |at: &'static str, value: Value| {
        with_classic(|manifest, blob| {
            let mut json: Value = serde_json::from_slice(blob).unwrap();
            *json.pointer_mut(at).unwrap() = value.clone();
            *blob = canonical(&json).into_bytes();
            manifest.layers = classic::signature(blob, &key(1)).layers;
        })
    };
    let other = Digest::of(b"other");
    let image = "/critical/image/docker-manifest-digest";
    assert_eq!(payload(image, other.to_string().into()), Refusal::OtherArtifact(other));
    assert_eq!(payload(image, "sha512:00".into()).as_str(), "malformed-signature");
    assert_eq!(payload("/critical/type", "x".into()), Refusal::OtherPurpose("x".to_owned()));
    assert_eq!(payload("/critical/identity/docker-reference", "x".into()), Refusal::Statement);
    assert_eq!(payload("/optional", json!({ "more": 1 })), Refusal::Statement);
    let twice = with_classic(|_, blob| *blob = [b"{\"critical\":{},", &blob[1..]].concat());
    assert_eq!(twice.as_str(), "malformed-signature");
    let name = "dev.cosignproject.cosign/signature";
    let annotation = |value: &'static str| {
        with_classic(|manifest, _| {
            drop(manifest.layers[0].annotations.insert(name.to_owned(), value.to_owned()))
        })
    };
    assert_eq!(annotation("").as_str(), "missing-signature");
    assert_eq!(annotation("MAA=").as_str(), "missing-signature");
    assert_eq!(annotation("x").as_str(), "malformed-signature");
    let none = with_classic(|manifest, _| manifest.layers[0].annotations.clear());
    assert_eq!(none.as_str(), "malformed-signature");
    let more = with_classic(|manifest, _| drop(manifest.annotations.insert("x".to_owned(), "y".to_owned())));
    assert_eq!(more.as_str(), "malformed-signature");
    let other_key = with_classic(|manifest, blob| manifest.layers = classic::signature(blob, &key(9)).layers);
    assert_eq!(other_key.as_str(), "missing-signature");
}

#[test]
fn swapped_and_missing_signatures_are_refused() {
    let layout = signed(7);
    let release = Release::read(&layout, None).unwrap();
    // Each signature by itself is needed.
    for at in 0..release.attached.len() {
        let (mut layout, mut release) = (layout.clone(), release.clone());
        let gone = release.attached.remove(at);
        layout.blobs.remove(&gone.descriptor.digest);
        layout.blobs.remove(&gone.manifest.layers[0].digest);
        layout.index = release.layout_index();
        assert_eq!(check(&layout).unwrap_err().as_str(), "missing-signature", "{:?}", gone.descriptor);
    }
    // That of one artefact attached to another.
    let of = |name: &str| release.items.iter().find(|it| it.name == name).unwrap();
    let bundles = || release.attached.iter().filter(|it| !it.is_tagged);
    let taken = bundles().find(|it| it.about == of("system").descriptor.digest).unwrap();
    let blob = &layout.blobs[&taken.manifest.layers[0].digest];
    let manifest = referrer(blob, &of("clusters").descriptor, COSIGN_SIGN);
    let (mut swapped, mut changed) = (layout.clone(), release.clone());
    with_attached(&mut swapped, &mut changed, [(Attached::referrer(manifest).unwrap(), vec![])]);
    assert_eq!(check(&swapped), Err(Refusal::OtherArtifact(of("system").descriptor.digest)));
    // Those of one release around another.
    let (mut mixed, other) = (signed(8), Release::read(&signed(8), None).unwrap());
    mixed.blobs.extend(layout.blobs.clone());
    let index = layout_with(&other, &release.attached);
    mixed.index = index;
    assert_eq!(check(&mixed).unwrap_err().as_str(), "attachment");
}

fn layout_with(release: &Release, attached: &[Attached]) -> Index {
    Release { attached: attached.to_vec(), ..release.clone() }.layout_index()
}

#[test]
fn endless_signatures_are_refused() {
    let mut layout = signed(7);
    let mut release = Release::read(&layout, None).unwrap();
    let about = release.items[0].descriptor.clone();
    let text = statement(&about.digest, COSIGN_SIGN, json!({}));
    let made = (10..100).map(|number| {
        let bundle = bundle(&text, &key(number));
        (Attached::referrer(referrer(&bundle, &about, COSIGN_SIGN)).unwrap(), vec![bundle])
    });
    with_attached(&mut layout, &mut release, made.clone().take(40));
    assert_eq!(check(&layout).unwrap().untrusted, 40);
    with_attached(&mut layout, &mut release, made);
    assert_eq!(check(&layout), Err(Refusal::Flaw(Flaw::TooManyAttachments)));
}

#[test]
fn keys_are_trusted_for_one_purpose() {
    let layout = signed(7);
    let none = BTreeMap::new();
    let expected = Expected { sovereign: "omantel", accepted: &none, may_begin: true };
    let with = |trust: Trust| verify(&layout, None, &trust, &expected).map(|it| it.attestations);
    let (release, attest) = (vec![key(1).public()], vec![key(2).public()]);
    let trust = trust();
    assert_eq!(with(Trust { attest: Vec::new(), ..trust.clone() }), Ok(None));
    assert_eq!(with(Trust { release: Vec::new(), ..trust.clone() }), Err(Refusal::NoKeys));
    assert_eq!(with(Trust { index: Vec::new(), ..trust.clone() }), Err(Refusal::NoKeys));
    assert_eq!(with(Trust { threshold: 0, ..trust.clone() }), Err(Refusal::NoKeys));
    let twice = vec![key(1).public(), key(1).public()];
    assert_eq!(with(Trust { threshold: 2, index: twice, ..trust.clone() }), Err(Refusal::NoKeys));
    let two = vec![key(1).public(), key(3).public()];
    let missing = |result: Result<Option<usize>, Refusal>| match result {
        Err(Refusal::MissingSignature { name, which }) => (name, which),
        other => panic!("{other:?}"),
    };
    let bundle = |name: &str| (name.to_owned(), "sigstore bundle");
    assert_eq!(missing(with(Trust { threshold: 2, index: two.clone(), ..trust.clone() })), bundle("release"));
    let other = vec![key(4).public()];
    assert_eq!(missing(with(Trust { release: other.clone(), ..trust.clone() })), bundle("clusters"));
    assert_eq!(missing(with(Trust { index: other.clone(), ..trust.clone() })), bundle("release"));
    let attestation = (BILL.to_owned(), "attestation");
    assert_eq!(missing(with(Trust { attest: other, ..trust.clone() })), attestation);
    for shared in [
        Trust { release: attest.clone(), ..trust.clone() },
        Trust { index: attest, ..trust.clone() },
        Trust { attest: release, ..trust.clone() },
    ] {
        assert_eq!(with(shared), Err(Refusal::SharedKey));
    }
    // The second of two keys signs as well.
    let (third, first) = (key(3), key(1));
    let signers = Signers { release: &first, index: &third, attest: None };
    let both = sign(layout.clone(), None, &signers).unwrap();
    let agreed = verify(&both, None, &Trust { threshold: 2, index: two, ..trust }, &expected).unwrap();
    assert_eq!(agreed.signers.len(), 2);
}

#[test]
fn audience_and_number_are_those_that_are_expected() {
    let with = |sovereign: &str, accepted: Option<Mark>, layout: &Layout| {
        let accepted = accepted.map(|it| ("stable".to_owned(), it)).into_iter().collect();
        let expected = Expected { sovereign, accepted: &accepted, may_begin: accepted.is_empty() };
        verify(layout, None, &trust(), &expected).map(|it| it.accepted)
    };
    let layout = signed(7);
    let digest = layout.index.manifests[0].digest;
    let mark = |sequence, digest| Some(Mark { sequence, digest });
    assert_eq!(with("openova", None, &layout), Err(Refusal::Audience { found: "omantel".to_owned() }));
    let older = mark(6, Digest::of(b"six"));
    assert_eq!(with("omantel", older.clone(), &layout), Ok(older));
    assert_eq!(with("omantel", mark(7, digest), &layout), Ok(mark(7, digest)));
    assert_eq!(with("omantel", mark(7, Digest::of(b"")), &layout), Err(Refusal::OtherContent));
    assert_eq!(with("omantel", mark(8, digest), &layout), Err(Refusal::Older { accepted: 8 }));
    assert_eq!(with("omantel", None, &signed(1 << 40)), Ok(None));
    assert_eq!(with("omantel", None, &signed((1 << 40) + 1)), Err(Refusal::Jump));
    let mut canary = contents(1);
    canary.header.line = "canary".to_owned();
    let signers = Signers { release: &key(1), index: &key(1), attest: Some(&key(2)) };
    let canary = sign(assemble(&canary).unwrap(), None, &signers).unwrap();
    assert_eq!(with("omantel", None, &canary), Ok(None));
    let line = "canary".to_owned();
    assert_eq!(with("omantel", mark(7, digest), &canary), Err(Refusal::FirstOfLine { line }));
}

/// Digests that fit, by somebody without the key: every part of a release replaced by that of another release.
#[test]
fn a_release_put_together_anew_is_not_the_one_that_was_signed() {
    let (seven, mut forged) = (signed(7), assemble(&contents(8)).unwrap());
    let release = Release::read(&forged, None).unwrap();
    let old = Release::read(&seven, None).unwrap();
    // The artefacts are the same bytes, so their signatures hold; that of the release does not.
    let mut kept = Release { attached: Vec::new(), ..release };
    let reused = old.attached.iter().filter(|it| it.about != old.descriptor.digest);
    let with_blobs = reused.map(|it| {
        let blobs = it.manifest.blobs().map(|blob| seven.blobs[&blob.digest].to_vec()).collect();
        (it.clone(), blobs)
    });
    with_attached(&mut forged, &mut kept, with_blobs);
    let refusal = check(&forged).unwrap_err();
    assert!(
        matches!(refusal, Refusal::Flaw(Flaw::Attachment(_)) | Refusal::MissingSignature { .. }),
        "{refusal}"
    );
}

#[test]
fn a_delta_is_signed_and_verified_with_its_base() {
    let old = signed(7);
    let base = Release::read(&old, None).unwrap();
    let full = assemble(&contents(8)).unwrap();
    let release = Release::read(&full, None).unwrap();
    let delta = without_base(full, release, &base);
    let (first, attest) = (key(1), key(2));
    let signers = Signers { release: &first, index: &first, attest: Some(&attest) };
    assert_eq!(
        sign(delta.clone(), None, &signers),
        Err(SignError::Flaw(Flaw::NeedsBase(base.descriptor.digest)))
    );
    let delta = sign(delta, Some(&old), &signers).unwrap();
    assert!(delta.blobs.keys().all(|digest| !old.blobs.contains_key(digest)), "nothing is carried twice");
    let none = BTreeMap::new();
    let expected = Expected { sovereign: "omantel", accepted: &none, may_begin: true };
    let report = verify(&delta, Some(&old), &trust(), &expected).unwrap();
    assert_eq!(report.base, Some(base.descriptor.digest));
    let claimed = BASE.to_owned();
    let mut fresh = delta.clone();
    let mut other: Layout = delta;
    other.index.annotations.insert(claimed, Digest::of(b"").to_string());
    assert_eq!(verify(&other, Some(&old), &trust(), &expected), Err(Refusal::Flaw(Flaw::OtherBase)));
    let bytes: Arc<[u8]> = Arc::from(*b"x");
    let foreign = Digest::of(&bytes);
    fresh.blobs.insert(foreign, bytes);
    let refusal = Refusal::Flaw(Flaw::BlobForeign(foreign));
    assert_eq!(verify(&fresh, Some(&old), &trust(), &expected), Err(refusal));
}
