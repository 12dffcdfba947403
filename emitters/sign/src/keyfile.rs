//! Private keys as cosign keeps them: PKCS #8, sealed with XSalsa20-Poly1305 under a key that scrypt makes from a password.

use crate::base64;
use crate::keys::PrivateKey;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use p256::ecdsa::SigningKey;
use p256::pkcs8::der::pem;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use serde_json::{Value, json};
use std::fmt;
use zeroize::Zeroizing;

/// What is written; cosign reads this one and an older one.
const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
const LABEL_OLD: &str = "ENCRYPTED COSIGN PRIVATE KEY";

/// What cosign uses. Others would let a file decide how much memory and time reading it takes.
const COST: u64 = 1 << 16;
const COST_OLD: u64 = 1 << 15;
const BLOCK: u32 = 8;
const PARALLEL: u32 = 1;

/// Why something is no key, or none that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// It is no public key on P-256 in PEM.
    NotPublic,
    /// It is no encrypted private key as cosign writes it.
    NotPrivate,
    /// Its key derivation has parameters that are not accepted.
    Parameters,
    /// The password is wrong, or the file was changed.
    Password,
    /// It holds a key, but none on P-256.
    NotP256,
    /// The randomness was none.
    Randomness,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyError::NotPublic => "it is no public key on P-256 in PEM",
            KeyError::NotPrivate => "it is no encrypted private key as cosign writes it",
            KeyError::Parameters => {
                "its key derivation is not scrypt with N=65536 or 32768, r=8, p=1, as cosign uses it"
            }
            KeyError::Password => "the password is wrong, or the file was changed",
            KeyError::NotP256 => "the key in it is not one on P-256",
            KeyError::Randomness => "the random numbers for the key are not random",
        })
    }
}

impl std::error::Error for KeyError {}

/// Makes a key from 88 random bytes, and the file that holds it under a password.
pub fn keygen(random: &[u8; 88], password: &[u8]) -> Result<(PrivateKey, String), KeyError> {
    let (scalar, rest) = random.split_at(32);
    let (salt, nonce) = rest.split_at(32);
    if [scalar, salt, nonce].iter().any(|part| part.iter().all(|byte| *byte == part[0])) {
        return Err(KeyError::Randomness);
    }
    // Zero and what is not below the order of the curve are no keys: 2^-32 of all.
    let key = SigningKey::from_slice(scalar).map_err(|_| KeyError::Randomness)?;
    let plain = key.to_pkcs8_der().map_err(|_| KeyError::NotP256)?;
    let cipher = cipher(password, salt, COST)?;
    let sealed =
        cipher.encrypt(Nonce::from_slice(nonce), plain.as_bytes()).map_err(|_| KeyError::NotPrivate)?;
    let json = json!({
        "kdf": {
            "name": "scrypt",
            "params": { "N": COST, "r": BLOCK, "p": PARALLEL },
            "salt": base64::encode(salt),
        },
        "cipher": { "name": "nacl/secretbox", "nonce": base64::encode(nonce) },
        "ciphertext": base64::encode(&sealed),
    });
    let file = pem::encode_string(LABEL, LineEnding::LF, json.to_string().as_bytes());
    Ok((PrivateKey(key), file.map_err(|_| KeyError::NotPrivate)?))
}

impl PrivateKey {
    /// Opens a key file with its password.
    pub fn from_file(text: &str, password: &[u8]) -> Result<PrivateKey, KeyError> {
        let (label, body) =
            pem::decode_vec(text.trim_start().as_bytes()).map_err(|_| KeyError::NotPrivate)?;
        if ![LABEL, LABEL_OLD].contains(&label) {
            return Err(KeyError::NotPrivate);
        }
        let json = catalyst_bundle::json::parse(&body).map_err(|_| KeyError::NotPrivate)?;
        let (kdf, sealed) = (&json["kdf"], &json["cipher"]);
        if kdf["name"] != "scrypt" || sealed["name"] != "nacl/secretbox" {
            return Err(KeyError::NotPrivate);
        }
        let parameter = |name: &str| kdf["params"][name].as_u64();
        let cost = parameter("N").filter(|it| [COST, COST_OLD].contains(it)).ok_or(KeyError::Parameters)?;
        if (parameter("r"), parameter("p")) != (Some(BLOCK.into()), Some(PARALLEL.into())) {
            return Err(KeyError::Parameters);
        }
        let bytes = |value: &Value| value.as_str().and_then(base64::decode).ok_or(KeyError::NotPrivate);
        let (salt, nonce) = (bytes(&kdf["salt"])?, bytes(&sealed["nonce"])?);
        if salt.len() != 32 || nonce.len() != 24 {
            return Err(KeyError::NotPrivate);
        }
        let cipher = cipher(password, &salt, cost)?;
        let plain = cipher
            .decrypt(Nonce::from_slice(&nonce), bytes(&json["ciphertext"])?.as_slice())
            .map_err(|_| KeyError::Password)?;
        let plain = Zeroizing::new(plain);
        SigningKey::from_pkcs8_der(&plain).map(PrivateKey).map_err(|_| KeyError::NotP256)
    }
}

fn cipher(password: &[u8], salt: &[u8], cost: u64) -> Result<XSalsa20Poly1305, KeyError> {
    let params = scrypt::Params::new(cost.ilog2() as u8, BLOCK, PARALLEL, 32);
    let params = params.map_err(|_| KeyError::Parameters)?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password, salt, &params, &mut *key).map_err(|_| KeyError::Parameters)?;
    Ok(XSalsa20Poly1305::new(Key::from_slice(&*key)))
}
