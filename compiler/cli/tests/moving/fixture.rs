//! Signed bundles of a project that `init` makes, and runs of the command beside them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "a password of the tests";

/// The bundle of release 7, signed by two keys, and that of release 8, as a delta. Made once: nothing of it is changed.
struct Made {
    folder: TempDir,
}

static MADE: OnceLock<Made> = OnceLock::new();

/// A folder with bundles and keys that goes away with the test.
pub(crate) struct Site {
    folder: TempDir,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    /// Both streams.
    pub(crate) text: String,
}

impl Ran {
    /// Fails unless the run ended with this code.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{}", self.text);
        self
    }

    /// Fails unless each of these stands in what was printed.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.text.contains(part), "`{part}` is not in:\n{}", self.text);
        }
        self
    }
}

impl Made {
    fn new() -> Made {
        let made = Site { folder: tempfile::tempdir().unwrap() };
        for args in [
            "init --name demo --no-schemas --no-workflow",
            "lock",
            "build",
            "keygen --out release",
            "keygen --out other",
            "keygen --out attest",
            "bundle --sequence 7 --out b7.tar",
            "sign b7.tar --key release.key --attest-key attest.key",
            "bundle --sequence 7 --out other7.tar",
            "sign other7.tar --key other.key",
            "bundle --delta-from b7.tar --out b8.tar",
            "sign b8.tar --base b7.tar --key release.key",
        ] {
            made.run(args).with(0);
        }
        std::fs::copy(made.at("b7.tar"), made.at("attested7.tar")).unwrap();
        std::fs::write(made.at("scan.json"), "{\"found\": []}\n").unwrap();
        made.run(
            "attest attested7.tar --key attest.key --type vuln --predicate scan.json --artefact clusters",
        )
        .with(0);
        let bundles = [
            "b7.tar",
            "other7.tar",
            "b8.tar",
            "release.pub",
            "other.pub",
            "attest.pub",
            "other.key",
            "attested7.tar",
        ];
        let kept = tempfile::tempdir().unwrap();
        for name in bundles {
            std::fs::copy(made.at(name), kept.path().join(name)).unwrap();
        }
        Made { folder: kept }
    }
}

impl Site {
    pub(crate) fn new() -> Site {
        let site = Site { folder: tempfile::tempdir().unwrap() };
        let made = MADE.get_or_init(Made::new);
        for entry in std::fs::read_dir(made.folder.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), site.folder.path().join(entry.file_name())).unwrap();
        }
        site
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.at(path)).unwrap()
    }

    /// The command in this folder. `args` are separated by blanks.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_catalystc"));
        command.args(args.split_whitespace()).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.at("home")).env("COSIGN_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn run(&self, args: &str) -> Ran {
        let output = self.command(args).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        Ran { code: output.status.code().unwrap_or(-1), text: String::from_utf8(text).unwrap() }
    }

    /// `catalystc push` below the path `site` of a registry on the loopback.
    pub(crate) fn push(&self, bundle: &str, host: &str, more: &str) -> Ran {
        self.run(&format!("push {bundle} {host}/site --plain-http 127.0.0.1 {more}"))
    }

    /// `catalystc pull` of what was pushed there.
    pub(crate) fn pull(&self, number: u32, host: &str, out: &str) -> Ran {
        self.run(&format!("pull {host}/site/demo/release:{number} --plain-http 127.0.0.1 --out {out}"))
    }
}
