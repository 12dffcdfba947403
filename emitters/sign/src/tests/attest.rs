//! Attestations of purposes of their own: bound to artefact and purpose, and never a signature.

use super::*;

const REVIEW: &str = "https://omani.works/review/v1";

fn predicate() -> Value {
    json!({ "by": "the site", "score": 1.5, "findings": [] })
}

fn attested(about: Option<&str>, purpose: &str, by: u8) -> Result<Layout, SignError> {
    attest(signed(7), None, about, Some((purpose, predicate())), &key(by))
}

#[test]
fn what_is_attested_is_said_by_whoever_trusts_the_key() {
    for (about, name) in
        [(None, "release"), (Some("clusters"), "clusters"), (Some("closure.json"), "closure.json")]
    {
        let layout = attested(about, REVIEW, 2).unwrap();
        let report = check(&layout).unwrap();
        let it =
            Attested { name: name.to_owned(), predicate_type: REVIEW.to_owned(), key: key(2).public().id() };
        assert_eq!((report.attested, report.signatures, report.untrusted), ([it].into(), 9, 0));
        // The same again changes nothing, and what it says is up to whoever says it.
        assert_eq!(
            attest(layout.clone(), None, about, Some((REVIEW, predicate())), &key(2)).unwrap(),
            layout
        );
        // Others count for nothing, and where nobody is trusted for attestations nothing is said.
        let report = check(&attested(about, REVIEW, 3).unwrap()).unwrap();
        assert_eq!((report.attested.len(), report.untrusted), (0, 1));
        let expected = Expected { sovereign: "omantel", accepted: &BTreeMap::new(), may_begin: true };
        let nobody = Trust { attest: Vec::new(), ..trust() };
        let report = verify(&layout, None, &nobody, &expected).unwrap();
        assert_eq!((report.attested.len(), report.attestations), (0, None));
    }
}

#[test]
fn without_a_predicate_the_release_attests_itself() {
    let release = key(1);
    let signers = Signers { release: &release, index: &release, attest: None };
    let layout = sign(assemble(&contents(7)).unwrap(), None, &signers).unwrap();
    assert_eq!(attest(layout, None, None, None, &key(2)).unwrap(), signed(7));
}

#[test]
fn what_is_no_attestation_is_not_made() {
    let reserved = |it: &str| Err(SignError::Reserved(it.to_owned()));
    for purpose in [COSIGN_SIGN, "https://catalyst.dev/bundle-index/v1"] {
        assert_eq!(attested(Some("clusters"), purpose, 2), reserved(purpose));
    }
    // What the release says of itself is not said otherwise.
    let bill = "https://cyclonedx.org/bom";
    assert_eq!(attested(None, bill, 2), reserved(bill));
    assert!(check(&attested(Some("clusters"), bill, 2).unwrap()).is_ok());
    assert_eq!(attested(None, REVIEW, 1), Err(SignError::SameKey));
    let names = ["clusters", "system", "closure.json", "sbom.cdx.json", "provenance.json"].map(str::to_owned);
    assert_eq!(
        attested(Some("other"), REVIEW, 2),
        Err(SignError::NoArtifact("other".to_owned(), names.into()))
    );
}

/// A layout with a statement attached to `clusters` that [`attest()`] would not have made.
fn forged(about: &str, text: &dyn Fn(&Digest) -> String, by: u8, annotated: &str) -> Refusal {
    let mut layout = signed(7);
    let mut release = Release::read(&layout, None).unwrap();
    let item = release.items.iter().find(|it| it.name == about).unwrap().descriptor.bare();
    let blob = bundle(&text(&item.digest), &key(by));
    let manifest = referrer(&blob, &item, annotated);
    let it = Attached::referrer(manifest).unwrap();
    with_attached(&mut layout, &mut release, [(it, vec![blob, b"{}".to_vec()])]);
    check(&layout).unwrap_err()
}

#[test]
fn statements_that_are_bound_otherwise_are_refused() {
    let good = |digest: &Digest| statement(digest, REVIEW, predicate());
    // By the key that Flux trusts, it would pass for a signature.
    assert_eq!(forged("clusters", &good, 1, REVIEW), Refusal::OtherPurpose(REVIEW.to_owned()));
    let release_index = "https://catalyst.dev/bundle-index/v1";
    let reserved = |digest: &Digest| statement(digest, release_index, predicate());
    assert_eq!(
        forged("clusters", &reserved, 2, release_index),
        Refusal::OtherPurpose(release_index.to_owned())
    );
    let other = Digest::of(b"other");
    let elsewhere = |_: &Digest| statement(&other, REVIEW, predicate());
    assert_eq!(forged("clusters", &elsewhere, 2, REVIEW), Refusal::OtherArtifact(other));
    // One more subject, one more field, another order: nobody has to ask what that means.
    let two = |digest: &Digest| {
        let mut json: Value = serde_json::from_str(&good(digest)).unwrap();
        json["subject"].as_array_mut().unwrap().push(json!({ "digest": { "sha256": other.hex() } }));
        canonical(&json)
    };
    assert_eq!(forged("clusters", &two, 2, REVIEW), Refusal::Statement);
    let more = |digest: &Digest| good(digest).replacen('{', "{\"a\":1,", 1);
    assert_eq!(forged("clusters", &more, 2, REVIEW), Refusal::Statement);
    let spaced = |digest: &Digest| good(digest).replacen(':', ": ", 1);
    assert_eq!(forged("clusters", &spaced, 2, REVIEW), Refusal::Statement);
    // The list of referrers says something else than the statement.
    let refusal = forged("clusters", &good, 2, COSIGN_SIGN);
    assert!(matches!(refusal, Refusal::MalformedSignature(_)), "{refusal:?}");
}
