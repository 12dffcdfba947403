use super::bundle::{failure, failure_of};
use super::check::count;
use super::verify::{Expect, Verified};
use crate::exit::Failure;
use crate::session::Session;
use catalyst_bundle::release::Release;
use catalyst_driver::bundle::{unpack, write_state};
use catalyst_sign::Mark;
use catalyst_system::{Exclusive, make_root, plain_path};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Verify a bundle, then write the tree in it
///
/// Writes nothing of a bundle that is not accepted. The folder is replaced as a whole, and only if it is empty or holds an earlier bundle. With
/// `--state`, what was accepted is recorded before anything is written.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc unpack omantel-7.tar --sovereign omantel --key release.pub --out tree\n  catalystc unpack omantel-7.tar --sovereign omantel --key release.pub --state accepted.json --first-use --out tree"
)]
pub(crate) struct Unpack {
    #[command(flatten)]
    expect: Expect,
    /// Folder to write to
    #[arg(long, short, value_name = "FOLDER", help_heading = "Output")]
    out: PathBuf,
}

impl Unpack {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let out = session.here(&self.out);
        // Two at once would both start from the same record, and one of them would be forgotten.
        let _lock = self.expect.state.as_deref().map(|path| alone(session, path, Some(&out))).transpose()?;
        let Verified { layout, base, mut state, result } = self.expect.verify(session)?;
        let report = match &result {
            Ok(report) => report,
            Err(_) => return self.expect.print(session, &result),
        };
        let refused = |flaw| failure_of(&self.expect.bundle, &flaw);
        let release = Release::read(&layout, base.as_ref()).map_err(refused)?;
        if let Some(path) = &self.expect.state {
            let mark = Mark { sequence: report.header.sequence, digest: report.digest };
            let lines = state.0.entry(report.header.sovereign.clone()).or_default();
            lines.insert(report.header.line.clone(), mark);
            write_state(&session.here(path), &state)?;
        }
        let written = unpack(&layout, base.as_ref(), &release, &out);
        let written = written.map_err(|error| failure(&self.expect.bundle, error))?;
        let code = self.expect.print(session, &result)?;
        session.say(&format!(
            "wrote {} of release {} to {}",
            count(written.files, "file"),
            report.header.sequence,
            self.out.display(),
        ));
        Ok(code)
    }
}

/// Holds the record of what was accepted until it is written. It must not stand in the folder that is replaced.
pub(super) fn alone(session: &Session, state: &Path, out: Option<&Path>) -> Result<Exclusive, Failure> {
    let full = session.here(state);
    let folder = full.parent().unwrap_or(&full);
    let folder = make_root(folder)?;
    if out.is_some_and(|out| folder.path().starts_with(plain_path(out))) {
        return Err(Failure::with_help(
            format!("the record `{}` stands in the folder that is replaced", state.display()),
            "keep it where no bundle is unpacked to",
        ));
    }
    let mut name = full.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let waiting = || session.say("waiting for another catalystc that uses the same record");
    Ok(Exclusive::take(&folder.path().join(name), &session.cancel, waiting)?)
}
