//! The crate `sigstore` judges our keys and classic signatures, and we judge its: `cargo test -p catalyst-sign --features sigstore`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use base64ct::{Base64, Encoding as _};
use catalyst_bundle::archive::File;
use catalyst_bundle::oci::Layout;
use catalyst_bundle::release::*;
use catalyst_sign::{PrivateKey, Refusal, Signers, keygen, sign, verify_classic};
use catalyst_source::TreePath;
use sigstore::crypto::signing_key::SigStoreKeyPair;
use sigstore::crypto::{CosignVerificationKey, Signature, SigningScheme};

const PASSWORD: &[u8] = b"a password of the tests";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

fn our_key() -> (PrivateKey, String) {
    let random = std::array::from_fn(|at| (at as u8).wrapping_mul(73).wrapping_add(5));
    keygen(&random, PASSWORD).unwrap()
}

fn release(key: &PrivateKey) -> Layout {
    let tree = [(TreePath::new("snapshots/omantel/a.yaml").unwrap(), File::new("kind: A\n"))].into();
    let contents = Contents {
        header: Header {
            line: "stable".to_owned(),
            sovereign: "omantel".to_owned(),
            domain: "t40.omani.works".to_owned(),
            sequence: 7,
            previous: None,
            created: rfc3339(0),
            tool: "catalystc 0.1.0".to_owned(),
        },
        artifacts: vec![Artifact { name: "clusters".to_owned(), files: tree }],
        blueprints: Vec::new(),
        carried: Vec::new(),
        closure: Closure::default(),
        origin: Origin::default(),
    };
    sign(assemble(&contents).unwrap(), None, &Signers { release: key, index: key, attest: None }).unwrap()
}

/// The classic signatures of a release: the artefact, what was signed, and the signature in Base64.
fn classic(layout: &Layout) -> Vec<(catalyst_bundle::Digest, Vec<u8>, String)> {
    let release = Release::read(layout, None).unwrap();
    let attached = release.attached.iter().filter_map(|it| {
        let layer = it.manifest.layers.first()?;
        let signature = layer.annotations.get(SIGNATURE)?;
        Some((it.about, layout.blobs[&layer.digest].to_vec(), signature.clone()))
    });
    attached.collect()
}

#[test]
fn each_opens_the_key_files_of_the_other() {
    let (ours, file) = our_key();
    let opened = SigStoreKeyPair::from_encrypted_pem(file.as_bytes(), PASSWORD).unwrap();
    assert_eq!(opened.public_key_to_pem().unwrap().replace("\r\n", "\n"), ours.public().to_pem());
    assert!(SigStoreKeyPair::from_encrypted_pem(file.as_bytes(), b"another").is_err());

    let theirs =
        SigningScheme::ECDSA_P256_SHA256_ASN1.create_signer().unwrap().to_sigstore_keypair().unwrap();
    let file = theirs.private_key_to_encrypted_pem(PASSWORD).unwrap();
    let opened = PrivateKey::from_file(&file, PASSWORD).unwrap();
    assert_eq!(opened.public().to_pem(), theirs.public_key_to_pem().unwrap().replace("\r\n", "\n"));
    assert!(PrivateKey::from_file(&file, b"another").is_err());
}

#[test]
fn it_verifies_the_classic_signatures_that_are_made_here() {
    let (key, _) = our_key();
    let layout = release(&key);
    let signatures = classic(&layout);
    assert!(!signatures.is_empty());
    let pem = key.public().to_pem();
    let scheme = SigningScheme::ECDSA_P256_SHA256_ASN1;
    let judge = CosignVerificationKey::from_pem(pem.as_bytes(), &scheme).unwrap();
    for (_, payload, signature) in &signatures {
        let verifies = |payload: &[u8]| {
            judge.verify_signature(Signature::Base64Encoded(signature.as_bytes()), payload).is_ok()
        };
        assert!(verifies(payload));
        for at in 0..payload.len() {
            let mut changed = payload.clone();
            changed[at] ^= 1;
            assert!(!verifies(&changed), "byte {at}");
        }
    }
}

#[test]
fn its_signatures_are_verified_here() {
    let (key, file) = our_key();
    let layout = release(&key);
    let (artifact, payload, _) = classic(&layout).remove(0);
    let pair = SigStoreKeyPair::from_encrypted_pem(file.as_bytes(), PASSWORD).unwrap();
    let signer = pair.to_sigstore_signer(&SigningScheme::ECDSA_P256_SHA256_ASN1).unwrap();
    let signature = signer.sign(&payload).unwrap();
    let verify = |payload: &[u8], signature: &[u8]| {
        verify_classic(payload, &Base64::encode_string(signature), &artifact, &[key.public()])
    };
    assert_eq!(verify(&payload, &signature).unwrap().id(), key.public().id());
    let mut changed = signature.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(verify(&payload, &changed).err(), Some(Refusal::BadSignature));
}
