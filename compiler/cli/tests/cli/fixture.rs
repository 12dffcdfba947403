//! A folder of its own, and the command in it with an environment that holds nothing.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Where the one Application of [`Cli::project`] stands.
pub(crate) const HELLO: &str = "sovereigns/demo/organizations/acme/applications/hello.yaml";

/// A folder that goes away with the test.
#[derive(Debug)]
pub(crate) struct Cli {
    folder: TempDir,
}

impl Cli {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Cli { folder: tempfile::tempdir().unwrap() }
    }

    /// What `init` makes: the Sovereign `demo` with the Organization `acme`, the Environment `acme-prod` and the Application `hello`.
    pub(crate) fn project() -> Self {
        let cli = Cli::empty();
        let made = cli.command("init --name demo --no-schemas --no-workflow").output().unwrap();
        assert!(made.status.success(), "{}", cli.show(&made));
        cli
    }

    /// Puts one text for another in a file. The first must be there.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.join(path)).unwrap();
        assert!(text.contains(from), "{path} holds no `{from}`");
        self.write(path, &text.replace(from, to));
    }

    /// Where the folder is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn join(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Puts a shell script of this name in front of all programs that [`Cli::search`] finds.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = format!("bin/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(self.join(&path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A `PATH` with the scripts of the test and the tools of the system.
    pub(crate) fn search(&self) -> String {
        format!("{}:/usr/bin:/bin", self.join("bin").display())
    }

    /// The command in this folder. `args` are separated by blanks.
    #[must_use]
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catalystc"));
        command.args(args.split_whitespace()).current_dir(self.path()).env_clear();
        command
    }

    /// Runs the command and shows its exit code and both streams, without what differs from run to run.
    #[must_use]
    pub(crate) fn run(&self, args: &str) -> String {
        self.show(&self.command(args).output().unwrap())
    }

    /// The exit code alone.
    #[must_use]
    pub(crate) fn code(&self, args: &str) -> i32 {
        self.command(args).output().unwrap().status.code().unwrap()
    }

    pub(crate) fn show(&self, output: &Output) -> String {
        let mut out =
            format!("exit code: {}\n", output.status.code().map_or("none".into(), |it| it.to_string()));
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = String::from_utf8(bytes.clone()).unwrap();
            if !text.is_empty() {
                write!(out, "----- {name} -----\n{}", self.filter(&text)).unwrap();
            }
        }
        out
    }

    /// Takes out the folder and digests.
    fn filter(&self, text: &str) -> String {
        let folder = self.path().canonicalize().unwrap();
        let mut text =
            text.replace(folder.to_str().unwrap(), "[DIR]").replace(self.path().to_str().unwrap(), "[DIR]");
        while let Some(at) = text.find("sha256:").filter(|at| text.as_bytes()[at + 7].is_ascii_hexdigit()) {
            let end =
                text[at + 7..].find(|c: char| !c.is_ascii_hexdigit()).map_or(text.len(), |it| at + 7 + it);
            text.replace_range(at + 7..end, "[DIGEST]");
        }
        text
    }
}
