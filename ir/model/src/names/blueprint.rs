use super::{NameError, textual};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Name of a Blueprint: `bp-` and an RFC 1123 label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlueprintName(Arc<str>);

impl BlueprintName {
    /// Checks a full name, prefix included. 53 characters at most, so that it can name a Helm release.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let bad = |why: &str| Err(NameError::new("Blueprint name", text, why));
        let Some(short) = text.strip_prefix("bp-") else {
            return bad("it must start with `bp-`");
        };
        if short.is_empty() || text.len() > 53 {
            return bad("it must have 4 to 53 characters");
        }
        if !short.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            || !short.starts_with(|c: char| c.is_ascii_lowercase())
            || short.ends_with('-')
        {
            return bad(
                "after `bp-` it may hold lower-case letters, digits and inner hyphens only, a letter first",
            );
        }
        Ok(BlueprintName(text.into()))
    }

    /// The name, prefix included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without `bp-`: folder, Helm release, slot.
    pub fn short(&self) -> &str {
        &self.0[3..]
    }
}

impl FromStr for BlueprintName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        BlueprintName::new(text)
    }
}

impl fmt::Display for BlueprintName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BlueprintName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

textual!(BlueprintName, "Blueprint name", "^bp-[a-z]([a-z0-9-]*[a-z0-9])?$", 53);
