use super::bundle::{failure, failure_of, read};
use super::check::count;
use crate::exit::Failure;
use crate::session::Session;
use catalyst_bundle::release::Release;
use catalyst_driver::bundle::write_bundle;
use catalyst_sign::{PrivateKey, SignError, Signers};
use catalyst_system::{Stream, Var, is_private, is_terminal, read_descriptor, read_hidden, read_path};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Sign a bundle
///
/// Adds a sigstore bundle and a classic cosign signature for each artefact that clusters use, and a statement over the release as a whole. With
/// `--attest-key` also attestations of what is in it and where it comes from. The same key and bundle give the same bytes; signatures that are
/// there stay.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc sign omantel-7.tar --key release.key\n  catalystc sign bundles/omantel --key release.key --attest-key attest.key\n  catalystc sign omantel-7.tar --key release.key --password-fd 3"
)]
pub(crate) struct Sign {
    /// The bundle: a folder or an archive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// The bundle that this one builds on
    #[arg(long, value_name = "BUNDLE")]
    base: Option<PathBuf>,
    /// Private key for what clusters use; its public key is what Flux gets
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    key: PathBuf,
    /// Private key for the release as a whole; that of `--key` unless given
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    index_key: Option<PathBuf>,
    /// Private key for attestations, which must be another one
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    attest_key: Option<PathBuf>,
    #[command(flatten)]
    password: Password,
}

/// Where the password of private keys comes from.
#[derive(Debug, clap::Args)]
pub(crate) struct Password {
    /// File descriptor to read the password from; COSIGN_PASSWORD or the terminal unless given
    #[arg(long, value_name = "N", help_heading = "Keys")]
    password_fd: Option<u16>,
}

impl Password {
    /// Whether somebody is asked on the terminal.
    pub(super) fn is_asked(&self, session: &Session) -> bool {
        self.password_fd.is_none() && session.env.get(Var::CosignPassword).is_none()
    }
}

/// The password, from the first place that has one. Without a terminal nobody is asked.
pub(super) fn password(session: &Session, from: &Password, question: &str) -> Result<Vec<u8>, Failure> {
    if let Some(number) = from.password_fd {
        return Ok(read_descriptor(number)?);
    }
    if let Some(text) = session.env.get(Var::CosignPassword) {
        return Ok(text.as_encoded_bytes().to_vec());
    }
    if session.env.is_on(Var::Ci) || !is_terminal(Stream::Input) {
        return Err(Failure::with_help(
            "there is no password, and nobody to ask",
            "set COSIGN_PASSWORD (it may be empty), or name a file descriptor with `--password-fd`",
        ));
    }
    Ok(read_hidden(question)?)
}

impl Sign {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let layout = read(session, &self.bundle)?;
        let base = self.base.as_deref().map(|path| read(session, path)).transpose()?;
        // The password is read once: a descriptor has it only once.
        let mut secret = None;
        let mut open = |path: &Path| open(session, path, &self.password, &mut secret);
        let release = open(&self.key)?;
        let index = self.index_key.as_deref().map(&mut open).transpose()?;
        let attest = self.attest_key.as_deref().map(&mut open).transpose()?;
        let signers =
            Signers { release: &release, index: index.as_ref().unwrap_or(&release), attest: attest.as_ref() };
        let signed = catalyst_sign::sign(layout, base.as_ref(), &signers).map_err(|error| match error {
            SignError::Flaw(flaw) => failure_of(&self.bundle, &flaw),
            other => Failure::with_help(other, "make another key with `catalystc keygen --out attest`"),
        })?;
        let read = Release::read(&signed, base.as_ref()).map_err(|flaw| failure_of(&self.bundle, &flaw))?;
        let out = session.here(&self.bundle);
        write_bundle(&out, &signed).map_err(|error| failure(&out, error))?;
        session.say(&format!(
            "signed {} of release {}: {} in the bundle",
            count(read.items.iter().filter(|it| it.is_signed()).count(), "artefact"),
            read.header.sequence,
            count(read.attached.len(), "signature"),
        ));
        Ok(ExitCode::SUCCESS)
    }
}

/// In the first line of a public key as PEM.
const PUBLIC_KEY: &str = "PUBLIC KEY-----";

/// Opens a private key. One that others may read is refused: whoever reads it can try passwords.
pub(super) fn open(
    session: &Session,
    path: &Path,
    from: &Password,
    secret: &mut Option<Vec<u8>>,
) -> Result<PrivateKey, Failure> {
    let full = session.here(path);
    let text = read_path(&full, 1 << 16)?;
    if text.contains(PUBLIC_KEY) {
        return Err(Failure::with_help(
            format!("`{}` holds a public key, and signatures are made with the private one", path.display()),
            format!(
                "give the file beside it that ends in `.key`: `{}`",
                path.with_extension("key").display()
            ),
        ));
    }
    if !is_private(&full)? {
        return Err(Failure::with_help(
            format!("others than its owner may read the private key `{}`", path.display()),
            format!("run `chmod 600 {}`", path.display()),
        ));
    }
    let secret = match secret {
        Some(secret) => secret,
        None => secret.insert(password(session, from, "Password of the key: ")?),
    };
    PrivateKey::from_file(&text, secret)
        .map_err(|error| Failure::new(format!("private key `{}`: {error}", path.display())))
}
