//! Verifying a release: shape, digests, completeness, signatures, audience, number. What is not made sure of is not accepted.

use crate::claims::{Claim, Role, WHOLE, claims};
use crate::classic;
use crate::dsse::{Envelope, Signed, referrer};
use crate::keys::PublicKey;
use crate::refusal::Refusal;
use crate::statement::{Statement, attestation, is_reserved};
use catalyst_bundle::Digest;
use catalyst_bundle::json::parse;
use catalyst_bundle::oci::{Descriptor, Layout};
use catalyst_bundle::release::{Attached, BILL, Flaw, HIGHEST, Header, PROVENANCE, Release, with_attached};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which keys are trusted for what.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// For artefacts that clusters use.
    pub release: Vec<PublicKey>,
    /// For the release as a whole.
    pub index: Vec<PublicKey>,
    /// For attestations; when there are none, attestations are not looked at.
    pub attest: Vec<PublicKey>,
    /// How many keys have to agree on the release as a whole.
    pub threshold: usize,
}

/// The release that was accepted last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its number.
    pub sequence: u64,
    /// Its digest.
    pub digest: Digest,
}

/// What the release is expected to be.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// The Sovereign that it is for.
    pub sovereign: &'a str,
    /// What was accepted before, by line.
    pub accepted: &'a BTreeMap<String, Mark>,
    /// Whether a line may begin, of which nothing was accepted before. Else an old release of another line would pass for the first one.
    pub may_begin: bool,
}

/// What was made sure of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What the release says of itself.
    pub header: Header,
    /// Its digest.
    pub digest: Digest,
    /// Artefacts.
    pub artifacts: usize,
    /// Blobs whose digest and size were compared.
    pub blobs: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Signatures by trusted keys that were verified.
    pub signatures: usize,
    /// Signatures by keys that are not trusted. They count for nothing.
    pub untrusted: usize,
    /// Keys that signed the release as a whole.
    pub signers: BTreeSet<String>,
    /// Attestations of what is in the release and where it comes from, by trusted keys; `None` when they were not looked at.
    pub attestations: Option<usize>,
    /// What else was attested by keys that are trusted for it, by artefact.
    pub attested: BTreeSet<Attested>,
    /// What was accepted before in this line.
    pub accepted: Option<Mark>,
    /// Whether it is a delta.
    pub base: Option<Digest>,
}

/// An attestation of a purpose of its own. What it says is for whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attested {
    /// The name of what it is about; `release` for the release as a whole.
    pub name: String,
    /// What kind of statement it is.
    pub predicate_type: String,
    /// The id of the key.
    pub key: String,
}

/// Verifies a release, of which a delta may leave out what is in `base`.
pub fn verify(
    layout: &Layout,
    base: Option<&Layout>,
    trust: &Trust,
    expected: &Expected<'_>,
) -> Result<Report, Refusal> {
    let distinct: BTreeSet<String> = trust.index.iter().map(PublicKey::id).collect();
    if trust.release.is_empty() || trust.threshold == 0 || distinct.len() < trust.threshold {
        return Err(Refusal::NoKeys);
    }
    // Flux does not look at what a signature was made for: an attestation by a release key would pass for one.
    if trust.attest.iter().any(|it| trust.release.contains(it) || trust.index.contains(it)) {
        return Err(Refusal::SharedKey);
    }
    let release = Release::read(layout, base)?;
    let claims = claims(&release, layout, base)?;
    let mut votes = Votes::default();
    for attached in &release.attached {
        votes.count(attached, layout, base, (&release, &claims), trust)?;
    }
    let signers = votes.complete(&claims, trust)?;
    let header = &release.header;
    if header.sovereign != expected.sovereign {
        return Err(Refusal::Audience { found: header.sovereign.clone() });
    }
    let accepted = expected.accepted.get(&header.line);
    if accepted.is_none() && !expected.may_begin {
        return Err(Refusal::FirstOfLine { line: header.line.clone() });
    }
    accept_mark(accepted, header.sequence, release.descriptor.digest)?;
    let is_attested = |(_, claim): &(usize, &Claim)| claim.role == Role::Attest;
    let attestations = claims.iter().enumerate().filter(is_attested);
    let attestations = attestations.filter(|(at, _)| votes.bundles.contains_key(at)).count();
    Ok(Report {
        digest: release.descriptor.digest,
        artifacts: release.items.len(),
        blobs: release.closure.len() + 1,
        bytes: release.closure.values().map(|(_, size, _)| size).sum::<u64>() + release.descriptor.size,
        signatures: votes.trusted,
        untrusted: votes.untrusted,
        signers,
        attestations: (!trust.attest.is_empty()).then_some(attestations),
        attested: votes.attested,
        accepted: accepted.cloned(),
        base: release.base,
        header: release.header,
    })
}

/// Puts those of the candidates into the layout of a release that signing could have written, whoever holds the key, and gives how many could
/// not have been. A registry also lists what others have attached for purposes of their own, and does not say whether a release was signed as
/// a delta: that is what its own signatures say.
pub fn adopt(
    layout: &mut Layout,
    release: &mut Release,
    candidates: Vec<Option<(Attached, Vec<Vec<u8>>)>>,
) -> Result<usize, Flaw> {
    let all = candidates.len();
    let candidates: Vec<_> = candidates.into_iter().flatten().collect();
    let stated = candidates.iter().flat_map(|(_, blobs)| blobs).filter_map(|it| {
        let statement = parse(&Envelope::parse(it).ok()?.payload).ok()?;
        Digest::parse(statement["predicate"]["base"].as_str()?).ok()
    });
    let bases: BTreeSet<Option<Digest>> = stated.map(Some).chain([None]).collect();
    let mut best = (None, Vec::new());
    for base in bases {
        release.base = base;
        let claims = claims(release, layout, None)?;
        let is_ours = |(attached, blobs): &&(Attached, Vec<Vec<u8>>)| {
            let blobs = blobs.iter().map(|blob| (Digest::of(blob), Arc::from(blob.as_slice())));
            let own = Layout { blobs: blobs.collect(), ..Layout::default() };
            Votes::default().count(attached, &own, None, (release, &claims), &Trust::default()).is_ok()
        };
        let ours: Vec<_> = candidates.iter().filter(is_ours).cloned().collect();
        if ours.len() > best.1.len() {
            best = (base, ours);
        }
    }
    release.base = best.0;
    let foreign = all - best.1.len();
    with_attached(layout, release, best.1);
    Ok(foreign)
}

/// Whether a release of this number and digest may follow on what was accepted.
pub fn accept_mark(accepted: Option<&Mark>, sequence: u64, digest: Digest) -> Result<(), Refusal> {
    if sequence > HIGHEST {
        return Err(Refusal::Jump);
    }
    match accepted {
        Some(mark) if sequence < mark.sequence => Err(Refusal::Older { accepted: mark.sequence }),
        Some(mark) if sequence == mark.sequence && digest != mark.digest => Err(Refusal::OtherContent),
        _ => Ok(()),
    }
}

/// Which trusted keys signed which claim, in which encoding.
#[derive(Default)]
struct Votes {
    bundles: BTreeMap<usize, BTreeSet<String>>,
    classic: BTreeMap<usize, BTreeSet<String>>,
    attested: BTreeSet<Attested>,
    trusted: usize,
    untrusted: usize,
}

impl Votes {
    fn count(
        &mut self,
        attached: &Attached,
        layout: &Layout,
        base: Option<&Layout>,
        (release, claims): (&Release, &[Claim]),
        trust: &Trust,
    ) -> Result<(), Refusal> {
        let layer = attached.manifest.layers.first().map(|it| it.digest);
        let blob = layer.and_then(|it| layout.blobs.get(&it).or_else(|| base?.blobs.get(&it)));
        let blob: &Arc<[u8]> = blob.ok_or(Refusal::MalformedSignature("it has no content"))?;
        let about_it = |(_, claim): &(usize, &Claim)| claim.about.digest == attached.about;
        let mut claims = claims.iter().enumerate().filter(about_it);
        let unknown = Refusal::MalformedSignature("nothing of the release is signed there");
        let (at, signed, votes) = if attached.is_tagged {
            classic::check(blob, &attached.about)?;
            let (at, claim) = claims.find(|(_, it)| it.classic.is_some()).ok_or(unknown)?;
            let repository = claim.classic.as_deref().unwrap_or_default();
            if **blob != *classic::payload(&attached.about, repository) {
                return Err(Refusal::Statement);
            }
            let signed = classic::signed(&attached.manifest, blob, trusted(trust, claim.role))?;
            (at, signed, &mut self.classic)
        } else {
            let envelope = Envelope::parse(blob)?;
            let statement = Statement::parse(&envelope.payload)?;
            statement.check_subject(&attached.about)?;
            let Some((at, claim)) = claims.find(|(_, it)| it.predicate_type == statement.predicate_type)
            else {
                return self.attest(attached, blob, (&envelope, &statement), release, trust);
            };
            if envelope.payload != claim.statement.as_bytes() {
                return Err(Refusal::Statement);
            }
            if referrer(blob, &claim.about, claim.predicate_type) != attached.manifest {
                return Err(Refusal::MalformedSignature("its manifest is not that of a sigstore bundle"));
            }
            (at, envelope.signed(trusted(trust, claim.role))?, &mut self.bundles)
        };
        match signed {
            Signed::By(key) => {
                votes.entry(at).or_default().insert(key.id());
                self.trusted += 1;
            }
            Signed::ByOther => self.untrusted += 1,
        }
        Ok(())
    }

    /// A statement that signing does not make by itself: an attestation, or a signature for another purpose. Nobody knows what it should say,
    /// but how it is bound to its artefact and its purpose.
    fn attest(
        &mut self,
        attached: &Attached,
        blob: &[u8],
        (envelope, statement): (&Envelope, &Statement),
        release: &Release,
        trust: &Trust,
    ) -> Result<(), Refusal> {
        let purpose = &statement.predicate_type;
        let (name, about) = named(release, &attached.about).ok_or(Refusal::OtherArtifact(attached.about))?;
        if is_reserved(purpose) {
            return Err(Refusal::OtherPurpose(purpose.clone()));
        }
        let all = [trust.attest.as_slice(), &trust.release, &trust.index].concat();
        let signed = envelope.signed(&all)?;
        if matches!(&signed, Signed::By(key) if !trust.attest.contains(key)) {
            // Flux would take it for a signature of what it is attached to.
            return Err(Refusal::OtherPurpose(purpose.clone()));
        }
        if envelope.payload != attestation(&attached.about, purpose, &envelope.payload)?.as_bytes() {
            return Err(Refusal::Statement);
        }
        if referrer(blob, about, purpose) != attached.manifest {
            return Err(Refusal::MalformedSignature("its manifest is not that of a sigstore bundle"));
        }
        match signed {
            Signed::By(key) => {
                let (name, key) = (name.to_owned(), key.id());
                self.attested.insert(Attested { name, predicate_type: purpose.clone(), key });
                self.trusted += 1;
            }
            Signed::ByOther => self.untrusted += 1,
        }
        Ok(())
    }

    /// Whether nothing is missing. Gives the keys that signed the release as a whole.
    fn complete(&self, claims: &[Claim], trust: &Trust) -> Result<BTreeSet<String>, Refusal> {
        let mut signers = BTreeSet::new();
        for (at, claim) in claims.iter().enumerate() {
            let needed = match claim.role {
                Role::Release => 1,
                Role::Index => trust.threshold,
                Role::Attest => usize::from(!trust.attest.is_empty()),
            };
            let missing = |which| Refusal::MissingSignature { name: claim.name.clone(), which };
            let by = |votes: &BTreeMap<usize, BTreeSet<String>>| votes.get(&at).cloned().unwrap_or_default();
            let (bundles, classic) = (by(&self.bundles), by(&self.classic));
            if bundles.len() < needed {
                return Err(missing(if claim.role == Role::Attest {
                    "attestation"
                } else {
                    "sigstore bundle"
                }));
            }
            if claim.classic.is_some() && classic.len() < needed {
                return Err(missing("classic signature"));
            }
            if claim.role == Role::Index {
                signers = bundles;
            }
        }
        let is_attested = |name: &str| claims.iter().any(|it| it.role == Role::Attest && it.name == name);
        if let Some(name) = [BILL, PROVENANCE].into_iter().find(|it| !is_attested(it))
            && !trust.attest.is_empty()
        {
            return Err(Refusal::MissingSignature { name: name.to_owned(), which: "attestation" });
        }
        Ok(signers)
    }
}

/// What an artefact is called, and its descriptor.
pub(crate) fn named<'a>(release: &'a Release, about: &Digest) -> Option<(&'a str, &'a Descriptor)> {
    if release.descriptor.digest == *about {
        return Some((WHOLE, &release.descriptor));
    }
    let item = release.items.iter().find(|it| it.descriptor.digest == *about)?;
    Some((&item.name, &item.descriptor))
}

fn trusted(trust: &Trust, role: Role) -> &[PublicKey] {
    match role {
        Role::Release => &trust.release,
        Role::Index => &trust.index,
        Role::Attest => &trust.attest,
    }
}
