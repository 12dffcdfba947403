//! SHA-256, the only digest there is. A digest that came from outside is parsed once, here, and never used as text in a path before.

use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is no [`Digest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DigestError {
    /// It names another algorithm than `sha256`.
    Algorithm(String),
    /// It is not `sha256:` and 64 lower-case hexadecimal digits.
    Malformed,
}

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DigestError::Algorithm(name) => write!(f, "digest algorithm `{name}` is not sha256"),
            DigestError::Malformed => {
                f.write_str("a digest is `sha256:` followed by 64 lower-case hexadecimal digits")
            }
        }
    }
}

impl std::error::Error for DigestError {}

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        let mut digester = Digester::default();
        digester.update(bytes);
        digester.finish()
    }

    /// Reads `sha256:<hex>`.
    pub fn parse(text: &str) -> Result<Digest, DigestError> {
        let (algorithm, hex) = text.split_once(':').ok_or(DigestError::Malformed)?;
        match algorithm {
            "sha256" => Digest::from_hex(hex),
            "" => Err(DigestError::Malformed),
            other if other.len() <= 32 && other.chars().all(|c| c.is_ascii_alphanumeric()) => {
                Err(DigestError::Algorithm(other.to_owned()))
            }
            _ => Err(DigestError::Malformed),
        }
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn from_hex(hex: &str) -> Result<Digest, DigestError> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(DigestError::Malformed),
        };
        let mut bytes = [0; 32];
        if hex.len() != 64 {
            return Err(DigestError::Malformed);
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Ok(Digest(bytes))
    }

    /// The 64 digits, as they stand in the name of a blob.
    pub fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        self.0.iter().flat_map(digits).map(char::from).collect()
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A digest of bytes that come piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Adds bytes.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl std::io::Write for Digester {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let empty = Digest::of(b"");
        assert_eq!(
            empty.to_string(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(Digest::parse(&empty.to_string()), Ok(empty));
    }

    #[test]
    fn anything_else_is_refused() {
        let hex = Digest::of(b"").hex();
        for bad in ["", "sha256", ":", &hex, &format!("sha256:{}", hex.to_uppercase()), "sha256:../../etc"] {
            assert_eq!(Digest::parse(bad), Err(DigestError::Malformed), "{bad}");
        }
        assert_eq!(Digest::parse(&format!("sha256:{hex}0")), Err(DigestError::Malformed));
        for other in ["sha1", "sha384", "sha512", "md5", "SHA256"] {
            assert_eq!(
                Digest::parse(&format!("{other}:{hex}")),
                Err(DigestError::Algorithm(other.to_owned()))
            );
        }
        assert_eq!(Digest::parse(&format!("../x:{hex}")), Err(DigestError::Malformed));
    }
}
