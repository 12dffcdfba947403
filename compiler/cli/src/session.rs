//! What a verb works with: settings from flags and environment, the streams, the project.

use crate::args::Global;
use crate::color;
use crate::exit::{Failure, INTERRUPTED};
use catalyst_diag::render::{Format, Options};
use catalyst_diag::{Diagnostic, Locate, Severity};
use catalyst_driver::plain::Renderer;
use catalyst_driver::{Positions, Project};
use catalyst_system::{Cancel, Discover, EnvVars, Stream, Var, is_terminal, terminal_width};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Settings of one run.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) env: EnvVars,
    pub(crate) format: Format,
    pub(crate) quiet: u8,
    pub(crate) verbose: u8,
    pub(crate) show_all: bool,
    /// Whether standard output takes colour.
    pub(crate) color: bool,
    /// Whether progress is shown.
    pub(crate) progress: bool,
    pub(crate) width: usize,
    pub(crate) current: PathBuf,
    pub(crate) start: PathBuf,
    /// How many things to do side by side, when that was said.
    pub(crate) jobs: Option<usize>,
    pub(crate) cancel: Cancel,
}

impl Session {
    pub(crate) fn new(global: &Global, env: EnvVars) -> Result<Self, Failure> {
        if let Some(jobs) = global.jobs {
            catalyst_driver::set_threads(jobs.into());
        }
        let cancel = Cancel::new();
        let flag = cancel.clone();
        let mut pressed = false;
        drop(ctrlc::set_handler(move || {
            flag.cancel();
            if std::mem::replace(&mut pressed, true) {
                at_once();
            }
        }));
        let current = catalyst_system::current_dir()?;
        let dumb = env.text(Var::Term) == Some("dumb");
        let progress = global.quiet == 0
            && global.verbose == 0
            && !env.is_on(Var::Ci)
            && !dumb
            && is_terminal(Stream::Error);
        Ok(Session {
            format: global.format.unwrap_or(Format::Full),
            quiet: global.quiet,
            verbose: global.verbose,
            show_all: global.show_all,
            color: color::of_stream(global.color, &env, Stream::Output),
            progress,
            width: terminal_width(Stream::Output, &env).unwrap_or(110),
            start: current.join(&global.project),
            current,
            jobs: global.jobs.map(usize::from),
            cancel,
            env,
        })
    }

    /// A path that was given on the command line, as an absolute one.
    pub(crate) fn here(&self, path: &Path) -> PathBuf {
        self.current.join(path)
    }

    /// What renders the Sovereigns whose output is rendered. Nothing is started until there is one.
    pub(crate) fn renderer(&self, helm: Option<&Path>) -> Renderer {
        Renderer {
            helm: helm.map(|it| self.here(it)),
            store: self.env.text(Var::Store).map(|it| self.here(Path::new(it))),
            env: self.env.clone(),
        }
    }

    /// Opens the project. `frozen` when files are not looked at again.
    pub(crate) fn project(&self, frozen: bool) -> Result<Project, Failure> {
        let discover = Discover { cancel: self.cancel.clone(), ..Discover::default() };
        Ok(Project::open(&self.start, discover, frozen)?)
    }

    /// Prints findings to standard output, in the chosen format.
    pub(crate) fn print_findings(&self, project: &Project, findings: &[Diagnostic]) -> Result<(), Failure> {
        self.print_findings_to(Stream::Output, project, findings)
    }

    /// Prints findings to a stream; to standard error where standard output is for something else.
    pub(crate) fn print_findings_to(
        &self,
        stream: Stream,
        project: &Project,
        findings: &[Diagnostic],
    ) -> Result<(), Failure> {
        self.print_located(stream, &Positions(project), findings)
    }

    /// The same for findings whose places something else than the project may know.
    pub(crate) fn print_located(
        &self,
        stream: Stream,
        places: &dyn Locate,
        findings: &[Diagnostic],
    ) -> Result<(), Failure> {
        let options = Options {
            color: self.color,
            width: self.width,
            show_all: self.show_all,
            tool_version: env!("CARGO_PKG_VERSION"),
        };
        // Notes are for those who ask; in reports for other programs everything stands.
        let shown: Vec<Diagnostic> = match self.format {
            Format::Full | Format::Concise if self.verbose == 0 && !self.show_all => {
                findings.iter().filter(|it| it.severity != Severity::Note).cloned().collect()
            }
            _ => findings.to_vec(),
        };
        let text = catalyst_diag::render::render(self.format, &shown, places, &options);
        match stream {
            Stream::Error if self.quiet < 2 => Ok(std::io::stderr().lock().write_all(text.as_bytes())?),
            Stream::Error => Ok(()),
            _ => self.print(&text),
        }
    }

    /// Whether data is wanted as JSON.
    pub(crate) fn is_json(&self) -> bool {
        matches!(self.format, Format::Json | Format::Jsonl)
    }

    /// Prints data to standard output, unless nothing but the exit code is wanted. A reader that went away has seen enough; the exit code
    /// stays what it would be.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        if self.quiet > 1 {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        // What stays in the buffer would be written at the end, where an error is lost.
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Prints a line for people to standard error, unless they asked for quiet.
    pub(crate) fn say(&self, text: &str) {
        if self.quiet == 0 {
            drop(writeln!(std::io::stderr().lock(), "{text}"));
        }
    }
}

/// Ends the process at a second Ctrl-C, without waiting for what the first one stops. The old tree stays either way.
#[expect(clippy::exit, reason = "whoever presses twice does not want to wait for the end of main")]
fn at_once() {
    std::process::exit(INTERRUPTED.into());
}
