//! From the pieces of a document to its tests: which files each one has, and what it expects.

use super::markdown::{Piece, pieces};
use super::{Failure, edit, escape};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// The files of a project by path.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Where an expectation stands that is not written down.
pub(super) const NOWHERE: Range<usize> = 0..0;

/// How many documents may stand on each other.
const MOST_BASES: usize = 8;

/// A section of a document.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub titles: Vec<String>,
    pub line: usize,
    pub files: Files,
    pub expectations: Vec<Expectation>,
    level: usize,
    /// Whether there is a section below it.
    parent: bool,
}

/// One block that says what is expected.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    pub expected: Expected,
    /// Whether the lock must fit.
    pub locked: bool,
    pub text: String,
    /// Where the text stands in the document.
    pub body: Range<usize>,
    pub line: usize,
}

/// What a block says.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    Findings,
    Full,
    /// The text of a file of output.
    Emits(String),
}

/// Titles of the section of a page that fails, and of the one that says what to change in it, so that nothing is found any more.
const FAILS: &str = "Example";
const CLEAN: &str = "Fixed";

/// The sections of a page that are tests: those that expect something, and the one titled "Fixed", which starts with the files of the one
/// titled "Example" and expects no findings. All others stand on the first section of `base`.
pub(super) fn page(path: &Path, text: &str, base: &Path) -> (Vec<Section>, Vec<Failure>) {
    let mut reader = Reader::new(path, text, 0);
    match first(base) {
        Ok(files) => (reader.ground, reader.page) = (files, true),
        Err(message) => reader.failures.push(Failure::new(1, message)),
    }
    reader.read();
    for section in &mut reader.sections {
        if section.expectations.is_empty() && section.titles.last().is_some_and(|it| it == CLEAN) {
            let (text, line) = (String::new(), section.line);
            let expected = Expected::Findings;
            section.expectations.push(Expectation { expected, locked: false, text, body: NOWHERE, line });
        }
    }
    reader.sections.retain(|it| !it.expectations.is_empty());
    (reader.sections, reader.failures)
}

/// The sections of a document that are tests, and what is wrong with the document.
pub(super) fn sections(path: &Path, text: &str) -> (Vec<Section>, Vec<Failure>) {
    let mut reader = Reader::new(path, text, 0);
    reader.read();
    let mut failures = reader.failures;
    let is_empty = |it: &Section| it.expectations.is_empty() && !it.parent;
    let untested = reader.sections.iter().filter(|it| is_empty(it));
    failures.extend(untested.map(|it| Failure::new(it.line, "this section expects nothing")));
    reader.sections.retain(|it| !it.expectations.is_empty());
    (reader.sections, failures)
}

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    /// How many documents stand on this one.
    depth: usize,
    /// The files that the outermost sections start with.
    ground: Files,
    /// Whether the document is a page.
    page: bool,
    /// All sections so far.
    sections: Vec<Section>,
    /// A path line that waits for its block.
    named: Option<(usize, String)>,
    failures: Vec<Failure>,
}

impl<'t> Reader<'t> {
    fn new(path: &'t Path, text: &'t str, depth: usize) -> Self {
        Reader {
            path,
            text,
            depth,
            ground: Files::new(),
            page: false,
            sections: Vec::new(),
            named: None,
            failures: Vec::new(),
        }
    }

    fn read(&mut self) {
        for (line, piece) in pieces(self.text) {
            let named = self.named.take();
            let result = match piece {
                Piece::Block { info, body, closed: true } => self.block(line, info, body, named),
                Piece::Block { closed: false, .. } => Err("this block does not end".to_owned()),
                _ if named.is_some() => Err("a path stands before its block".to_owned()),
                Piece::Heading { level, title } => {
                    self.heading(line, level, title);
                    Ok(())
                }
                Piece::Line(text) => self.line(line, text),
            };
            if let Err(message) = result {
                self.failures.push(Failure::new(line, message));
            }
        }
        if let Some((line, _)) = self.named.take() {
            self.failures.push(Failure::new(line, "a path stands before its block"));
        }
    }

    fn heading(&mut self, line: usize, level: usize, title: &str) {
        let above = self.sections.iter_mut().rev().find(|it| it.level < level);
        let (mut titles, mut files) = (Vec::new(), self.ground.clone());
        if let Some(above) = above {
            above.parent = true;
            titles.clone_from(&above.titles);
            files.clone_from(&above.files);
        }
        let fails = |it: &&Section| it.titles.last().is_some_and(|it| it == FAILS);
        if self.page
            && title == CLEAN
            && let Some(example) = self.sections.iter().find(fails)
        {
            files.clone_from(&example.files);
        }
        titles.push(title.to_owned());
        self.sections.push(Section { titles, line, files, expectations: Vec::new(), level, parent: false });
    }

    /// A line of prose, or one of those that say something.
    fn line(&mut self, line: usize, text: &str) -> Result<(), String> {
        if let Some(path) = text.strip_prefix('`').and_then(|it| it.strip_suffix("`:")) {
            if !path.contains('`') {
                self.named = Some((line, path.to_owned()));
            }
        } else if let Some(path) = text.strip_prefix('`').and_then(|it| it.strip_suffix("` is removed.")) {
            if self.section()?.files.remove(path).is_none() {
                return Err(format!("there is no `{path}` to remove"));
            }
        } else if let Some(link) = text.strip_prefix("Base: [") {
            let target = link.split_once("](").and_then(|(_, it)| it.strip_suffix(')'));
            let files = base(self.path, target.ok_or("a base is a link")?, self.depth)?;
            self.section()?.files.extend(files);
        }
        Ok(())
    }

    fn block(
        &mut self,
        line: usize,
        info: &str,
        body: Range<usize>,
        named: Option<(usize, String)>,
    ) -> Result<(), String> {
        let text = &self.text[body.clone()];
        let mut words = info.split_whitespace();
        let form = words.next().unwrap_or_default();
        let options: Vec<&str> = words.collect();
        let has = |option: &str| options.contains(&option);
        let (expected, path) = match (form, named) {
            ("findings", None) => (Expected::Findings, None),
            ("full", None) => (Expected::Full, None),
            ("emits", Some((_, path))) => (Expected::Emits(path), None),
            ("findings" | "full", Some(_)) => return Err(format!("`{form}` is of no file")),
            ("diff" | "bytes" | "emits", None) => return Err(format!("`{form}` needs a path before it")),
            (_, None) => return Ok(()),
            (_, Some((_, path))) => (Expected::Findings, Some(path)),
        };
        let Some(path) = path else {
            let expectation =
                Expectation { expected, locked: has("locked"), text: text.to_owned(), body, line };
            self.section()?.expectations.push(expectation);
            return Ok(());
        };
        let bytes = match form {
            "diff" => {
                let before = self.section()?.files.get(&path).cloned();
                let before = before.ok_or_else(|| format!("there is no `{path}` to edit"))?;
                let before = String::from_utf8(before).map_err(|_| format!("`{path}` is not text"))?;
                let plain = |it: &str| Ok(it.as_bytes().to_vec());
                if has("bytes") {
                    edit::edit(&before, text, escape::unescape)?
                } else {
                    edit::edit(&before, text, plain)?
                }
            }
            "bytes" => escape::unescape(text)?,
            _ => text.as_bytes().to_vec(),
        };
        self.section()?.files.insert(path, bytes);
        Ok(())
    }

    fn section(&mut self) -> Result<&mut Section, String> {
        self.sections.last_mut().ok_or_else(|| "this stands before the first heading".to_owned())
    }
}

/// The files of the first section of a document.
pub(super) fn first(path: &Path) -> Result<Files, String> {
    let name = path.file_name().and_then(|it| it.to_str()).ok_or("a document has a name")?;
    base(path, name, 0)
}

/// The files that a base brings.
fn base(from: &Path, target: &str, depth: usize) -> Result<Files, String> {
    if depth == MOST_BASES {
        return Err(format!("more than {MOST_BASES} documents stand on each other"));
    }
    let (file, wanted) = target.split_once('#').map_or((target, None), |(file, at)| (file, Some(at)));
    let path = if file.is_empty() { from.to_path_buf() } else { from.with_file_name(file) };
    let text = std::fs::read_to_string(&path).map_err(|error| format!("`{target}`: {error}"))?;
    let mut reader = Reader::new(&path, &text, depth + 1);
    reader.read();
    let named = |it: &Section| {
        wanted.is_none_or(|wanted| it.titles.last().is_some_and(|title| anchor(title) == wanted))
    };
    let section = reader.sections.into_iter().find(named);
    section.map(|it| it.files).ok_or_else(|| format!("`{target}` has no such section"))
}

/// The anchor of a heading, as most programs that show Markdown make it.
fn anchor(title: &str) -> String {
    let letters = title.to_lowercase();
    letters
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
