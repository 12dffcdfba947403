//! Pushing a release: what others need first, tags last. Each step can be made again, so that a push that was broken off goes on when it is
//! run again, and what is there is not sent.

use super::blob::{self, Blob};
use super::plan::{Attachment, Content, Plan};
use super::signatures::with_layers;
use super::{MoveError, Taken, each, threads};
use crate::bundle::read_far;
use crate::network::{Network, NetworkProgress, connect};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::Descriptor;
use catalyst_registry::{Client, Document, OciReference, OciRepository, Put};
use catalyst_system::Spool;
use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was pushed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Blobs that were sent, with their bytes.
    pub sent: Tally,
    /// Blobs that the registry took from another repository of its own.
    pub mounted: Tally,
    /// Blobs that were there.
    pub present: Tally,
    /// Manifests and indexes that were put.
    pub documents: usize,
    /// Signatures and attestations that were put.
    pub signatures: usize,
    /// Tags that were made.
    pub tags: Vec<OciReference>,
}

/// A number of blobs, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub blobs: usize,
    /// How large together.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, bytes: u64) {
        self.blobs += 1;
        self.bytes += bytes;
    }
}

/// How far a push has come: what is there of it, and was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Nothing yet.
    Accepted,
    /// All blobs.
    Blobs,
    /// All manifests too.
    Manifests,
    /// All signatures too: everything but tags.
    Signatures,
    /// Everything.
    Applied,
}

const STEPS: [(Step, &str); 5] = [
    (Step::Accepted, "accepted"),
    (Step::Blobs, "blobs"),
    (Step::Manifests, "manifests"),
    (Step::Signatures, "signatures"),
    (Step::Applied, "applied"),
];

impl Step {
    pub(super) fn as_str(self) -> &'static str {
        STEPS.iter().find(|(it, _)| *it == self).map_or("", |(_, text)| text)
    }

    pub(super) fn parse(text: &str) -> Option<Step> {
        STEPS.iter().find(|(_, it)| *it == text).map(|(it, _)| *it)
    }
}

/// Pushes what is planned. Tags are made when everything they lead to is there and was read back; a tag that has other content is not changed, and
/// then nothing is sent at all.
pub fn push(plan: &Plan, network: &Network, progress: Arc<dyn NetworkProgress>) -> Result<Pushed, MoveError> {
    push_from(Step::Accepted, plan, network, progress, &|_| Ok(()))
}

/// The same from where an earlier one was broken off. Each step is told to `note` when it is done.
pub(super) fn push_from(
    step: Step,
    plan: &Plan,
    network: &Network,
    progress: Arc<dyn NetworkProgress>,
    note: &dyn Fn(Step) -> Result<(), MoveError>,
) -> Result<Pushed, MoveError> {
    let push = Push {
        plan,
        client: connect(network, progress.clone())?,
        threads: threads(network.jobs)?,
        progress: &*progress,
    };
    let mut done = Pushed::default();
    let missing = push.missing_tags()?;
    // A finished one is looked at as a whole: the registry may have lost something since.
    let mut step = if step == Step::Applied { Step::Accepted } else { step };
    // So may one that was broken off have; what is really wrong shows again on the way.
    if step == Step::Signatures && push.read_back().is_err() {
        step = Step::Accepted;
    }
    if step < Step::Blobs {
        push.blobs(&mut done)?;
        note(Step::Blobs)?;
    }
    if step < Step::Manifests {
        push.documents(&mut done)?;
        note(Step::Manifests)?;
    }
    if step < Step::Signatures {
        push.attached(&mut done)?;
        push.read_back()?;
        note(Step::Signatures)?;
    }
    push.tags(&missing, &mut done)?;
    note(Step::Applied)?;
    Ok(done)
}

struct Push<'a> {
    plan: &'a Plan,
    client: Client,
    threads: ThreadPool,
    progress: &'a dyn NetworkProgress,
}

/// A manifest or an index, and the repository it goes to.
type Entry<'a> = ((&'a OciRepository, &'a Digest), &'a String);

impl Push<'_> {
    /// The tags that are not there yet. One that is there must have the content that it is to get.
    fn missing_tags(&self) -> Result<Vec<usize>, MoveError> {
        let found = each(&self.threads, &self.plan.tags, |(tag, _)| Ok(self.client.digest(tag)?))?;
        let tags = || self.plan.tags.iter().zip(&found);
        let taken = tags().filter_map(|((tag, wanted), found)| {
            let found = found.filter(|it| *it != wanted.digest)?;
            Some(Taken { tag: tag.clone(), found, wanted: wanted.digest })
        });
        let taken: Vec<Taken> = taken.collect();
        if !taken.is_empty() {
            return Err(MoveError::Taken(taken));
        }
        Ok(found.iter().enumerate().filter(|(_, found)| found.is_none()).map(|(number, _)| number).collect())
    }

    /// Each blob goes to one repository, and from there to the others that need it.
    fn blobs(&self, done: &mut Pushed) -> Result<(), MoveError> {
        let homes: Vec<(&Digest, &OciRepository, Option<&OciRepository>)> = self
            .plan
            .blobs
            .iter()
            .filter_map(|(digest, repositories)| Some((digest, repositories.first()?, None)))
            .collect();
        let copies: Vec<_> = self
            .plan
            .blobs
            .iter()
            .flat_map(|(digest, repositories)| {
                let home = repositories.first();
                repositories.iter().skip(1).map(move |it| (digest, it, home))
            })
            .collect();
        let documents: usize = self.plan.documents.values().map(BTreeMap::len).sum();
        let attached: usize = self.plan.attached.values().map(Vec::len).sum();
        self.progress.needed(homes.len() + copies.len() + documents + attached + self.plan.tags.len());
        for round in [homes, copies] {
            let put = each(&self.threads, &round, |(digest, to, from)| {
                let content = self.plan.content(digest)?;
                let put = match self.client.find_blob(to, digest, *from)? {
                    Some(put) => put,
                    None => {
                        self.send(to, digest, content)?;
                        Put::Sent
                    }
                };
                self.progress.done(&digest.to_string());
                Ok((put, content.size()))
            })?;
            for (put, bytes) in put {
                match put {
                    Put::Sent => done.sent.add(bytes),
                    Put::Mounted => done.mounted.add(bytes),
                    Put::Present => done.present.add(bytes),
                }
            }
        }
        Ok(())
    }

    fn documents(&self, done: &mut Pushed) -> Result<(), MoveError> {
        for level in self.plan.documents.values() {
            let entries: Vec<Entry<'_>> = level.iter().map(|((to, digest), it)| ((to, digest), it)).collect();
            let put = each(&self.threads, &entries, |((to, digest), media_type)| {
                let at = at(to, digest);
                let is_new = self.client.digest(&at)?.is_none();
                if is_new {
                    self.client.put_document(&at, &self.document(digest, media_type)?)?;
                }
                self.progress.done(&digest.to_string());
                Ok(is_new)
            })?;
            done.documents += put.into_iter().filter(|it| *it).count();
        }
        Ok(())
    }

    fn document(&self, digest: &Digest, media_type: &str) -> Result<Document, MoveError> {
        let bytes = match self.plan.content(digest)? {
            Content::Held(bytes) => bytes.to_vec(),
            Content::Far(digest, stretch) => read_far(digest, stretch)?,
            Content::Elsewhere(repository, blob) => self.client.blob(repository, blob)?,
        };
        Ok(Document { media_type: media_type.to_owned(), bytes })
    }

    /// Sends a blob. What is not here is fetched first, and checked before any of it is sent; what is large is never held.
    fn send(&self, to: &OciRepository, digest: &Digest, content: &Content) -> Result<(), MoveError> {
        match content {
            Content::Held(bytes) => Ok(self.client.send_blob(to, digest, bytes)?),
            Content::Far(_, stretch) => blob::send_file(&self.client, to, digest, stretch),
            Content::Elsewhere(repository, there) => {
                let spool = Spool::new("catalystc-blob")?;
                match blob::fetch(&self.client, repository, there, &spool)? {
                    Blob::Held(bytes) => Ok(self.client.send_blob(to, digest, &bytes)?),
                    Blob::Far(stretch) => blob::send_file(&self.client, to, digest, &stretch),
                }
            }
        }
    }

    /// Signatures and attestations: found by the referrers API, by the tag that stands in for it, or by the classic tag.
    fn attached(&self, done: &mut Pushed) -> Result<(), MoveError> {
        let about: Vec<_> = self.plan.attached.iter().collect();
        let put = each(&self.threads, &about, |((repository, subject), attached)| {
            let put =
                self.refer(repository, subject, attached)? + self.sign(repository, subject, attached)?;
            attached.iter().for_each(|it| self.progress.done(&it.digest().to_string()));
            Ok(put)
        })?;
        done.signatures += put.into_iter().sum::<usize>();
        Ok(())
    }

    /// The referrers of an artefact that are not listed yet. Says how many there were.
    fn refer(
        &self,
        repository: &OciRepository,
        subject: &Digest,
        attached: &[Attachment],
    ) -> Result<usize, MoveError> {
        let missing = self.unlisted(repository, subject, attached)?;
        let mut entries = Vec::new();
        for (descriptor, document) in &missing {
            if !self.client.put_document(&at(repository, &descriptor.digest), document)? {
                entries.push((*descriptor).clone());
            }
        }
        if !entries.is_empty() {
            self.client.list_referrers(repository, subject, &entries)?;
        }
        Ok(missing.len())
    }

    fn unlisted<'a>(
        &self,
        repository: &OciRepository,
        subject: &Digest,
        attached: &'a [Attachment],
    ) -> Result<Vec<(&'a Descriptor, &'a Document)>, MoveError> {
        let listed = self.client.all_referrers(repository, subject)?;
        let unlisted = attached.iter().filter_map(|it| match it {
            Attachment::Referrer(descriptor, document) => Some((descriptor, document)),
            Attachment::Tagged(..) => None,
        });
        Ok(unlisted.filter(|(it, _)| listed.iter().all(|old| old.digest != it.digest)).collect())
    }

    /// What stands under tags of its own, beside what is there. Says how many were missing.
    fn sign(
        &self,
        repository: &OciRepository,
        subject: &Digest,
        attached: &[Attachment],
    ) -> Result<usize, MoveError> {
        let mut put = 0;
        for it in attached {
            let Attachment::Tagged(ending, document) = it else { continue };
            let tag = beside(repository, subject, ending);
            put += usize::from(self.client.amend(&tag, &|old| with_layers(old, document))?);
        }
        Ok(put)
    }

    /// Reads what the tags will lead to, before they do.
    fn read_back(&self) -> Result<(), MoveError> {
        let documents: Vec<Entry<'_>> =
            self.plan.documents.values().flatten().map(|((to, digest), it)| ((to, digest), it)).collect();
        each(&self.threads, &documents, |((to, digest), _)| {
            match self.client.document(&at(to, digest))? {
                Some(_) => Ok(()),
                None => Err(gone(to, digest)),
            }
        })?;
        let about: Vec<_> = self.plan.attached.iter().collect();
        each(&self.threads, &about, |((repository, subject), attached)| {
            // Somebody else may have rewritten a list since it was read last.
            self.refer(repository, subject, attached)?;
            self.sign(repository, subject, attached)?;
            match self.unlisted(repository, subject, attached)?.first() {
                Some((lost, _)) => Err(gone(repository, &lost.digest)),
                None => Ok(()),
            }
        })?;
        Ok(())
    }

    /// The tags that are missing; that of the release when all others are there.
    fn tags(&self, missing: &[usize], done: &mut Pushed) -> Result<(), MoveError> {
        let last = self.plan.tags.len().saturating_sub(1);
        let (release, others): (Vec<usize>, Vec<usize>) = missing.iter().partition(|it| **it == last);
        for round in [others, release] {
            each(&self.threads, &round, |number| {
                let (tag, descriptor) = &self.plan.tags[*number];
                self.client.put_document(tag, &self.document(&descriptor.digest, &descriptor.media_type)?)?;
                Ok(())
            })?;
            done.tags.extend(round.iter().map(|number| self.plan.tags[*number].0.clone()));
        }
        each(&self.threads, &self.plan.tags, |(tag, descriptor)| {
            self.progress.done(&tag.to_string());
            match self.client.digest(tag)? {
                Some(found) if found == descriptor.digest => Ok(()),
                _ => Err(MoveError::refused(
                    format!("`{tag}` was made, and leads elsewhere now"),
                    Some("find out who else writes there, and run it again"),
                )),
            }
        })?;
        Ok(())
    }
}

/// What stands under a digest.
pub(super) fn at(repository: &OciRepository, digest: &Digest) -> OciReference {
    OciReference { repository: repository.clone(), tag: None, digest: Some(*digest) }
}

/// The tag of what stands beside an artefact without being a referrer.
pub(super) fn beside(repository: &OciRepository, subject: &Digest, ending: &str) -> OciReference {
    let tag = Some(format!("sha256-{}.{ending}", subject.hex()));
    OciReference { repository: repository.clone(), tag, digest: None }
}

fn gone(repository: &OciRepository, digest: &Digest) -> MoveError {
    MoveError::refused(
        format!("{repository} has taken {digest}, and does not have it"),
        Some("run it again; if it stays so, tell whoever runs the registry"),
    )
}
