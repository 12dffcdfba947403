//! Which of the versions on offer a request means: Helm's rules, but never an order that depends on the server.

use catalyst_model::{Constraint, Version};

/// The version on offer that a request means, as the offer spells it: the same text if it is there, else the same version with or without a
/// leading `v`, else the highest that satisfies the range. Pre-releases satisfy only a range that names one. What is no semantic version
/// can only be asked for by its own text.
pub fn choose<'a>(wanted: &str, offered: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let offered: Vec<&'a str> = offered.into_iter().collect();
    if let Some(same) = offered.iter().find(|it| **it == wanted) {
        return Some(same);
    }
    let mut versions: Vec<(Version, &'a str)> =
        offered.into_iter().filter_map(|it| Some((it.parse().ok()?, it))).collect();
    versions.sort();
    if let Ok(exact) = wanted.parse::<Version>() {
        let same = versions.iter().find(|(it, _)| it.semver() == exact.semver());
        if same.is_some() || !exact.semver().build.is_empty() {
            return same.map(|(_, text)| *text);
        }
    }
    let range: Constraint = wanted.parse().ok()?;
    versions.into_iter().rev().find(|(it, _)| range.matches(it)).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERED: [&str; 9] = [
        "1.2.0",
        "v1.3.0",
        "1.10.1",
        "2.0.0-rc.1",
        "1.10.1+build.2",
        "latest",
        "0.9",
        "1.10.0",
        "2.0.0-beta.9",
    ];

    #[test]
    fn ranges_take_the_highest_release() {
        for (wanted, found) in [
            ("^1.2", Some("1.10.1+build.2")),
            ("~1.3", Some("v1.3.0")),
            ("1.10.x", Some("1.10.1+build.2")),
            (">=1.0.0, <1.10.0", Some("v1.3.0")),
            ("*", Some("1.10.1+build.2")),
            ("^2", None),
            ("^2.0.0-0", Some("2.0.0-rc.1")),
            ("nonsense range", None),
        ] {
            assert_eq!(choose(wanted, OFFERED), found, "{wanted}");
        }
    }

    #[test]
    fn an_exact_version_is_met_with_and_without_v_but_never_by_another_build() {
        for (wanted, found) in [
            ("1.2.0", Some("1.2.0")),
            ("v1.2.0", Some("1.2.0")),
            ("1.3.0", Some("v1.3.0")),
            ("1.10.1", Some("1.10.1")),
            ("1.10.1+build.2", Some("1.10.1+build.2")),
            ("v1.10.1+build.2", Some("1.10.1+build.2")),
            ("1.10.1+build.3", None),
            ("2.0.0-rc.1", Some("2.0.0-rc.1")),
            ("2.0.0", None),
            ("0.9", Some("0.9")),
            ("latest", Some("latest")),
            ("1.2.1", None),
        ] {
            assert_eq!(choose(wanted, OFFERED), found, "{wanted}");
        }
    }

    #[test]
    fn the_order_on_offer_does_not_matter() {
        for turn in 0..OFFERED.len() {
            let mut offered = OFFERED;
            offered.rotate_left(turn);
            assert_eq!(choose("^1", offered), Some("1.10.1+build.2"));
        }
    }
}
