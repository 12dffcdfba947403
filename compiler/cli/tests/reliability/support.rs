//! Projects in folders of their own, what is in a folder, and runs of the compiler.

use catalyst_tests::PROJECT;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// The file that [`Sandbox::edit`] changes. Its title reaches the output.
pub(crate) const SITE: &str = "sovereigns/tiny/organizations/acme/applications/site.yaml";
/// A file of the shared kit and of the trees of all clusters.
pub(crate) const KIT: &str = "clusters/_template/kit.yaml";

/// Everything below a folder that is no folder: what a link leads to, or the bytes of a file.
pub(crate) type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// A project in a folder that goes away with it.
pub(crate) struct Sandbox {
    dir: tempfile::TempDir,
    /// The folder of the project.
    pub(crate) project: PathBuf,
}

impl Sandbox {
    /// The small project, in a folder named `p`.
    pub(crate) fn new() -> Self {
        Sandbox::with(PROJECT.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    /// The smallest part of it that has everything that is written: one cluster, one Application, the kit.
    pub(crate) fn smallest() -> Self {
        let folder = "sovereigns/tiny/organizations/acme";
        let kept = PROJECT.iter().filter(|(path, _)| {
            let extra = ["continuums/", "policies/", "catalog/", "notes.yaml", "store.yaml", "acme-dev.yaml"];
            !extra.iter().any(|it| path.contains(it))
        });
        let text = |path: &str, text: &str| match path.strip_prefix(folder) {
            Some("/applications/site.yaml") => text
                .replace("    mode: database\n", "")
                .replace("    dev: {size: small, config: {mode: plain}}\n", "")
                .replace("      dependencies:\n        db: {ref: store}\n", "")
                .replace("      placement: {mode: active-hotstandby, regions: [nbg, fsn]}\n", ""),
            Some("/environments/acme-prod.yaml") => text.replace("[nbg, fsn]", "[nbg]"),
            _ => text.replace(
                "    - {provider: hetzner, region: fsn, blocks: [rtz], envTypes: [prod, dev]}\n",
                "",
            ),
        };
        Sandbox::with(kept.map(|(path, it)| ((*path).to_owned(), text(path, it))))
    }

    fn with(files: impl Iterator<Item = (String, String)>) -> Self {
        let dir = folder();
        let project = dir.path().canonicalize().unwrap().join("p");
        for (path, text) in files {
            write(&project.join(path), text.as_bytes());
        }
        Sandbox { dir, project }
    }

    /// The folder around the project.
    pub(crate) fn around(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// The output folder.
    pub(crate) fn out(&self) -> PathBuf {
        self.project.join("out")
    }

    /// The folder of the shared kit.
    pub(crate) fn kit(&self) -> PathBuf {
        self.project.join("clusters/_template/bootstrap-kit")
    }

    /// A command that builds the project, in an environment with nothing in it but `PATH`.
    pub(crate) fn build(&self) -> Command {
        self.run("build")
    }

    /// A command that runs a verb on the project.
    pub(crate) fn run(&self, verb: &str) -> Command {
        let mut command = catalystc();
        command.arg("-C").arg(&self.project).arg(verb);
        command
    }

    /// Changes one word of the title of an Application and of the purpose of a slot: both output folders change.
    pub(crate) fn edit(&self, word: &str) {
        replace(&self.project.join(SITE), "Acme", word);
        replace(&self.project.join(KIT), "Delivers everything else", &format!("Delivers everything {word}"));
    }

    /// What a build leaves: the output and the shared kit.
    pub(crate) fn built(&self) -> (Tree, Tree) {
        (tree(&self.out()), tree(&self.kit()))
    }

    /// Names beside the two output folders that do not belong there.
    pub(crate) fn rubbish(&self) -> Vec<String> {
        let names = self.beside().into_iter().flat_map(|folder| names(&folder));
        names.filter(|name| name.contains(".catalystc-")).collect()
    }

    /// Removes them, as if no build had been killed before.
    pub(crate) fn remove_rubbish(&self) {
        for folder in self.beside() {
            for path in names(&folder).into_iter().filter(|name| name.contains(".catalystc-")) {
                let path = folder.join(path);
                if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                    .unwrap();
            }
        }
    }

    /// The folders of the two output folders.
    fn beside(&self) -> [PathBuf; 2] {
        [self.project.clone(), self.project.join("clusters/_template")]
    }
}

/// The compiler, in an environment with nothing in it but `PATH`.
pub(crate) fn catalystc() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_catalystc"));
    clean(&mut command);
    command
}

/// A shell that runs the compiler as `"$@"`, for what only a shell sets up.
pub(crate) fn shell(script: &str, arguments: &Command) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(arguments.get_program()).args(arguments.get_args());
    clean(&mut command);
    command
}

fn clean(command: &mut Command) {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Its exit code; a signal is none.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Whether it was killed.
    pub(crate) fn is_killed(&self) -> bool {
        self.status.signal().is_some()
    }

    /// Fails unless the code is this one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{}\n{}\n{}", self.status, self.out, self.err);
        self
    }
}

/// Runs to the end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        status: output.status,
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder that goes away, in memory where there is such a place: tests write some hundred thousand files.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.unwrap()
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Replaces a text that must be there.
pub(crate) fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} holds {from:?}", path.display());
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// What is below a folder; empty when there is none.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).into_iter().flatten() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let below = path.strip_prefix(folder).unwrap().to_path_buf();
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_symlink() {
                found.insert(below, path.read_link().unwrap().into_os_string().into_encoded_bytes());
            } else {
                found.insert(below, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Puts a tree in place of whatever is there.
pub(crate) fn restore(folder: &Path, tree: &Tree) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
    for (path, bytes) in tree {
        write(&folder.join(path), bytes);
    }
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Sets permissions.
pub(crate) fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The permissions of a file or folder.
pub(crate) fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// Whether the tests run as root, for whom permissions mean nothing.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Small numbers in an order that is the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `of`.
    pub(crate) fn below(&mut self, of: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % of
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// The same in another order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let with = self.below(at + 1);
            list.swap(at, with);
        }
    }
}

/// Does some work for each item, two at a time: most of the time goes into starting processes.
pub(crate) fn each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let work = &work;
            scope.spawn(move || items.iter().skip(worker).step_by(workers).for_each(work));
        }
    });
}
