use crate::exit::{FINDINGS, Failure};
use crate::output::Line;
use crate::session::Session;
use catalyst_driver::diff::{diff, markdown, text};
use catalyst_driver::{Against, CompileOptions, compiled_texts, texts_of};
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what a change of intent changes in the output
///
/// Compiles the project and compares with a Git revision, a folder, or the committed output. Objects are matched by kind and name, items of
/// lists by what identifies them. Exits 1 when something differs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc diff\n  catalystc diff --against main\n  catalystc diff --against /tmp/tree --as json\n  catalystc diff --against origin/main --as markdown > comment.md"
)]
pub(crate) struct Diff {
    /// A Git revision or a folder; the output folder unless given
    #[arg(long, value_name = "REVISION|FOLDER")]
    against: Option<String>,
    /// How to print it
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Text)]
    form: Form,
    /// The `helm` program for Sovereigns whose output is rendered
    #[arg(long, value_name = "FILE")]
    helm: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For other programs
    Json,
}

impl Diff {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        let line = Line::new(session.progress);
        let renderer = session.renderer(self.helm.as_deref());
        let plain = renderer.plain(&project, &[], &line, &session.cancel).inspect_err(|_| line.clear())?;
        let options = CompileOptions { plain, cancel: session.cancel.clone(), ..CompileOptions::default() };
        let (after, findings) = compiled_texts(&project, &options, &line);
        line.clear();
        if session.cancel.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        if findings.iter().any(|it| it.severity == catalyst_diag::Severity::Error) {
            session.print_findings(&project, &findings)?;
            session.say("the project does not compile; there is nothing to compare");
            return Ok(ExitCode::from(crate::exit::FAILURE));
        }
        let against = Against::parse(self.against.as_deref(), &project, &session.current);
        let before = texts_of(&project, &against, &renderer, &session.cancel).map_err(|error| {
            if session.cancel.is_cancelled() { Failure::Interrupted } else { Failure::new(error) }
        })?;
        let found = diff(&before, &after);
        let form = if session.is_json() { Form::Json } else { self.form };
        match form {
            Form::Text => session.print(&text(&found, session.color))?,
            Form::Markdown => session.print(&markdown(&found))?,
            Form::Json => session
                .print(&format!("{}\n", serde_json::to_string_pretty(&found).map_err(Failure::new)?))?,
        }
        Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
    }
}
