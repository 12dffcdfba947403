//! Versions of Helm: which ones this compiler works with, and which one renders inside of a cluster.
//!
//! What a cluster renders with is the Helm that is built into Flux's helm-controller. Its version is that of the go.mod of each release.

use std::fmt;
use std::str::FromStr;

/// A version of Helm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HelmVersion {
    /// Major.
    pub major: u32,
    /// Minor.
    pub minor: u32,
    /// Patch.
    pub patch: u32,
}

/// The oldest Helm that is driven: before it, `tpl` read other data, and large charts took seconds.
pub const OLDEST: HelmVersion = HelmVersion { major: 3, minor: 14, patch: 0 };

impl HelmVersion {
    /// Whether two versions render alike as far as their series says: same major and minor.
    pub fn is_series_of(self, other: HelmVersion) -> bool {
        (self.major, self.minor) == (other.major, other.minor)
    }
}

impl fmt::Display for HelmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for HelmVersion {
    type Err = ();

    /// Reads `v3.17.3+ge4da497`, `3.17.3`, `4.2.0-rc.1`: what follows the three numbers is left out.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers = text.split(['+', '-']).next().unwrap_or_default();
        let mut parts = numbers.split('.').map(|part| part.parse::<u32>().map_err(drop));
        let mut next = || parts.next().unwrap_or(Err(()));
        let version = HelmVersion { major: next()?, minor: next()?, patch: next()? };
        if parts.next().is_some() { Err(()) } else { Ok(version) }
    }
}

/// The Helm that a minor version of Flux embeds in its last patch release; `None` for one that is not known.
pub fn embedded(flux: &str) -> Option<HelmVersion> {
    let (major, minor, patch) = match flux {
        "2.0" => (3, 12, 1),
        "2.1" => (3, 12, 3),
        "2.2" => (3, 13, 3),
        "2.3" => (3, 14, 4),
        "2.4" => (3, 16, 1),
        "2.5" => (3, 17, 1),
        "2.6" => (3, 17, 3),
        "2.7" => (3, 19, 2),
        "2.8" => (4, 2, 0),
        "2.9" => (4, 2, 4),
        _ => return None,
    };
    Some(HelmVersion { major, minor, patch })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_programs_say_them() {
        let read = |text: &str| text.parse::<HelmVersion>().map(|it| it.to_string());
        assert_eq!(read("v3.17.3+ge4da497\n"), Ok("3.17.3".to_owned()));
        assert_eq!(read("4.2.0-rc.1"), Ok("4.2.0".to_owned()));
        for wrong in ["", "v3", "3.17", "3.17.3.1", "three.1.2", "version.BuildInfo{}"] {
            assert_eq!(read(wrong), Err(()), "{wrong}");
        }
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let version = |text: &str| text.parse::<HelmVersion>().unwrap();
        assert!(
            version("3.9.4") < OLDEST && version("3.14.0") >= OLDEST && version("4.0.0") > version("3.21.4")
        );
        assert!(version("3.17.3").is_series_of(version("3.17.0")));
        assert!(!version("3.17.3").is_series_of(version("4.17.3")));
        assert_eq!(embedded("2.7"), Some(version("3.19.2")));
        assert_eq!(embedded("2.99"), None);
    }
}
