//! New files: a whole project to start from, or one document of intent at its place.
//!
//! Texts come from typed arguments and are brought into canonical form. What they lead to is compiled before anything is written, so that
//! a file that was made here is a file that compiles.

mod application;
mod arguments;
mod blueprint;
mod document;
mod init;
mod new;
mod placeholder;
mod policies;

pub use arguments::{
    New, NewApplication, NewBlueprint, NewContinuum, NewEnvironment, NewEnvironmentPolicy, NewOrganization,
    NewRunbook, NewSecretPolicy, NewSovereign, NewUserAccess,
};
pub use init::{Init, init};
pub use new::plan_new;

use crate::{CompileOptions, NoProgress, Project, compile};
use catalyst_diag::{Diagnostic, Severity};
use catalyst_source::TreePath;
use catalyst_system::{Durability, IoError, Root, is_taken, remove, write_atomic};

/// A file that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where it will stand.
    pub path: TreePath,
    /// Its text.
    pub text: String,
}

/// Files to write, and what they leave to whoever asked for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scaffold {
    /// The files, in the order in which they are best read.
    pub files: Vec<Draft>,
    /// What is a placeholder, or comes next; a sentence each.
    pub remarks: Vec<String>,
}

impl Scaffold {
    fn push(&mut self, path: String, text: String) {
        // Paths are made of names that were checked.
        let path = TreePath::new(&path).unwrap_or_else(|error| unreachable!("{error}"));
        self.files.push(Draft { path, text });
    }

    fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    /// Files that are already there: nothing is ever written over.
    pub fn conflicts(&self, root: &Root) -> Vec<TreePath> {
        self.files.iter().filter(|it| is_taken(root, &it.path)).map(|it| it.path.clone()).collect()
    }

    /// Writes all files, or none: when one cannot be written, those before it are taken away again.
    pub fn write(&self, root: &Root) -> Result<(), IoError> {
        for (at, file) in self.files.iter().enumerate() {
            if let Err(error) = write_atomic(root, &file.path, file.text.as_bytes(), Durability::default()) {
                for written in &self.files[..at] {
                    // The first error is the one to tell.
                    drop(remove(root, &written.path));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    /// What the files add to the findings of a project, notes left out. They stay in `project` afterwards, so that the findings can be
    /// shown.
    pub fn prove(&self, project: &mut Project) -> Vec<Diagnostic> {
        let before = findings(project);
        for file in &self.files {
            project.add_text(&file.path, &file.text);
        }
        let mut after = findings(project);
        after.retain(|it| !before.contains(it));
        after
    }
}

fn findings(project: &Project) -> Vec<Diagnostic> {
    let mut found = compile(project, &CompileOptions::default(), &NoProgress, |_, _| ()).diagnostics;
    found.retain(|it| it.severity != Severity::Note);
    found
}
