//! The tar reader. It takes ustar, the older form, GNU's long names and pax, as writers of charts make them; of each entry only name, size,
//! kind and the right to run count.

use super::name::path_of;
use super::{ArchiveError, BLOCK, File, Files, Limits, Refusal, gunzip};
use catalyst_source::TreePath;
use std::collections::{BTreeMap, BTreeSet};

/// Longest extended header.
const EXTENSION: usize = 64 << 10;

/// Reads a tar inside gzip.
pub fn read_tgz(packed: &[u8], limits: &Limits) -> Result<Files, ArchiveError> {
    read_tar(&gunzip(packed, limits)?, limits)
}

/// Reads a tar.
pub fn read_tar(bytes: &[u8], limits: &Limits) -> Result<Files, ArchiveError> {
    let mut reader = Reader { rest: bytes, limits, entries: 0, tree: Tree::default() };
    while reader.entry()? {}
    if reader.rest.iter().any(|byte| *byte != 0) {
        return Err(Refusal::TrailingData.whole());
    }
    Ok(reader.tree.files)
}

/// Path and size of the file that a header of a plain tar describes: one that has nothing but files, without extended headers.
pub fn read_header(block: &[u8; BLOCK], limits: &Limits) -> Result<(TreePath, u64), ArchiveError> {
    let header = Header::parse(block)?;
    match header.kind {
        b'0' => {}
        b'1' | b'2' => return Err(Refusal::Link.of(&header.name)),
        _ => return Err(Refusal::SpecialFile.of(&header.name)),
    }
    let path = path_of(&header.name, limits)?.ok_or_else(|| Refusal::BadName.of(&header.name))?;
    Ok((path, header.size as u64))
}

struct Reader<'a> {
    rest: &'a [u8],
    limits: &'a Limits,
    entries: usize,
    tree: Tree,
}

impl<'a> Reader<'a> {
    /// Reads one entry with its extensions. Gives whether there may be another.
    fn entry(&mut self) -> Result<bool, ArchiveError> {
        let mut long = None;
        loop {
            let Some(header) = self.header()? else {
                return if long.is_none() { Ok(false) } else { Err(Refusal::BadHeader.whole()) };
            };
            self.entries += 1;
            if self.entries > self.limits.entries {
                return Err(Refusal::TooManyEntries.whole());
            }
            match header.kind {
                b'x' => {
                    let extension = Extension::parse(self.extension(&header)?)?;
                    if long.replace(extension).is_some() {
                        return Err(Refusal::BadExtension.of(&header.name));
                    }
                }
                // Global: `git archive` notes its commit there. What would change an entry is refused.
                b'g' => {
                    if Extension::parse(self.extension(&header)?)? != Extension::default() {
                        return Err(Refusal::BadExtension.of(&header.name));
                    }
                }
                b'L' => {
                    let name = self.extension(&header)?;
                    let name = name.strip_suffix(b"\0").unwrap_or(name);
                    let extension = Extension { path: Some(name.to_vec()), size: None };
                    if long.replace(extension).is_some() {
                        return Err(Refusal::BadExtension.of(&header.name));
                    }
                }
                _ => {
                    self.add(&header, long.unwrap_or_default())?;
                    return Ok(true);
                }
            }
        }
    }

    /// The next header; `None` at the end, which is two empty blocks.
    fn header(&mut self) -> Result<Option<Header>, ArchiveError> {
        let block = self.block()?;
        if block.iter().any(|byte| *byte != 0) {
            return Header::parse(block).map(Some);
        }
        let is_end = self.block()?.iter().all(|byte| *byte == 0);
        if is_end { Ok(None) } else { Err(Refusal::BadHeader.whole()) }
    }

    fn block(&mut self) -> Result<&'a [u8; BLOCK], ArchiveError> {
        let (block, rest) = self.rest.split_first_chunk().ok_or_else(|| Refusal::Truncated.whole())?;
        self.rest = rest;
        Ok(block)
    }

    /// The content behind a header, without the padding, which must be empty.
    fn content(&mut self, header: &Header) -> Result<&'a [u8], ArchiveError> {
        let padded = header.size.next_multiple_of(BLOCK);
        if padded > self.rest.len() {
            return Err(Refusal::Truncated.of(&header.name));
        }
        let (content, rest) = self.rest.split_at(padded);
        self.rest = rest;
        let (content, padding) = content.split_at(header.size);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Refusal::TrailingData.of(&header.name));
        }
        Ok(content)
    }

    fn extension(&mut self, header: &Header) -> Result<&'a [u8], ArchiveError> {
        if header.size > EXTENSION {
            return Err(Refusal::BadExtension.of(&header.name));
        }
        self.content(header)
    }

    fn add(&mut self, header: &Header, long: Extension) -> Result<(), ArchiveError> {
        let name = long.path.as_deref().unwrap_or(&header.name);
        // Readers disagree on which of two sizes counts.
        if long.size.is_some_and(|size| size != header.size) {
            return Err(Refusal::BadExtension.of(name));
        }
        let is_folder = match header.kind {
            b'0' | 0 => long.path.is_none() && header.is_old && name.ends_with(b"/"),
            b'5' => true,
            b'1' | b'2' => return Err(Refusal::Link.of(name)),
            _ => return Err(Refusal::SpecialFile.of(name)),
        };
        if is_folder && header.size != 0 {
            return Err(Refusal::BadHeader.of(name));
        }
        let Some(path) = path_of(name, self.limits)? else {
            return if is_folder { Ok(()) } else { Err(Refusal::BadName.of(name)) };
        };
        if is_folder {
            return self.tree.add_folder(path.as_str()).map_err(|it| it.of(name));
        }
        if name.ends_with(b"/") {
            return Err(Refusal::BadName.of(name));
        }
        if header.mode & 0o6000 != 0 {
            return Err(Refusal::SetUserId.of(name));
        }
        if header.size > self.limits.file {
            return Err(Refusal::FileTooLarge.of(name));
        }
        let name = name.to_vec();
        let file = File { bytes: self.content(header)?.to_vec(), executable: header.mode & 0o111 != 0 };
        // The same file again: `helm package` writes a chart twice that stands in `charts/` as a folder and as an archive.
        if self.tree.files.get(&path) == Some(&file) {
            return Ok(());
        }
        self.tree.add_file(path.as_str()).map_err(|it| it.of(&name))?;
        self.tree.files.insert(path, file);
        Ok(())
    }
}

/// What has been seen, by name in lower case: where case does not count, names that differ in it only are one file.
#[derive(Default)]
struct Tree {
    files: Files,
    seen: BTreeSet<String>,
    folders: BTreeMap<String, String>,
}

impl Tree {
    fn add_file(&mut self, path: &str) -> Result<(), Refusal> {
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.add_folder(folder)?;
        }
        let folded = path.to_ascii_lowercase();
        if self.folders.contains_key(&folded) {
            return Err(Refusal::FileAsFolder);
        }
        if self.seen.insert(folded) { Ok(()) } else { Err(Refusal::Duplicate) }
    }

    /// A folder may be named again, but only as itself.
    fn add_folder(&mut self, path: &str) -> Result<(), Refusal> {
        let mut path = path;
        loop {
            let folded = path.to_ascii_lowercase();
            if self.seen.contains(&folded) {
                return Err(Refusal::FileAsFolder);
            }
            match self.folders.get(&folded) {
                Some(same) if same == path => return Ok(()),
                Some(_) => return Err(Refusal::Duplicate),
                None => drop(self.folders.insert(folded, path.to_owned())),
            }
            match path.rsplit_once('/') {
                Some((parent, _)) => path = parent,
                None => return Ok(()),
            }
        }
    }
}

/// The fields of a header that count.
struct Header {
    name: Vec<u8>,
    mode: u64,
    size: usize,
    kind: u8,
    /// From before ustar: folders are known by the slash behind their name.
    is_old: bool,
}

impl Header {
    fn parse(block: &[u8; BLOCK]) -> Result<Header, ArchiveError> {
        let bad = || Refusal::BadHeader.of(until_zero(&block[..100]));
        let counted =
            |(at, byte): (usize, &u8)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte });
        let sum: u64 = block.iter().enumerate().map(counted).sum();
        if octal(&block[148..156]) != Some(sum) {
            return Err(bad());
        }
        let (is_ustar, is_old) = match &block[257..265] {
            b"ustar\x0000" => (true, false),
            b"ustar  \0" => (false, false),
            [0, 0, 0, 0, 0, 0, 0, 0] => (false, true),
            _ => return Err(bad()),
        };
        let mut name = until_zero(&block[..100]).to_vec();
        if is_ustar && block[345] != 0 {
            name = [until_zero(&block[345..500]), b"/", &name].concat();
        }
        let size = octal(&block[124..136]).and_then(|size| usize::try_from(size).ok());
        let mode = octal(&block[100..108]);
        let (Some(size), Some(mode)) = (size, mode) else { return Err(bad()) };
        Ok(Header { name, mode, size, kind: block[156], is_old })
    }
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or(field)
}

/// A number in octal digits, with spaces before and spaces or zero bytes behind. The binary form, for sizes of 8 GiB and more, is none.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().take_while(|byte| **byte == b' ').count();
    let end = field.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(start, |at| at + 1);
    let digits = field.get(start..end)?;
    digits.iter().try_fold(0_u64, |sum, digit| match digit {
        b'0'..=b'7' => Some(sum << 3 | u64::from(digit - b'0')),
        _ => None,
    })
}

/// What an extended header changes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extension {
    path: Option<Vec<u8>>,
    size: Option<usize>,
}

impl Extension {
    /// Records of the form `LENGTH KEY=VALUE\n`, where the length counts the whole record.
    fn parse(mut bytes: &[u8]) -> Result<Extension, ArchiveError> {
        let bad = || Refusal::BadExtension.whole();
        let mut extension = Extension::default();
        let mut keys = BTreeSet::new();
        while !bytes.is_empty() {
            let space = bytes.iter().take(8).position(|byte| *byte == b' ').ok_or_else(bad)?;
            let length = number(&bytes[..space]).ok_or_else(bad)?;
            if length <= space + 1 || length > bytes.len() || bytes[length - 1] != b'\n' {
                return Err(bad());
            }
            let record = &bytes[space + 1..length - 1];
            bytes = &bytes[length..];
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(bad)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            if !keys.insert(key) {
                return Err(bad());
            }
            match key {
                b"path" => extension.path = Some(value.to_vec()),
                b"size" => extension.size = Some(number(value).ok_or_else(bad)?),
                b"mtime" | b"atime" | b"ctime" | b"uid" | b"gid" | b"uname" | b"gname" | b"comment" => {}
                b"charset" | b"linkpath" => {}
                // Extended attributes and the like, which are not kept.
                _ if key.starts_with(b"SCHILY.") || key.starts_with(b"LIBARCHIVE.") => {}
                // Sparse files, other character sets, and whatever comes.
                _ => return Err(bad()),
            }
        }
        Ok(extension)
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
