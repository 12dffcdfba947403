//! The published vector, keys, and releases that must not be accepted. The key below is the published test key of RFC 6979, A.2.5: whoever
//! trusts it trusts everybody.

use crate::base64;
use crate::dsse::{bundle, pae, referrer};
use crate::keyfile::KeyError;
use crate::statement::{COSIGN_SIGN, statement};
use crate::*;
use catalyst_bundle::Digest;
use catalyst_bundle::archive::File;
use catalyst_bundle::json::canonical;
use catalyst_bundle::oci::{Descriptor, Index, Layout, Manifest, REF_NAME, media};
use catalyst_bundle::release::*;
use catalyst_source::TreePath;
use p256::ecdsa::SigningKey;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

mod attest;
mod forged;
mod hostile;
mod vector;

/// The key of RFC 6979, A.2.5.
fn published() -> PrivateKey {
    let mut scalar = Vec::new();
    let hex = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    for at in (0..64).step_by(2) {
        scalar.push(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    }
    PrivateKey(SigningKey::from_slice(&scalar).unwrap())
}

/// A key of a number.
fn key(number: u8) -> PrivateKey {
    PrivateKey(SigningKey::from_slice(&[number; 32]).unwrap())
}

fn contents(sequence: u64) -> Contents {
    let tree = |text: &str| [(TreePath::new("a.yaml").unwrap(), File::new(text))].into();
    Contents {
        header: Header {
            line: "stable".to_owned(),
            sovereign: "omantel".to_owned(),
            domain: "t40.omani.works".to_owned(),
            sequence,
            previous: None,
            created: rfc3339(0),
            tool: "catalystc 0.1.0".to_owned(),
        },
        artifacts: vec![
            Artifact { name: "clusters".to_owned(), files: tree("kind: A\n") },
            Artifact { name: "system".to_owned(), files: tree("kind: B\n") },
        ],
        blueprints: Vec::new(),
        carried: Vec::new(),
        closure: Closure::default(),
        origin: Origin::default(),
    }
}

fn signed(sequence: u64) -> Layout {
    let (release, attest) = (key(1), key(2));
    let signers = Signers { release: &release, index: &release, attest: Some(&attest) };
    sign(assemble(&contents(sequence)).unwrap(), None, &signers).unwrap()
}

fn trust() -> Trust {
    let release = vec![key(1).public()];
    Trust { index: release.clone(), release, attest: vec![key(2).public()], threshold: 1 }
}

fn check(layout: &Layout) -> Result<Report, Refusal> {
    verify(
        layout,
        None,
        &trust(),
        &Expected { sovereign: "omantel", accepted: &BTreeMap::new(), may_begin: true },
    )
}
