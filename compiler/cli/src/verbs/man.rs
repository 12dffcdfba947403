use crate::args::Args;
use crate::exit::Failure;
use crate::session::Session;
use clap::CommandFactory;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the manual page, or write one for each verb
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc man | man -l -\n  catalystc man --out /usr/local/share/man/man1"
)]
pub(crate) struct Man {
    /// Folder to write the pages of all verbs to
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Man {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let command = Args::command();
        let page = |command: &clap::Command| -> Result<String, Failure> {
            let mut out = Vec::new();
            clap_mangen::Man::new(command.clone()).render(&mut out)?;
            Ok(String::from_utf8_lossy(&out).into_owned())
        };
        let Some(folder) = self.out else {
            session.print(&page(&command)?)?;
            return Ok(ExitCode::SUCCESS);
        };
        let mut files = vec![("catalystc.1".to_owned(), page(&command)?)];
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let name = format!("catalystc-{}", verb.get_name());
            files.push((format!("{name}.1"), page(&verb.clone().name(&*Box::leak(name.into_boxed_str())))?));
        }
        catalyst_system::write_folder(&session.here(&folder), &files)?;
        session.say(&format!("wrote {} pages to {}", files.len(), folder.display()));
        Ok(ExitCode::SUCCESS)
    }
}
