//! Why a release is not accepted.

use catalyst_bundle::Digest;
use catalyst_bundle::release::Flaw;
use std::fmt;

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is no complete release whose digests hold.
    Flaw(Flaw),
    /// There is no key to verify with, or fewer than have to agree.
    NoKeys,
    /// A signature that is needed is not there, or only by keys that are not trusted for it.
    MissingSignature {
        /// What should be signed.
        name: String,
        /// Which signature.
        which: &'static str,
    },
    /// A signature is no sigstore bundle, DSSE envelope or classic signature as they are accepted.
    MalformedSignature(&'static str),
    /// The signature is not that of the key it names.
    BadSignature,
    /// The signature is over another artefact than the one it is attached to.
    OtherArtifact(Digest),
    /// The signature says something else than that the artefact is released: it was made for another purpose.
    OtherPurpose(String),
    /// What was signed is not what the release says.
    Statement,
    /// It is for another Sovereign.
    Audience {
        /// The Sovereign it is for.
        found: String,
    },
    /// It is older than what was accepted before.
    Older {
        /// The number that was accepted.
        accepted: u64,
    },
    /// Nothing of its line was accepted before, and nobody said that it may be the first.
    FirstOfLine {
        /// The line.
        line: String,
    },
    /// A key is trusted both for attestations and for what clusters use.
    SharedKey,
    /// Another release of the same number was accepted before.
    OtherContent,
    /// Its number is so high that it would leave no room for later ones.
    Jump,
}

impl Refusal {
    /// The reason as a word, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Refusal::Flaw(flaw) => flaw.as_str(),
            Refusal::NoKeys => "no-keys",
            Refusal::MissingSignature { .. } => "missing-signature",
            Refusal::MalformedSignature(_) => "malformed-signature",
            Refusal::BadSignature => "bad-signature",
            Refusal::OtherArtifact(_) => "other-artifact",
            Refusal::OtherPurpose(_) => "other-purpose",
            Refusal::Statement => "statement",
            Refusal::Audience { .. } => "audience",
            Refusal::Older { .. } => "older",
            Refusal::FirstOfLine { .. } => "first-of-line",
            Refusal::SharedKey => "shared-key",
            Refusal::OtherContent => "other-content",
            Refusal::Jump => "jump",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Flaw(flaw) => fmt::Display::fmt(flaw, f),
            Refusal::NoKeys => f.write_str("there are fewer keys than have to agree"),
            Refusal::MissingSignature { name, which } => {
                write!(f, "`{name}` has no {which} by a key that is trusted for it")
            }
            Refusal::MalformedSignature(what) => write!(f, "a signature is malformed: {what}"),
            Refusal::BadSignature => f.write_str("a signature is not that of the key it names"),
            Refusal::OtherArtifact(digest) => {
                write!(f, "a signature is over {digest}, not over what it is attached to")
            }
            Refusal::OtherPurpose(purpose) => {
                write!(f, "a signature was made for another purpose: `{}`", purpose.escape_debug())
            }
            Refusal::Statement => f.write_str("what was signed is not what the release says"),
            Refusal::Audience { found } => write!(f, "the release is for Sovereign `{found}`"),
            Refusal::Older { accepted } => {
                write!(f, "release {accepted} was accepted before, which is newer")
            }
            Refusal::FirstOfLine { line } => {
                write!(f, "nothing of line `{line}` was accepted before: if it may begin, add `--first-use`")
            }
            Refusal::SharedKey => {
                f.write_str("a key is trusted for attestations and for what clusters use: each needs its own")
            }
            Refusal::OtherContent => {
                f.write_str("another release of this number was accepted before: one of the two is forged")
            }
            Refusal::Jump => f.write_str("its number is so high that hardly any could follow"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Flaw> for Refusal {
    fn from(flaw: Flaw) -> Self {
        Refusal::Flaw(flaw)
    }
}
