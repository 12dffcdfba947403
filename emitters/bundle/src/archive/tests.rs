//! What the writer writes, byte for byte, and what the reader refuses.

use super::*;
use crate::Digest;
use proptest::prelude::*;

fn files(entries: &[(&str, &str)]) -> Files {
    entries.iter().map(|(path, text)| (TreePath::new(path).unwrap(), File::new(*text))).collect()
}

/// A header by hand: any name, kind and size, with the right checksum.
fn raw(name: &str, kind: u8, size: usize, change: impl FnOnce(&mut [u8; BLOCK])) -> Vec<u8> {
    let mut block = header(&TreePath::new("x").unwrap(), size as u64).unwrap();
    block[..100].fill(0);
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[156] = kind;
    change(&mut block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block.to_vec()
}

fn entry(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    [raw(name, kind, content.len(), |_| {}), content.to_vec(), padding(content.len() as u64).to_vec()]
        .concat()
}

fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), END.to_vec()].concat()
}

fn record(key: &str, value: &str) -> String {
    let body = format!(" {key}={value}\n");
    let mut length = body.len() + 1;
    while length.to_string().len() + body.len() != length {
        length = length.to_string().len() + body.len();
    }
    format!("{length}{body}")
}

fn refused(entries: &[Vec<u8>]) -> Refusal {
    read_tar(&archive(entries), &Limits::CHART).unwrap_err().refusal
}

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

/// A text that a compressor has work with, the same everywhere.
fn text(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut out = Vec::new();
    while out.len() < bytes {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.extend(format!("  key-{}: value {}\n", state >> 24, state >> 13 & 0xff).as_bytes());
    }
    out.truncate(bytes);
    out
}

#[test]
fn an_empty_tree_is_two_blocks() {
    let empty = tar(&Files::new()).unwrap();
    assert_eq!(digest(&empty), "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

/// When one of these changes, digests of everything that was ever published change with it: the compressor is another one.
#[test]
fn the_compressor_is_the_one_that_digests_were_made_with() {
    assert_eq!(&gzip(b"")[..10], b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff");
    let sizes = [0, 1, 1000, 1 << 20, (1 << 20) + 1, 3_000_000];
    let found: Vec<_> = sizes.map(|size| digest(&gzip(&text(size)))).into();
    let canary: Vec<&str> = include_str!("canary.txt").lines().collect();
    assert_eq!(found, canary);
}

#[test]
fn a_tree_has_its_folders_before_their_content_and_nothing_of_the_machine() {
    let tree = files(&[("a/b/c.yaml", "x: 1\n"), ("a-b/d", ""), ("a.yaml", "y: 2\n")]);
    let bytes = tar(&tree).unwrap();
    let names: Vec<_> = bytes
        .chunks(BLOCK)
        .filter(|block| &block[257..262] == b"ustar")
        .map(|block| {
            String::from_utf8_lossy(block[..100].split(|byte| *byte == 0).next().unwrap()).into_owned()
        })
        .collect();
    assert_eq!(names, ["a-b/", "a-b/d", "a.yaml", "a/", "a/b/", "a/b/c.yaml"]);
    assert_eq!(
        &bytes[100..148],
        b"0000755\x000000000\x000000000\x0000000000000\x0000000000000\x00".as_slice()
    );
}

#[test]
fn long_names_use_the_prefix_and_longer_ones_are_an_error() {
    let path = |folders: usize, name: usize| format!("{}/{}", "f".repeat(folders), "n".repeat(name));
    let tree = files(&[(&path(155, 100), "x")]);
    assert!(matches!(tar(&tree), Err(TarError::NameTooLong(_))), "the folder itself does not fit");
    let parts = format!("{}/{}/{}", "f".repeat(77), "g".repeat(77), "n".repeat(100));
    let tree = files(&[(&parts, "x")]);
    assert_eq!(read_tar(&tar(&tree).unwrap(), &Limits::CHART).unwrap(), tree);
    let longer = path(2, 101);
    assert_eq!(tar(&files(&[(&longer, "")])), Err(TarError::NameTooLong(longer)));
    for name in ["é", "a:b", "x/nul", "a."] {
        assert_eq!(tar(&files(&[(name, "")])), Err(TarError::NotPortable(name.to_owned())));
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../x", "a/../x", "a/..", "/etc/passwd", "..", "./../x"] {
        assert_eq!(refused(&[entry(name, b'0', b"")]), Refusal::LeavesFolder, "{name}");
        assert_eq!(refused(&[entry(name, b'5', b"")]), Refusal::LeavesFolder, "{name}");
    }
    for name in [
        "",
        "a\\b",
        "c:x",
        "a//b",
        "a/./b",
        "a.",
        "a ",
        "con",
        "Aux.txt",
        "x/LPT1",
        "nul .yaml",
        "a\nb",
        "a\u{1b}[0m",
        "é",
        "a\u{202e}b",
        ".",
        "./",
        "x/",
    ] {
        assert_eq!(refused(&[entry(name, b'0', b"")]), Refusal::BadName, "{name:?}");
    }
    let deep = "d/".repeat(41) + "x";
    assert_eq!(refused(&[entry(&deep, b'0', b"")]), Refusal::TooDeep);
}

#[test]
fn what_is_no_file_is_refused() {
    for kind in [b'1', b'2'] {
        assert_eq!(refused(&[entry("x", kind, b"")]), Refusal::Link);
    }
    for kind in [b'3', b'4', b'6', b'7', b'S', b'D', b'M', b'V', b'K', b'A', b'N'] {
        assert_eq!(refused(&[entry("x", kind, b"")]), Refusal::SpecialFile, "{}", kind as char);
    }
    for mode in [b"0004755", b"0002755"] {
        let header = raw("x", b'0', 0, |block| block[100..107].copy_from_slice(mode));
        assert_eq!(refused(&[header]), Refusal::SetUserId);
    }
}

#[test]
fn a_name_is_used_once() {
    let file = |name: &str| entry(name, b'0', b"");
    let other = |name: &str| entry(name, b'0', b"other");
    for (first, second) in [("a", "a"), ("a", "A"), ("a/b", "A/c"), ("./a", "a")] {
        assert_eq!(refused(&[file(first), other(second)]), Refusal::Duplicate, "{first} {second}");
    }
    assert_eq!(refused(&[file("a"), file("A")]), Refusal::Duplicate);
    let runs = [raw("a", b'0', 0, |block| block[100..107].copy_from_slice(b"0000755"))].concat();
    assert_eq!(refused(&[file("a"), runs]), Refusal::Duplicate);
    // The same file again leaves nothing open.
    let again = archive(&[file("a"), other("b"), file("./a"), other("b")]);
    assert_eq!(read_tar(&again, &Limits::CHART).unwrap(), files(&[("a", ""), ("b", "other")]));
    for (first, second) in [("a", "a/b"), ("a/b", "a"), ("A", "a/b")] {
        assert_eq!(refused(&[file(first), file(second)]), Refusal::FileAsFolder, "{first} {second}");
    }
    let folder = |name: &str| entry(name, b'5', b"");
    assert_eq!(refused(&[folder("a/"), folder("A")]), Refusal::Duplicate);
    assert_eq!(refused(&[file("a"), folder("a")]), Refusal::FileAsFolder);
    let twice = archive(&[folder("./"), folder("a"), folder("a/"), file("a/b"), folder("a")]);
    assert_eq!(read_tar(&twice, &Limits::CHART).unwrap(), files(&[("a/b", "")]));
}

#[test]
fn extended_headers_change_names_and_nothing_else() {
    let path = record("path", "folder/long name");
    let extended =
        [entry("x", b'x', (path.clone() + &record("mtime", "1.5")).as_bytes()), entry("short", b'0', b"1")];
    assert_eq!(read_tar(&archive(&extended), &Limits::CHART).unwrap(), files(&[("folder/long name", "1")]));
    let gnu = [entry("././@LongLink", b'L', b"folder/long\0"), entry("short", b'0', b"1")];
    assert_eq!(read_tar(&archive(&gnu), &Limits::CHART).unwrap(), files(&[("folder/long", "1")]));
    let commit =
        [entry("pax_global_header", b'g', record("comment", "abc").as_bytes()), entry("a", b'0', b"")];
    assert_eq!(read_tar(&archive(&commit), &Limits::CHART).unwrap(), files(&[("a", "")]));

    let with = |records: &str| refused(&[entry("x", b'x', records.as_bytes()), entry("short", b'0', b"12")]);
    assert_eq!(with(&record("size", "1")), Refusal::BadExtension);
    assert_eq!(with(&record("size", "-1")), Refusal::BadExtension);
    assert_eq!(with(&record("path", "../x")), Refusal::LeavesFolder);
    assert_eq!(with(&record("GNU.sparse.major", "1")), Refusal::BadExtension);
    assert_eq!(with(&record("hdrcharset", "BINARY")), Refusal::BadExtension);
    assert_eq!(with(&(path.clone() + &path)), Refusal::BadExtension);
    for bad in ["x", "5 a=b\n", "99999999999 a=b\n", "0 \n", "2 \n", "6 abc\n", "7 path=\n"] {
        assert_eq!(with(bad), Refusal::BadExtension, "{bad}");
    }
    assert_eq!(refused(&[entry("g", b'g', path.as_bytes()), entry("a", b'0', b"")]), Refusal::BadExtension);
    assert_eq!(
        refused(&[entry("x", b'x', path.as_bytes()), entry("L", b'L', b"y"), entry("a", b'0', b"")]),
        Refusal::BadExtension
    );
    let huge = "c".repeat(70_000);
    assert_eq!(with(&record("comment", &huge)), Refusal::BadExtension);
    let dangling = archive(&[entry("x", b'x', path.as_bytes())]);
    assert_eq!(read_tar(&dangling, &Limits::CHART).unwrap_err().refusal, Refusal::BadHeader);
}

#[test]
fn headers_out_of_order_are_refused() {
    let change = |at: usize, bytes: &'static [u8]| {
        refused(&[raw("x", b'0', 0, |block| block[at..at + bytes.len()].copy_from_slice(bytes))])
    };
    assert_eq!(change(257, b"other\x0000"), Refusal::BadHeader);
    assert_eq!(change(124, b"\x80\0\0\0\0\0\0\0\0\0\0\x01"), Refusal::BadHeader, "binary size");
    assert_eq!(change(124, b"-0000000001"), Refusal::BadHeader);
    assert_eq!(change(100, b"rwxr-xr"), Refusal::BadHeader);
    let mut wrong_sum = archive(&[entry("x", b'0', b"")]);
    wrong_sum[0] = b'y';
    assert_eq!(read_tar(&wrong_sum, &Limits::CHART).unwrap_err().refusal, Refusal::BadHeader);
    assert_eq!(refused(&[entry("folder", b'5', b"content")]), Refusal::BadHeader);
    assert_eq!(refused(&[entry("./", b'5', b"content")]), Refusal::BadHeader);
}

#[test]
fn the_end_is_the_end() {
    let good = archive(&[entry("x", b'0', b"12")]);
    for length in 0..good.len() {
        let refusal = read_tar(&good[..length], &Limits::CHART).unwrap_err().refusal;
        assert_eq!(refusal, Refusal::Truncated, "{length}");
    }
    let zeros = [good.clone(), vec![0; 8192]].concat();
    assert!(read_tar(&zeros, &Limits::CHART).is_ok(), "tar fills up to 10 KiB");
    let behind = [good.clone(), entry("y", b'0', b"")].concat();
    assert_eq!(read_tar(&behind, &Limits::CHART).unwrap_err().refusal, Refusal::TrailingData);
    let mut padding = good;
    padding[BLOCK + 2] = 1;
    assert_eq!(read_tar(&padding, &Limits::CHART).unwrap_err().refusal, Refusal::TrailingData);
}

#[test]
fn limits_hold() {
    let limits = Limits { unpacked: 8192, file: 10, entries: 3, depth: 2, ratio: 400 };
    let refused = |entries: &[Vec<u8>]| read_tar(&archive(entries), &limits).unwrap_err().refusal;
    let ok = |entries: &[Vec<u8>]| read_tar(&archive(entries), &limits).is_ok();
    assert!(ok(&[entry("a", b'0', &[1; 10])]));
    assert_eq!(refused(&[entry("a", b'0', &[1; 11])]), Refusal::FileTooLarge);
    let three = ["a", "b", "c", "d"].map(|name| entry(name, b'0', b""));
    assert!(ok(&three[..3]));
    assert_eq!(refused(&three), Refusal::TooManyEntries);
    assert!(ok(&[entry("a/b/c", b'0', b"")]));
    assert_eq!(refused(&[entry("a/b/c/d", b'0', b"")]), Refusal::TooDeep);
    assert!(gunzip(&gzip(&text(8192)), &limits).is_ok());
    assert_eq!(gunzip(&gzip(&text(8193)), &limits).unwrap_err().refusal, Refusal::TooLarge);
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let limits = Limits { unpacked: usize::MAX, ..Limits::CHART };
    let bomb = gzip(&vec![0; 64 << 20]);
    assert_eq!(gunzip(&bomb, &limits).unwrap_err().refusal, Refusal::Bomb);
    let yaml = gzip(&text(16 << 20));
    assert_eq!(gunzip(&yaml, &limits).unwrap(), text(16 << 20));
}

#[test]
fn every_other_member_and_field_of_gzip_is_read() {
    let limits = Limits::CHART;
    let members = [gzip(b"ab"), gzip(b""), gzip(b"c")].concat();
    assert_eq!(gunzip(&members, &limits).unwrap(), b"abc");
    // As Helm writes it: an extra field and a comment. With a name and a checksum of the header as well.
    let body = gzip(b"ab")[10..].to_vec();
    let mut head = b"\x1f\x8b\x08\x1e\x01\x02\x03\x04\x00\xff\x02\x00zzname\0comment\0".to_vec();
    let sum = (crc32fast::hash(&head) & 0xffff) as u16;
    head.extend(sum.to_le_bytes());
    assert_eq!(gunzip(&[head.clone(), body.clone()].concat(), &limits).unwrap(), b"ab");
    head[12] ^= 1;
    assert_eq!(gunzip(&[head, body].concat(), &limits).unwrap_err().refusal, Refusal::CorruptGzip);
    let trailing = [gzip(b"ab"), b"x".to_vec()].concat();
    assert_eq!(gunzip(&trailing, &limits).unwrap_err().refusal, Refusal::TrailingData);
    assert_eq!(gunzip(b"PK\x03\x04", &limits).unwrap_err().refusal, Refusal::NotGzip);
    assert_eq!(gunzip(b"", &limits).unwrap_err().refusal, Refusal::NotGzip);
    assert_eq!(gunzip(b"\x1f\x8b\x08\xff\0\0\0\0\0\0", &limits).unwrap_err().refusal, Refusal::NotGzip);
}

#[test]
fn every_flipped_bit_and_every_cut_of_an_archive_is_refused_or_harmless() {
    let tree = files(&[("Chart.yaml", "name: x\n"), ("templates/a.yaml", "kind: ConfigMap\n")]);
    let good = gzip(&tar(&tree).unwrap());
    for length in 1..good.len() {
        let refusal = read_tgz(&good[..length], &Limits::CHART).unwrap_err().refusal;
        assert!(matches!(refusal, Refusal::Truncated), "{length}: {refusal:?}");
    }
    let mut harmless = Vec::new();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = read_tgz(&bad, &Limits::CHART) {
            assert_eq!(read, tree, "bit {bit}");
            harmless.push(bit / 8);
        }
    }
    // Flags, time, level and system of the header, and what fills the last byte of the compressed data.
    harmless.dedup();
    assert_eq!(harmless, [3, 4, 5, 6, 7, 8, 9, good.len() - 9]);
}

proptest! {
    // No letters that spell a device, such as `prn`.
    #[test]
    fn trees_come_back_as_they_were(
        entries in proptest::collection::btree_map("[a-m]{1,3}(/[d-f]{1,3}){0,3}\\.y", (proptest::collection::vec(any::<u8>(), 0..2000), any::<bool>()), 0..12)
    ) {
        let tree: Files = entries.into_iter().map(|(path, (bytes, executable))| (TreePath::new(&path).unwrap(), File { bytes, executable })).collect();
        let packed = gzip(&tar(&tree).unwrap());
        prop_assert_eq!(read_tgz(&packed, &Limits::TREE).unwrap(), tree);
    }

    #[test]
    fn whatever_comes_is_answered(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        drop(read_tar(&bytes, &Limits::CHART));
        drop(read_tgz(&[&HEAD, bytes.as_slice()].concat(), &Limits::CHART));
    }
}

const HEAD: [u8; 10] = *b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff";
