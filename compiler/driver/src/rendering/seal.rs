//! Secrets encrypted by the program `sops`, for recipients that intent names.
//!
//! Values reach the program through standard input, and only ciphertext comes back; nothing is written to a disk. The program gets an empty
//! environment, so that neither keys nor a configuration of the user have a say.

use crate::Project;
use catalyst_model::Secrets;
use catalyst_render::pins::{Sealed, Unsealed};
use catalyst_system::{Cancel, Run, Scratch, run, which};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The `sops` program.
pub(super) struct Sops {
    program: PathBuf,
    home: Scratch,
    cancel: Cancel,
}

impl Sops {
    /// The program that was named, or the first `sops` in the folders of a `PATH` value.
    pub(super) fn find(named: Option<&Path>, search: &OsStr, cancel: &Cancel) -> Result<Sops, String> {
        let found = named.map(Path::to_path_buf).or_else(|| which("sops", search));
        let program = found.ok_or("there is no `sops` in `PATH`; install it, or name it with `--sops`")?;
        let home = Scratch::new("catalystc-sops").map_err(|error| error.to_string())?;
        Ok(Sops { program, home, cancel: cancel.clone() })
    }

    /// Encrypts the values of a Secret. Errors never hold a value.
    pub(super) fn seal(&self, secret: Unsealed, recipients: &[String]) -> Result<Sealed, String> {
        let mut command = Run::new(&self.program, self.home.path());
        command.env.insert("HOME".into(), self.home.path().into());
        command.timeout = Duration::from_secs(30);
        command.cancel = self.cancel.clone();
        let recipients = recipients.join(",");
        let args = [
            "--encrypt",
            "--input-type",
            "json",
            "--output-type",
            "json",
            "--age",
            &recipients,
            "--encrypted-regex",
            "^(data|stringData)$",
            // The rest of the object may change with the chart.
            "--mac-only-encrypted",
            "/dev/stdin",
        ];
        command.args = args.map(OsString::from).to_vec();
        command.stdin = Some(secret.manifest().into_bytes());
        let program = self.program.display();
        let output = run(&command).map_err(|error| format!("can't run `{program}`: {error}"))?;
        if !output.is_success() {
            // The program may quote what it was given only where that is no JSON; what it says of recipients stands in its first line.
            let said = String::from_utf8_lossy(&output.stderr);
            let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
            return Err(format!("`{program}` fails: {line}"));
        }
        let answer = serde_json::from_slice(&output.stdout).ok();
        let sealed = answer.and_then(|answer| secret.sealed(&answer));
        sealed.ok_or_else(|| format!("`{program}` did not encrypt every value"))
    }
}

/// Whom the Secrets of a Sovereign are encrypted for.
pub(crate) fn secrets_of(project: &Project, sovereign: &str) -> Option<Secrets> {
    let (db, files) = project.database();
    let own = catalyst_db::index(db, files).0.sovereigns.iter().find(|(name, _)| name.as_str() == sovereign);
    let own = own.and_then(|(_, it)| it.sovereign.spec.secrets.clone());
    own.or_else(|| catalyst_db::project(db, files).as_ref()?.spec.secrets.clone())
}

/// Whether a seal is for these recipients and nobody else; nobody is named where there are none.
pub(super) fn is_for(sealed: &Sealed, secrets: Option<&Secrets>) -> bool {
    secrets
        .is_some_and(|it| it.age.iter().map(String::as_str).collect::<BTreeSet<_>>() == sealed.recipients())
}
