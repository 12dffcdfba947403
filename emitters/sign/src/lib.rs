//! Signatures over releases: made so that cosign and Flux accept them, and verified here down to the last field.
//!
//! No files, no network, no clock and no random numbers of its own: whoever makes a key brings the randomness. Signatures are those of
//! RFC 6979, so the same key and the same release give the same bytes.
//!
//! - [`keygen`], [`PrivateKey`], [`PublicKey`]: ECDSA on P-256, private keys in cosign's encrypted form.
//! - [`sign()`]: a sigstore bundle and a classic signature for each artefact that clusters use, and one statement over the whole release.
//! - [`sign_artifact`], [`attest()`]: signatures over what stands for itself, and statements of other kinds.
//! - [`verify()`]: accepts nothing but what [`sign()`] would have written, under keys and for an audience that the caller names.

mod base64;
mod claims;
mod classic;
mod dsse;
mod keyfile;
mod keys;
mod refusal;
mod sign;
mod statement;
#[cfg(test)]
mod tests;
mod verify;

pub use classic::verify_classic;
pub use dsse::{BUNDLE_TYPE, verify_bundle};
pub use keyfile::{KeyError, keygen};
pub use keys::{PrivateKey, PublicKey};
pub use refusal::Refusal;
pub use sign::{SignError, Signers, attest, sign, sign_artifact};
pub use verify::{Attested, Expected, Mark, Report, Trust, accept_mark, adopt, verify};
