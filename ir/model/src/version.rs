//! Versions and constraints in the dialect of domain.md section 4.
//!
//! A version is a semantic version, with or without a leading `v`. A constraint is a caret (`^1`, `^1.4`), tilde, x-range (`1.2.x`,
//! `0.33.*`), exact version, comparator (`>=1.2`), hyphen range, any of these side by side (all must hold), or alternatives joined by
//! `||`. A pre-release satisfies a constraint only when the constraint names a pre-release itself (the rule of Masterminds/semver, which
//! Helm and Flux use).

use crate::names::textual;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

/// Why a text is no version or constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionError {
    /// What was asked for, for people: "version" or "version constraint".
    pub what: &'static str,
    /// The text.
    pub text: String,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no {}: {}", self.text, self.what, self.why)
    }
}

impl std::error::Error for VersionError {}

fn no_version(text: &str, why: impl Into<String>) -> VersionError {
    VersionError { what: "version", text: text.chars().take(80).collect(), why: why.into() }
}

fn no_constraint(text: &str, why: impl Into<String>) -> VersionError {
    VersionError { what: "version constraint", text: text.chars().take(80).collect(), why: why.into() }
}

/// A semantic version. Prints as it was written; ordered by precedence, then by text, so that a leading `v` or build metadata never
/// makes an order depend on chance.
#[derive(Clone)]
pub struct Version {
    raw: std::sync::Arc<str>,
    semver: semver::Version,
}

impl Version {
    /// The version as written.
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The version in three parts.
    pub fn semver(&self) -> &semver::Version {
        &self.semver
    }

    /// The version without a leading `v`.
    pub fn canonical(&self) -> String {
        self.semver.to_string()
    }

    /// The version as a tag of an OCI artifact: `+` is illegal there and becomes `_`.
    pub fn tag(&self) -> String {
        self.canonical().replace('+', "_")
    }

    /// The version as a label value: without build metadata, which starts with an illegal `+`.
    pub fn label(&self) -> String {
        let mut plain = self.semver.clone();
        plain.build = semver::BuildMetadata::EMPTY;
        plain.to_string()
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let plain = text.strip_prefix('v').unwrap_or(text);
        if text.len() > 128 {
            return Err(no_version(text, "it is longer than 128 characters"));
        }
        match semver::Version::parse(plain) {
            Ok(semver) => Ok(Version { raw: text.into(), semver }),
            Err(cause) => {
                Err(no_version(text, format!("a version has three parts, as in `1.4.0` ({cause})")))
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.semver.cmp_precedence(&other.semver).then_with(|| self.raw.cmp(&other.raw))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

textual!(
    Version,
    "version",
    r"^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$",
    128
);

/// An interval of versions.
pub type Interval = (Bound<semver::Version>, Bound<semver::Version>);

/// Which versions will do.
#[derive(Clone)]
pub struct Constraint {
    raw: std::sync::Arc<str>,
    any_of: Vec<Interval>,
    pre: bool,
}

impl Constraint {
    /// The constraint that every released version satisfies.
    pub fn any() -> Self {
        Constraint { raw: "*".into(), any_of: vec![(Bound::Unbounded, Bound::Unbounded)], pre: false }
    }

    /// The constraint that only this version satisfies.
    pub fn exactly(version: &Version) -> Self {
        let at = version.semver.clone();
        Constraint {
            raw: version.raw.clone(),
            pre: !at.pre.is_empty(),
            any_of: vec![(Bound::Included(at.clone()), Bound::Included(at))],
        }
    }

    /// The constraint as written.
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The versions that will do, as intervals; one of them must hold the version.
    pub fn intervals(&self) -> &[Interval] {
        &self.any_of
    }

    /// Whether a version will do.
    pub fn matches(&self, version: &Version) -> bool {
        (version.semver.pre.is_empty() || self.pre)
            && self.any_of.iter().any(|interval| contains(interval, &version.semver))
    }

    /// Whether exactly one version will do.
    pub fn is_exact(&self) -> bool {
        matches!(self.any_of.as_slice(), [(Bound::Included(a), Bound::Included(b))] if a == b)
    }
}

fn contains((low, high): &Interval, version: &semver::Version) -> bool {
    let above = match low {
        Bound::Unbounded => true,
        Bound::Included(at) => version.cmp_precedence(at).is_ge(),
        Bound::Excluded(at) => version.cmp_precedence(at).is_gt(),
    };
    above
        && match high {
            Bound::Unbounded => true,
            Bound::Included(at) => version.cmp_precedence(at).is_le(),
            Bound::Excluded(at) => version.cmp_precedence(at).is_lt(),
        }
}

impl FromStr for Constraint {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text.len() > 256 {
            return Err(no_constraint(text, "it is longer than 256 characters"));
        }
        let mut any_of = Vec::new();
        let mut pre = false;
        for alternative in text.split("||") {
            any_of.push(alternative_of(text, alternative, &mut pre)?);
        }
        Ok(Constraint { raw: text.trim().into(), any_of, pre })
    }
}

/// One alternative: comparators that must all hold, or a hyphen range.
fn alternative_of(whole: &str, text: &str, pre: &mut bool) -> Result<Interval, VersionError> {
    let mut interval = (Bound::Unbounded, Bound::Unbounded);
    if let Some((low, high)) = text.split_once(" - ") {
        narrow(&mut interval, comparator(whole, ">=", low.trim(), pre)?);
        narrow(&mut interval, comparator(whole, "<=", high.trim(), pre)?);
        return Ok(interval);
    }
    if text.split(',').count() > 1 && text.split(',').any(|part| part.trim().is_empty()) {
        return Err(no_constraint(whole, "it has a comma with nothing beside it"));
    }
    let mut words = text.split([' ', ',', '\t']).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return Err(no_constraint(whole, "it is empty; write `*` for any version"));
    }
    while let Some(word) = words.next() {
        let at = word.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(word.len());
        let (operator, mut version) = word.split_at(at);
        if version.is_empty() {
            version = words.next().unwrap_or_default();
        }
        narrow(&mut interval, comparator(whole, operator, version, pre)?);
    }
    Ok(interval)
}

/// A version of which trailing parts may be missing or wild.
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    pre: semver::Prerelease,
}

fn partial(whole: &str, text: &str) -> Result<Partial, VersionError> {
    let bad = || no_constraint(whole, format!("`{text}` is no version, nor the beginning of one"));
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split_once('+').map_or(text, |(before, _)| before);
    let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
    let mut parts = [None; 3];
    let mut wild = false;
    for (at, part) in numbers.split('.').enumerate() {
        let slot = parts.get_mut(at).ok_or_else(bad)?;
        match part {
            "*" | "x" | "X" => wild = true,
            _ if wild => return Err(bad()),
            _ if part.len() > 1 && part.starts_with('0') => return Err(bad()),
            _ => *slot = Some(part.parse::<u64>().ok().filter(|n| *n < u64::MAX).ok_or_else(bad)?),
        }
    }
    let pre = semver::Prerelease::new(pre).map_err(|_| bad())?;
    if !pre.is_empty() && parts[2].is_none() {
        return Err(bad());
    }
    Ok(Partial { major: parts[0], minor: parts[1], patch: parts[2], pre })
}

fn comparator(whole: &str, operator: &str, text: &str, pre: &mut bool) -> Result<Interval, VersionError> {
    let at = partial(whole, text)?;
    *pre |= !at.pre.is_empty();
    let (major, minor, patch) = (at.major.unwrap_or(0), at.minor.unwrap_or(0), at.patch.unwrap_or(0));
    let low =
        semver::Version { major, minor, patch, pre: at.pre.clone(), build: semver::BuildMetadata::EMPTY };
    // One past everything that shares the written parts. The smallest pre-release of the next version bounds it, so that `1.3.0-rc.1`
    // does not satisfy `~1.2`.
    let next = |major, minor, patch| {
        let mut version = semver::Version::new(major, minor, patch);
        version.pre = semver::Prerelease::new("0").unwrap_or(semver::Prerelease::EMPTY);
        Bound::Excluded(version)
    };
    let past = match (at.major, at.minor, at.patch) {
        (None, ..) => Bound::Unbounded,
        (Some(_), None, _) => next(major + 1, 0, 0),
        (Some(_), Some(_), None) => next(major, minor + 1, 0),
        (Some(_), Some(_), Some(_)) => Bound::Included(low.clone()),
    };
    let from = if at.major.is_none() { Bound::Unbounded } else { Bound::Included(low.clone()) };
    Ok(match operator {
        "" | "=" | "==" => (from, past),
        "^" => {
            let past = match (at.major, at.minor, at.patch) {
                (None, ..) => Bound::Unbounded,
                (Some(0), None, _) => next(1, 0, 0),
                (Some(0), Some(0), None) => next(0, 1, 0),
                (Some(0), Some(0), Some(patch)) => next(0, 0, patch + 1),
                (Some(0), Some(minor), _) => next(0, minor + 1, 0),
                (Some(major), ..) => next(major + 1, 0, 0),
            };
            (from, past)
        }
        "~" => {
            let past = match (at.major, at.minor) {
                (None, _) => Bound::Unbounded,
                (Some(major), None) => next(major + 1, 0, 0),
                (Some(major), Some(minor)) => next(major, minor + 1, 0),
            };
            (from, past)
        }
        ">=" => (from, Bound::Unbounded),
        ">" => match past {
            Bound::Included(version) => (Bound::Excluded(version), Bound::Unbounded),
            Bound::Excluded(mut version) => {
                version.pre = semver::Prerelease::EMPTY;
                (Bound::Included(version), Bound::Unbounded)
            }
            Bound::Unbounded => return Err(no_constraint(whole, "it admits no version at all")),
        },
        "<" => (Bound::Unbounded, Bound::Excluded(low)),
        "<=" => (Bound::Unbounded, past),
        other => {
            return Err(no_constraint(whole, format!("`{other}` is no operator; known are ^ ~ = > >= < <=")));
        }
    })
}

fn narrow(into: &mut Interval, by: Interval) {
    let tighter = |low: bool, a: &Bound<semver::Version>, b: &Bound<semver::Version>| -> bool {
        match (a, b) {
            (_, Bound::Unbounded) => false,
            (Bound::Unbounded, _) => true,
            (Bound::Included(x) | Bound::Excluded(x), Bound::Included(y) | Bound::Excluded(y)) => {
                match y.cmp_precedence(x) {
                    Ordering::Equal => matches!(b, Bound::Excluded(_)),
                    Ordering::Greater => low,
                    Ordering::Less => !low,
                }
            }
        }
    };
    if tighter(true, &into.0, &by.0) {
        into.0 = by.0;
    }
    if tighter(false, &into.1, &by.1) {
        into.1 = by.1;
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

impl PartialEq for Constraint {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Constraint {}

textual!(Constraint, "version constraint", r"^[0-9A-Za-z.*^~<>=!|, +-]+$", 256);

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(constraint: &str, version: &str) -> bool {
        constraint.parse::<Constraint>().unwrap().matches(&version.parse().unwrap())
    }

    #[test]
    fn the_dialect() {
        for (constraint, yes, no) in [
            ("^1", "1.9.9", "2.0.0"),
            ("^1.4", "1.4.0", "1.3.9"),
            ("^0.2", "0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^0", "0.9.0", "1.0.0"),
            ("0.x", "0.7.0", "1.0.0"),
            ("1.2.x", "1.2.7", "1.3.0"),
            ("0.33.*", "0.33.1", "0.34.0"),
            ("1.2.3", "v1.2.3", "1.2.4"),
            ("~1.2", "1.2.9", "1.3.0"),
            (">=1.2 <2", "1.2.0", "2.0.0"),
            (">= 1.2, < 2", "1.9.0", "1.1.0"),
            (">1.2", "1.3.0", "1.2.9"),
            ("<=1.2", "1.2.9", "1.3.0"),
            ("1.2 - 1.4", "1.4.9", "1.5.0"),
            ("^1 || ^3", "3.1.0", "2.0.0"),
            ("*", "0.0.1", "1.0.0-rc.1"),
            (">=1.0.0-beta", "1.0.0-rc.1", "1.0.0-alpha"),
            ("~1.2.0-rc.0", "1.2.0-rc.1", "1.3.0-rc.1"),
        ] {
            assert!(matches(constraint, yes), "{constraint} should take {yes}");
            assert!(!matches(constraint, no), "{constraint} should refuse {no}");
        }
    }

    #[test]
    fn refuses_what_is_no_constraint() {
        for bad in [
            "",
            "  ",
            "^",
            "1.2.3.4",
            "a.b.c",
            "1.x.3",
            "!=1",
            ">>1",
            "01.2",
            "1.2-rc",
            "||",
            ">*",
            "1.18446744073709551615",
        ] {
            assert!(bad.parse::<Constraint>().is_err(), "{bad:?}");
        }
        for bad in ["1", "1.2", "v", "1.2.3.4", "01.2.3", ""] {
            assert!(bad.parse::<Version>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn build_metadata_is_no_part_of_tags_and_labels() {
        let version: Version = "v1.31.4+k3s1".parse().unwrap();
        assert_eq!((version.tag(), version.label()), ("1.31.4_k3s1".into(), "1.31.4".into()));
        assert!(matches("1.31.4", "1.31.4+k3s1"));
    }
}
