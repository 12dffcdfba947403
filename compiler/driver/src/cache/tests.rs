//! What a damaged or foreign cache file is worth: nothing.

use super::findings::tests::samples;
use super::*;

fn sample() -> Certificate {
    let part = Part {
        key: "k".into(),
        stamp: "s".into(),
        bytes: 7,
        counts: Counts { clusters: 1, vclusters: 2, releases: 3, applications: 4 },
        externs: BTreeSet::from([0, 2]),
        findings: samples(),
    };
    Certificate {
        inputs: "i".into(),
        charts: vec![TreePath::new("platform/web/chart").unwrap()],
        asked: None,
        out: "/out".into(),
        index: "x".into(),
        kit: Some((TreePath::new("clusters/_template/bootstrap-kit").unwrap(), "t".into())),
        tree: (1, 2, "d".into()),
        findings: samples(),
        sovereigns: BTreeMap::from([(SovereignName::new("omantel").unwrap(), part)]),
    }
}

#[test]
fn a_certificate_reads_back_for_the_same_program_only() {
    let bytes = sample().print("1 2 3");
    assert_eq!(Certificate::parse(&bytes, "1 2 3"), Some(sample()));
    assert_eq!(Certificate::parse(&bytes, "1 2 4"), None);
}

#[test]
fn every_damage_is_noticed() {
    let bytes = sample().print("1 2 3");
    for length in 0..bytes.len() {
        assert_eq!(Certificate::parse(&bytes[..length], "1 2 3"), None, "cut to {length}");
    }
    let mut damaged = bytes.clone();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            damaged[at] ^= 1 << bit;
            assert_eq!(Certificate::parse(&damaged, "1 2 3"), None, "bit {bit} of byte {at}");
            damaged[at] ^= 1 << bit;
        }
    }
    let longer = [bytes.as_slice(), b" "].concat();
    assert_eq!(Certificate::parse(&longer, "1 2 3"), None);
}
