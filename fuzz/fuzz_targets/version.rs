//! Versions and constraints, one a line: what parses prints as it was, and what matches follows from the parts of a constraint.
#![no_main]

use catalyst_model::{Constraint, Version};
use libfuzzer_sys::fuzz_target;
use std::cmp::Ordering;

fuzz_target!(|data: &[u8]| {
    let text = catalyst_fuzz::text(data);
    let lines: Vec<&str> = text.lines().take(12).collect();
    let versions: Vec<Version> = lines.iter().filter_map(|line| line.parse().ok()).collect();
    let constraints: Vec<Constraint> = lines.iter().filter_map(|line| line.parse().ok()).collect();
    for (line, version) in lines.iter().filter_map(|line| Some((line, line.parse::<Version>().ok()?))) {
        assert_eq!(version.to_string(), **line);
        one_version(&version);
        orders(&version, &versions);
        let exactly = Constraint::exactly(&version);
        assert!(exactly.matches(&version) && exactly.is_exact(), "{version}");
        let read: Constraint = exactly.as_str().parse().unwrap_or_else(|error| panic!("{version}: {error}"));
        assert!(read.matches(&version), "{version}");
    }
    for constraint in &constraints {
        let again: Constraint =
            constraint.to_string().parse().unwrap_or_else(|error| panic!("{constraint}: {error}"));
        let spaced = constraint.as_str().replace("||", "  ||  ").parse::<Constraint>();
        for version in &versions {
            let matches = constraint.matches(version);
            assert_eq!(again.matches(version), matches, "{constraint} and {version}");
            assert_eq!(
                spaced.as_ref().map(|it| it.matches(version)),
                Ok(matches),
                "{constraint} and {version}"
            );
            parts(constraint, version, matches);
        }
    }
    for pair in constraints.windows(2) {
        both_and_either(&pair[0], &pair[1], &versions);
    }
});

fn one_version(version: &Version) {
    let canonical: Version = version.canonical().parse().unwrap_or_else(|error| panic!("{version}: {error}"));
    assert_eq!(canonical.semver(), version.semver());
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    assert!(plain(&version.tag()) && plain(&version.label()), "{version}");
    assert!(version.label().parse::<Version>().is_ok(), "{version}");
}

/// A total order that agrees with equality.
fn orders(version: &Version, all: &[Version]) {
    assert_eq!(version.cmp(version), Ordering::Equal);
    for other in all {
        assert_eq!(version.cmp(other), other.cmp(version).reverse(), "{version} and {other}");
        assert_eq!(version == other, version.cmp(other) == Ordering::Equal, "{version} and {other}");
        for third in all.iter().filter(|third| version <= other && other <= *third) {
            assert!(version <= third, "{version} {other} {third}");
        }
    }
}

/// What matches the whole of a constraint matches one of its alternatives alone, unless that one names no pre-release.
fn parts(constraint: &Constraint, version: &Version, matches: bool) {
    let alternatives = constraint.as_str().split("||").map(|it| it.parse::<Constraint>());
    let any = alternatives.flatten().any(|it| it.matches(version));
    if version.semver().pre.is_empty() {
        assert_eq!(any, matches, "{constraint} and {version}");
    } else {
        assert!(matches || !any, "{constraint} and {version}");
    }
    // Build metadata and a leading `v` say nothing about which version it is.
    let mut plain = version.semver().clone();
    plain.build = Default::default();
    if let Ok(plain) = plain.to_string().parse::<Version>() {
        assert_eq!(constraint.matches(&plain), matches, "{constraint} and {version}");
    }
}

fn both_and_either(a: &Constraint, b: &Constraint, versions: &[Version]) {
    let either = format!("{a} || {b}").parse::<Constraint>();
    let both = format!("{a}, {b}").parse::<Constraint>();
    for version in versions.iter().filter(|it| it.semver().pre.is_empty()) {
        let (in_a, in_b) = (a.matches(version), b.matches(version));
        if let Ok(either) = &either {
            assert_eq!(either.matches(version), in_a || in_b, "{either} and {version}");
        }
        let simple = |it: &Constraint| !it.as_str().contains("||") && !it.as_str().contains(" - ");
        if let Ok(both) = both.as_ref().ok().filter(|_| simple(a) && simple(b)).ok_or(()) {
            assert_eq!(both.matches(version), in_a && in_b, "{both} and {version}");
        }
    }
}
