//! A project: its root, its files, and the database over them.

use crate::load::{LoadError, Loaded, file_kind, load, read_error};
use catalyst_db::{Database, FileKind, Files, SourceFile};
use catalyst_diag::{Diagnostic, Levels, find_rule};
use catalyst_model::RuleLevel;
use catalyst_source::TreePath;
use catalyst_system::{Discover, Found, ReadError, Root, find_root, read};
use salsa::{Durability, Setter};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A project in memory.
#[derive(Debug)]
pub struct Project {
    /// Its root.
    pub root: Root,
    /// What was found, in order of path.
    pub found: Vec<Found>,
    pub(crate) db: Database,
    pub(crate) files: Files,
    by_path: BTreeMap<TreePath, SourceFile>,
    /// The text of `catalyst.pins`, which only renders ask for.
    pub(crate) pins: Option<Arc<str>>,
    /// What is wrong with the tree itself.
    pub(crate) diagnostics: Vec<Diagnostic>,
    discover: Discover,
    frozen: bool,
}

/// What a reload found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edited {
    /// Files whose text changed, that came, or that went.
    pub files: Vec<TreePath>,
}

impl Project {
    /// Opens the project that holds `start`. With `frozen`, files are taken to stay as they are, which saves the book-keeping of changes.
    pub fn open(start: &Path, discover: Discover, frozen: bool) -> Result<Project, LoadError> {
        Project::open_on(Database::default(), start, discover, frozen)
    }

    /// Opens a project on a given database, for instance one that logs its queries.
    pub fn open_on(
        db: Database,
        start: &Path,
        discover: Discover,
        frozen: bool,
    ) -> Result<Project, LoadError> {
        let root = find_root(start).map_err(LoadError::Root)?;
        let mut loaded = load(&root, discover.clone())?;
        let durability = if frozen { Durability::NEVER_CHANGE } else { Durability::LOW };
        let mut by_path = BTreeMap::new();
        let (mut list, mut found, mut lock) = (Vec::new(), Vec::new(), None);
        for read in std::mem::take(&mut loaded.files) {
            match file_kind(read.found.kind) {
                Some(kind) => {
                    let file = SourceFile::builder(read.found.path.clone(), kind, read.text)
                        .durability(durability)
                        .new(&db);
                    by_path.insert(read.found.path.clone(), file);
                    list.push(file);
                }
                None => lock = Some(read.text),
            }
            found.push(read.found);
        }
        let files = Files::builder(list, lock).durability(durability).new(&db);
        let Loaded { pins, diagnostics, .. } = loaded;
        Ok(Project { root, found, db, files, by_path, pins, diagnostics, discover, frozen })
    }

    /// The database and its files, for queries.
    pub fn database(&self) -> (&Database, Files) {
        (&self.db, self.files)
    }

    /// Whether its files are taken to stay as they are.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// The source file at a path.
    pub fn file(&self, path: &TreePath) -> Option<SourceFile> {
        self.by_path.get(path).copied()
    }

    /// All source files, in order of path.
    pub fn source_files(&self) -> impl Iterator<Item = (&TreePath, SourceFile)> {
        self.by_path.iter().map(|(path, file)| (path, *file))
    }

    /// Reads the named files anew. Only texts that differ become changes.
    pub fn reload(&mut self, paths: &[TreePath]) -> Edited {
        let mut edited = Edited::default();
        for path in paths {
            self.diagnostics.retain(|it| it.primary.place.file != *path);
            match read(&self.root, path, self.discover.limits.file_bytes) {
                Ok(bytes) => {
                    let Some(file) = self.by_path.get(path).copied() else { return self.reload_all() };
                    if file.text(&self.db) != &bytes.text {
                        file.set_text(&mut self.db).to(bytes.text);
                        edited.files.push(path.clone());
                    }
                }
                Err(ReadError::Missing) if !self.by_path.contains_key(path) => return self.reload_all(),
                Err(ReadError::Missing) => return self.reload_all(),
                Err(error) => self.diagnostics.push(read_error(path, &error)),
            }
        }
        edited
    }

    /// Looks for files anew and reads them all. A file that stays keeps its input, so that what did not change is not computed again.
    pub fn reload_all(&mut self) -> Edited {
        let mut edited = Edited::default();
        let Ok(loaded) = load(&self.root, self.discover.clone()) else { return edited };
        self.diagnostics = loaded.diagnostics;
        self.pins = loaded.pins;
        let mut by_path = BTreeMap::new();
        let (mut list, mut found, mut lock) = (Vec::new(), Vec::new(), None);
        for it in loaded.files {
            let path = it.found.path.clone();
            match file_kind(it.found.kind) {
                Some(kind) => {
                    let file = match self.by_path.get(&path) {
                        Some(file) => {
                            if file.text(&self.db) != &it.text {
                                file.set_text(&mut self.db).to(it.text);
                                edited.files.push(path.clone());
                            }
                            *file
                        }
                        None => {
                            edited.files.push(path.clone());
                            SourceFile::new(&self.db, path.clone(), kind, it.text)
                        }
                    };
                    list.push(file);
                    by_path.insert(path, file);
                }
                None => lock = Some(it.text),
            }
            found.push(it.found);
        }
        edited.files.extend(self.by_path.keys().filter(|path| !by_path.contains_key(*path)).cloned());
        if self.files.files(&self.db) != &list {
            self.files.set_files(&mut self.db).to(list);
        }
        if self.files.lock(&self.db) != &lock {
            self.files.set_lock(&mut self.db).to(lock);
        }
        self.by_path = by_path;
        self.found = found;
        edited.files.sort();
        edited
    }

    /// Puts a text in place of a file's own, as an editor does. The path must be a file of the project.
    pub fn set_text(&mut self, path: &TreePath, text: &str) -> bool {
        let Some(file) = self.by_path.get(path).copied() else { return false };
        if file.text(&self.db).as_ref() != text {
            file.set_text(&mut self.db).to(Arc::from(text));
        }
        true
    }

    /// Puts a file into the project as if it stood in its folder; not into a frozen one. What the compiler would not read is left out.
    pub fn add_text(&mut self, path: &TreePath, text: &str) {
        if self.set_text(path, text) {
            return;
        }
        let Some(kind) = catalyst_system::kind_of(path).and_then(file_kind) else { return };
        let file = SourceFile::new(&self.db, path.clone(), kind, Arc::from(text));
        self.by_path.insert(path.clone(), file);
        let list = self.by_path.values().copied().collect();
        self.files.set_files(&mut self.db).to(list);
    }

    /// Whether there is a `catalyst.lock`.
    pub fn has_lock(&self) -> bool {
        self.files.lock(&self.db).is_some()
    }

    /// The text of a source file.
    pub fn text(&self, path: &TreePath) -> Option<Arc<str>> {
        self.file(path).map(|file| file.text(&self.db).clone())
    }

    /// Whether the project wants charts rendered and looked into whenever it is checked or built.
    pub fn renders_charts(&self) -> bool {
        catalyst_db::project(&self.db, self.files).as_ref().is_some_and(|it| it.spec.render)
    }

    /// Levels that the project file sets.
    pub fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        if let Some(project) = catalyst_db::project(&self.db, self.files) {
            for (name, level) in &project.spec.rules {
                if let Some(rule) = find_rule(name) {
                    levels.set(
                        rule,
                        match level {
                            RuleLevel::Allow => catalyst_diag::Level::Allow,
                            RuleLevel::Note => catalyst_diag::Level::Note,
                            RuleLevel::Warn => catalyst_diag::Level::Warn,
                            RuleLevel::Deny => catalyst_diag::Level::Deny,
                        },
                    );
                }
            }
        }
        levels
    }

    /// The output folder when nobody says otherwise: where the Git source has the emitted tree.
    pub fn default_out(&self) -> std::path::PathBuf {
        let project = catalyst_db::project(&self.db, self.files);
        let folder = project.as_ref().map_or("out", |it| it.spec.git.folder.as_str());
        self.root.path().join(folder)
    }

    /// How many files of intent there are.
    pub fn intent_files(&self) -> usize {
        self.by_path.values().filter(|file| file.kind(&self.db) == FileKind::Intent).count()
    }
}
