//! The environment: every variable that the product reads stands in one table, and is read in one place.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::path::PathBuf;

use crate::error::IoError;

/// A variable that the product reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Var {
    /// `CATALYSTC_FORMAT`
    Format,
    /// `CATALYSTC_OUT`
    Out,
    /// `NO_COLOR`
    NoColor,
    /// `CLICOLOR_FORCE`
    CliColorForce,
    /// `FORCE_COLOR`
    ForceColor,
    /// `CI`
    Ci,
    /// `COLUMNS`
    Columns,
    /// `TERM`
    Term,
    /// `PATH`
    Path,
    /// `TMPDIR`
    TmpDir,
    /// `COSIGN_PASSWORD`
    CosignPassword,
    /// `SOURCE_DATE_EPOCH`
    SourceDateEpoch,
    /// `CATALYSTC_STORE`
    Store,
    /// `HOME`
    Home,
    /// `XDG_CONFIG_HOME`
    XdgConfigHome,
    /// `DOCKER_CONFIG`
    DockerConfig,
    /// `REGISTRY_AUTH_FILE`
    RegistryAuthFile,
    /// `HELM_REGISTRY_CONFIG`
    HelmRegistryConfig,
    /// `HELM_REPOSITORY_CONFIG`
    HelmRepositoryConfig,
    /// `HTTPS_PROXY`
    HttpsProxy,
    /// `https_proxy`
    HttpsProxyLower,
    /// `http_proxy`
    HttpProxyLower,
    /// `NO_PROXY`
    NoProxy,
    /// `no_proxy`
    NoProxyLower,
    /// `CATALYST_FAULT`
    Fault,
}

/// One row of the table of variables, from which the reference page is made.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Which one.
    pub var: Var,
    /// Its name in the environment.
    pub name: &'static str,
    /// What it does, in one line.
    pub doc: &'static str,
}

/// Every variable that the product reads. A child process gets none of them unless it is given them by name.
pub const VARIABLES: &[Variable] = &[
    row(Var::Format, "CATALYSTC_FORMAT", "how findings are printed when `--format` is not given"),
    row(Var::Out, "CATALYSTC_OUT", "the output folder when `--out` is not given"),
    row(Var::NoColor, "NO_COLOR", "when set and not empty, nothing is coloured"),
    row(
        Var::CliColorForce,
        "CLICOLOR_FORCE",
        "when set and not `0`, text is coloured even when it goes to a file",
    ),
    row(Var::ForceColor, "FORCE_COLOR", "like `CLICOLOR_FORCE`"),
    row(Var::Ci, "CI", "when set and not `0` or `false`, no progress is shown"),
    row(Var::Columns, "COLUMNS", "the width of the terminal, instead of asking it"),
    row(Var::Term, "TERM", "when `dumb`, nothing is coloured and no progress is shown"),
    row(Var::Path, "PATH", "where `git` and `helm` are looked for"),
    row(Var::TmpDir, "TMPDIR", "where short-lived folders are made, instead of `/tmp`"),
    row(Var::CosignPassword, "COSIGN_PASSWORD", "the password of private keys; cosign reads the same one"),
    row(
        Var::SourceDateEpoch,
        "SOURCE_DATE_EPOCH",
        "the time that a bundle says it was made at, in seconds since 1970, instead of 1970",
    ),
    row(Var::Store, "CATALYSTC_STORE", "the folder of fetched charts when `--store` is not given"),
    row(
        Var::Home,
        "HOME",
        "where the files of docker and helm are looked for, with the credentials of `vendor`",
    ),
    row(
        Var::XdgConfigHome,
        "XDG_CONFIG_HOME",
        "where the files of helm are looked for, instead of `~/.config`",
    ),
    row(Var::DockerConfig, "DOCKER_CONFIG", "the folder of docker's `config.json`, instead of `~/.docker`"),
    row(
        Var::RegistryAuthFile,
        "REGISTRY_AUTH_FILE",
        "a file like docker's `config.json` that is asked first",
    ),
    row(Var::HelmRegistryConfig, "HELM_REGISTRY_CONFIG", "the file of `helm registry login`"),
    row(Var::HelmRepositoryConfig, "HELM_REPOSITORY_CONFIG", "the file of `helm repo add`"),
    row(Var::HttpsProxy, "HTTPS_PROXY", "the proxy by which `vendor` reaches sources over https"),
    row(Var::HttpsProxyLower, "https_proxy", "the same"),
    row(Var::HttpProxyLower, "http_proxy", "the proxy by which `vendor` reaches sources over plain HTTP"),
    row(Var::NoProxy, "NO_PROXY", "hosts that are reached without a proxy, separated by commas"),
    row(Var::NoProxyLower, "no_proxy", "the same"),
    row(
        Var::Fault,
        "CATALYST_FAULT",
        "for tests, and only in builds made for them: the operation that fails",
    ),
];

const fn row(var: Var, name: &'static str, doc: &'static str) -> Variable {
    Variable { var, name, doc }
}

impl Var {
    /// Its name in the environment.
    pub fn name(self) -> &'static str {
        VARIABLES.iter().find(|row| row.var == self).map_or("", |row| row.name)
    }
}

/// The values of the variables in [`VARIABLES`] at one moment, and of no others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvVars(BTreeMap<Var, OsString>);

impl EnvVars {
    /// Reads them from the process. Call it once, at the start.
    pub fn read() -> Self {
        EnvVars(VARIABLES.iter().filter_map(|row| Some((row.var, std::env::var_os(row.name)?))).collect())
    }

    /// Values given by a test.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Var, OsString)>) -> Self {
        EnvVars(pairs.into_iter().collect())
    }

    /// The value as the system has it.
    pub fn get(&self, var: Var) -> Option<&OsStr> {
        self.0.get(&var).map(OsString::as_os_str)
    }

    /// The value when it is text and not empty. An empty variable counts as unset everywhere.
    pub fn text(&self, var: Var) -> Option<&str> {
        self.get(var)?.to_str().filter(|text| !text.is_empty())
    }

    /// Whether it is set to anything but nothing, `0` or `false`.
    pub fn is_on(&self, var: Var) -> bool {
        self.get(var).is_some_and(|value| !matches!(value.to_str(), Some("" | "0" | "false")))
    }
}

/// The folder that relative paths of the command line mean.
pub fn current_dir() -> Result<PathBuf, IoError> {
    let error =
        |e: std::io::Error| IoError::from_io("find the current folder", std::path::Path::new("."), &e);
    std::env::current_dir().map_err(error)
}

/// A standard stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

/// Whether the stream is connected to a person's terminal.
pub fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Input => std::io::stdin().is_terminal(),
        Stream::Output => std::io::stdout().is_terminal(),
        Stream::Error => std::io::stderr().is_terminal(),
    }
}

/// Columns of the terminal: from `COLUMNS`, else asked of the stream; `None` when it is no terminal.
pub fn terminal_width(stream: Stream, variables: &EnvVars) -> Option<usize> {
    let stated = variables.text(Var::Columns).and_then(|text| text.parse().ok()).filter(|&width| width > 0);
    let asked = || {
        let size = match stream {
            Stream::Input => rustix::termios::tcgetwinsize(std::io::stdin()),
            Stream::Output => rustix::termios::tcgetwinsize(std::io::stdout()),
            Stream::Error => rustix::termios::tcgetwinsize(std::io::stderr()),
        };
        size.ok().map(|size| usize::from(size.ws_col)).filter(|&width| width > 0)
    };
    stated.or_else(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete_and_its_names_differ() {
        let mut names: Vec<_> = VARIABLES.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), VARIABLES.len());
        // The last variant: one row for each before it, in the same order.
        assert_eq!(VARIABLES.len(), Var::Fault as usize + 1);
        assert!(VARIABLES.iter().enumerate().all(|(at, row)| row.var as usize == at));
        assert!(VARIABLES.iter().all(|row| row.var.name() == row.name && !row.doc.ends_with('.')));
    }

    #[test]
    fn empty_counts_as_unset() {
        let env = EnvVars::from_pairs([
            (Var::NoColor, "".into()),
            (Var::Ci, "true".into()),
            (Var::ForceColor, "0".into()),
        ]);
        assert!(!env.is_on(Var::NoColor) && env.is_on(Var::Ci) && !env.is_on(Var::ForceColor));
        assert_eq!(env.text(Var::NoColor), None);
    }

    #[test]
    fn columns_win_over_the_terminal() {
        let env = EnvVars::from_pairs([(Var::Columns, "60".into())]);
        assert_eq!(terminal_width(Stream::Error, &env), Some(60));
    }
}
