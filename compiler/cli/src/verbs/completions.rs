use crate::args::Args;
use crate::exit::Failure;
use crate::session::Session;
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc completions bash > /etc/bash_completion.d/catalystc\n  catalystc completions zsh > ~/.zfunc/_catalystc"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let mut out = Vec::new();
        clap_complete::generate(self.shell, &mut Args::command(), "catalystc", &mut out);
        session.print(&String::from_utf8_lossy(&out))?;
        Ok(ExitCode::SUCCESS)
    }
}
