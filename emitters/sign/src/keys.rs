//! Keys: ECDSA on P-256 with SHA-256.

use crate::base64;
use crate::keyfile::KeyError;
use catalyst_bundle::Digest;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _, LineEnding};
use std::fmt;

/// A key that signs. Its secret is wiped from memory when it is dropped, and never printed.
pub struct PrivateKey(pub(crate) SigningKey);

/// A key that verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: Digest,
}

impl PrivateKey {
    /// The other half.
    pub fn public(&self) -> PublicKey {
        PublicKey::of(*self.0.verifying_key())
    }

    /// The signature of a message, in DER. The same message gives the same signature.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(message);
        signature.to_der().as_bytes().to_vec()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public().id())
    }
}

impl PublicKey {
    fn of(key: VerifyingKey) -> PublicKey {
        let der =
            key.to_public_key_der().unwrap_or_else(|error| unreachable!("a key of fixed size: {error}"));
        PublicKey { id: Digest::of(der.as_bytes()), key }
    }

    /// Reads a key in PEM.
    pub fn from_pem(text: &str) -> Result<PublicKey, KeyError> {
        let key = VerifyingKey::from_public_key_pem(text.trim_start()).map_err(|_| KeyError::NotPublic)?;
        Ok(PublicKey::of(key))
    }

    /// The key in PEM.
    pub fn to_pem(&self) -> String {
        let pem = self.key.to_public_key_pem(LineEnding::LF);
        pem.unwrap_or_else(|error| unreachable!("a key of fixed size: {error}"))
    }

    /// The SHA-256 of the key in DER, by which people and policies name it.
    pub fn id(&self) -> String {
        self.id.hex()
    }

    /// The same in the form of sigstore bundles.
    pub(crate) fn hint(&self) -> String {
        base64::encode(self.id.bytes())
    }

    /// Whether this is the key's signature of the message, in DER.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let parsed = Signature::from_der(signature);
        parsed.is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}
