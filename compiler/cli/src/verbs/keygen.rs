use super::sign::{Password, password};
use crate::exit::Failure;
use crate::session::Session;
use catalyst_system::{random, write_private};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a key pair to sign bundles with
///
/// Writes NAME.key, which only its owner may read, sealed with a password as cosign does it, and NAME.pub. Files that are there are not
/// written over. The password comes from COSIGN_PASSWORD, from a file descriptor, or from the terminal; never from the command line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc keygen --out release\n  catalystc keygen --out attest --password-fd 3"
)]
pub(crate) struct Keygen {
    /// Path of the two files without their endings
    #[arg(long, short, value_name = "NAME", default_value = "cosign")]
    out: PathBuf,
    #[command(flatten)]
    password: Password,
}

impl Keygen {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let with = |ending: &str| {
            let mut path = session.here(&self.out).into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        let (private, public) = (with(".key"), with(".pub"));
        for path in [&private, &public] {
            if path.symlink_metadata().is_ok() {
                return Err(Failure::with_help(
                    format!("`{}` is there already", path.display()),
                    "choose another name with `--out`: a key that is gone cannot be made again",
                ));
            }
        }
        let secret = password(session, &self.password, "Password of the new key: ")?;
        if self.password.is_asked(session) && secret != password(session, &self.password, "Once more: ")? {
            return Err(Failure::new("the two passwords differ; nothing was written"));
        }
        let (key, file) = catalyst_sign::keygen(&random()?, &secret).map_err(Failure::new)?;
        write_private(&private, file.as_bytes())?;
        catalyst_system::write_new(&public, key.public().to_pem().as_bytes())?;
        session.say(&format!("wrote {} and {}", private.display(), public.display()));
        session.print(&format!("{}\n", key.public().id()))?;
        Ok(ExitCode::SUCCESS)
    }
}
