//! Archives that nobody should unpack, and charts that are not what they say. Nothing of them reaches the store or the lock.

use crate::fixture::{Project, Repository, chart, pack};
use catalyst_bundle::archive::gzip;

/// A ustar entry with a name, a kind and a target of a link.
fn entry(name: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644");
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{:011o}", content.len()).as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = block.to_vec();
    out.extend(content);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// A chart with one more entry.
fn with(extra: Vec<u8>) -> Vec<u8> {
    let facts = entry("web/Chart.yaml", b'0', "", b"apiVersion: v2\nname: web\nversion: 1.0.0\n");
    gzip(&[facts, extra, vec![0; 1024]].concat())
}

#[test]
fn nothing_of_a_refused_archive_is_kept() {
    let good = chart("web", "1.0.0", "1", "");
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a link", with(entry("web/values.yaml", b'2', "/etc/passwd", b"")), "it is a link"),
        ("a hard link", with(entry("web/a", b'1', "web/Chart.yaml", b"")), "it is a link"),
        ("a way out", with(entry("web/../../a", b'0', "", b"x")), "leads out of the folder"),
        ("a way to the root", with(entry("/etc/cron.d/a", b'0', "", b"x")), "leads out of the folder"),
        ("a device", with(entry("web/a", b'3', "", b"")), "neither a file nor a folder"),
        ("the same name twice", with(entry("web/chart.yaml", b'0', "", b"x")), "another entry has this name"),
        ("a bomb", with(entry("web/a", b'0', "", &vec![0; 4 << 20])), "unpacks to far more than it holds"),
        (
            "a huge file",
            with(entry("web/a", b'0', "", &noise(6 << 20))),
            "the file is larger than is allowed",
        ),
        ("half of it", good[..good.len() / 2].to_vec(), "ends early"),
        ("more behind it", [&good[..], b"more"].concat(), "something stands behind its end"),
        ("a page", b"<html>".to_vec(), "it is no gzip file"),
        (
            "two charts",
            pack(&[("web/Chart.yaml", "name: web\n"), ("other/Chart.yaml", "name: other\n")]),
            "a chart is one folder",
        ),
        ("another chart", chart("other", "1.0.0", "1", ""), "it calls itself `other`"),
        (
            "another version",
            chart("web", "1.0.1", "1", ""),
            "its source calls it 1.0.0, and it calls itself 1.0.1",
        ),
        ("no chart", pack(&[("web/values.yaml", "a: 1\n")]), "no `Chart.yaml`"),
    ];
    let repository = Repository::default();
    let server = repository.start();
    let project = Project::new(&[("web", "1.0.0", &server.url(""))]);
    for (what, archive, why) in cases {
        repository.put("web", "1.0.0", archive);
        let ran = project.vendor(&[]);
        assert_eq!(ran.code, 1, "{what}: {}", ran.text);
        assert!(
            ran.text.contains("error[chart-unavailable]") && ran.text.contains(why),
            "{what}: {}",
            ran.text
        );
        assert!(project.blobs().is_empty() && project.charts().is_empty(), "{what}");
    }
    repository.put("web", "1.0.0", good);
    project.vendor(&[]).with(0);
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}
