//! Plain names: those that end up as Kubernetes names, DNS labels or domains.

use super::{NameError, textual};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $pattern:literal, $min:literal..=$max:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The regular expression that every such name matches.
            pub const PATTERN: &'static str = $pattern;
            /// Longest form, in characters.
            pub const MAX: usize = $max;

            /// Checks a text, else says what is wrong with it.
            pub fn new(text: &str) -> Result<Self, NameError> {
                let len = text.chars().count();
                if !($min..=$max).contains(&len) {
                    return Err(NameError::new($what, text, concat!("it must have ", $min, " to ", $max, " characters")));
                }
                let check: fn(&str) -> Result<(), &'static str> = $check;
                check(text).map_err(|why| NameError::new($what, text, why))?;
                Ok($name(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                $name::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        textual!($name, $what, $pattern, $max);
    };
}

/// RFC 1123 label: lower-case letters, digits and inner hyphens.
fn label(text: &str) -> Result<(), &'static str> {
    if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err("it may hold lower-case letters, digits and hyphens only");
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("it may not start or end with a hyphen");
    }
    Ok(())
}

/// An RFC 1123 label that starts with a letter.
fn letter_label(text: &str) -> Result<(), &'static str> {
    label(text)?;
    if text.starts_with(|c: char| c.is_ascii_digit()) { Err("it must start with a letter") } else { Ok(()) }
}

/// Dotted RFC 1123 labels.
fn subdomain(text: &str) -> Result<(), &'static str> {
    text.split('.').try_for_each(|part| match part.len() {
        0 => Err("it has an empty label"),
        1..=63 => label(part),
        _ => Err("a label has more than 63 characters"),
    })
}

/// At least two labels.
fn domain(text: &str) -> Result<(), &'static str> {
    subdomain(text)?;
    if text.contains('.') { Ok(()) } else { Err("it must have at least two labels, as in `t38.omani.works`") }
}

/// A slug that becomes a namespace and a vCluster name, checked against the reserved words.
fn organization(text: &str) -> Result<(), &'static str> {
    letter_label(text)?;
    if super::patterns::is_reserved_slug(text) { Err("it is a reserved word") } else { Ok(()) }
}

name! {
    /// Name of a Sovereign: a short slug, not its domain.
    SovereignName, "Sovereign name", "^[a-z]([a-z0-9-]*[a-z0-9])?$", 3..=32, letter_label
}
name! {
    /// Slug of an Organization. It names the namespace, the vCluster and the Git organization, so it is an RFC 1123 label as well as
    /// `^[a-z][a-z0-9-]{2,31}$`, and no reserved word.
    OrgName, "Organization slug", "^[a-z]([a-z0-9-]*[a-z0-9])?$", 3..=32, organization
}
name! {
    /// Name of an Application: its purpose. Namespace inside the vCluster and Git repository.
    AppName, "Application name", "^[a-z]([a-z0-9-]*[a-z0-9])?$", 1..=40, letter_label
}
name! {
    /// Key of a region of one Sovereign, usually the region code itself.
    RegionKey, "region", "^[a-z]([a-z0-9-]*[a-z0-9])?$", 2..=20, letter_label
}
name! {
    /// An RFC 1123 label.
    Label, "DNS label", "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", 1..=63, label
}
name! {
    /// Name of a Kubernetes namespace.
    Namespace, "namespace", "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", 1..=63, label
}
name! {
    /// Name of a Kubernetes object: an RFC 1123 subdomain.
    ObjectName, "object name", "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", 1..=253, subdomain
}
name! {
    /// A fully qualified domain name without the last dot.
    DomainName, "domain name", "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", 3..=253, domain
}

impl From<&OrgName> for Namespace {
    fn from(org: &OrgName) -> Self {
        Namespace(org.0.clone())
    }
}

impl From<&AppName> for Namespace {
    fn from(app: &AppName) -> Self {
        Namespace(app.0.clone())
    }
}
