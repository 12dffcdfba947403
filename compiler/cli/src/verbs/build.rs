use super::check::count;
use super::look::{LookArgs, say};
use crate::exit::{Failure, INTERRUPTED, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::Severity;
use catalyst_diag::render::summary;
use catalyst_driver::forms::{Form, forms};
use catalyst_driver::{
    BuildError, BuildOptions, Built, CompileOptions, Progress, Project, Rounds, Stage, build, recall, watch,
};
use catalyst_model::SovereignName;
use catalyst_system::{Stream, is_terminal};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compile the project and write what clusters read
///
/// Compiles every Sovereign and writes the tree that `docs/src/reference/output.md` describes to the output folder, which is replaced as a whole: after a failed or
/// interrupted build the old tree is still there. Also refreshes the shared kit beside `kit.yaml`. What is unchanged since the last build is
/// known from `.catalystc/cache`, which may be removed at any time.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc build\n  catalystc build --out /tmp/tree --sovereign omantel\n  catalystc build --locked --format github\n  catalystc build --emit plan > plan.json\n  catalystc build --emit tree,graph,program --emit-to forms\n  catalystc build --check\n  catalystc build --render\n  catalystc build --watch"
)]
pub(crate) struct Build {
    /// Folder to write to; the folder of the Git source in `catalyst.yaml` unless given
    #[arg(
        long,
        short,
        value_name = "FOLDER",
        env = "CATALYSTC_OUT",
        hide_env_values = true,
        help_heading = "Output"
    )]
    out: Option<PathBuf>,
    /// Build only this Sovereign; may be given more than once
    #[arg(long, short, value_name = "NAME", help_heading = "Input")]
    sovereign: Vec<SovereignName>,
    /// Fail when `catalyst.lock` does not fit
    #[arg(long, help_heading = "Input")]
    locked: bool,
    /// What to make
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        value_delimiter = ',',
        default_value = "tree",
        help_heading = "Output"
    )]
    emit: Vec<Emit>,
    /// Folder for the forms of `--emit`, a file each
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    emit_to: Option<PathBuf>,
    /// Remove files from the output folder that catalystc did not make
    #[arg(long, help_heading = "Output")]
    prune: bool,
    /// Write nothing; fail when the output is not what a build would write
    #[arg(long, help_heading = "Output", conflicts_with_all = ["prune", "emit"])]
    check: bool,
    /// Neither use nor write `.catalystc/cache`
    #[arg(long)]
    no_cache: bool,
    /// Build again after every change, until Ctrl-C
    ///
    /// An error leaves the last good tree in place and the watch goes on. Edits that come while a build runs stop it.
    #[arg(long, conflicts_with_all = ["check", "emit"])]
    watch: bool,
    #[command(flatten)]
    look: LookArgs,
}

/// What a build makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Emit {
    /// What clusters read
    Tree,
    /// What depends on what, versions chosen
    Graph,
    /// What runs where, with which values
    Plan,
    /// Every object, and which line or default put each field there
    Program,
}

impl Build {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let wanted = self.forms()?;
        // Standard output is for a form, where there is one.
        let has_form = !wanted.is_empty() && self.emit_to.is_none();
        let stream = if has_form { Stream::Error } else { Stream::Output };
        let line = Line::new(session.progress);
        line.begin(Stage::Read, 1);
        let project = session.project(true)?;
        if !wanted.is_empty() {
            line.clear();
            project.known_sovereigns(&self.sovereign)?;
            let code = self.emit_forms(session, &project, &wanted, stream)?;
            if code.is_some() || !self.emit.contains(&Emit::Tree) {
                return Ok(code.unwrap_or(ExitCode::SUCCESS));
            }
        }
        let options = BuildOptions {
            out: self.out.as_ref().map(|out| session.here(out)),
            only: self.sovereign.clone(),
            locked: self.locked,
            prune: self.prune,
            check: self.check,
            no_cache: self.no_cache,
            renderer: session.renderer(self.look.helm()),
            cancel: session.cancel.clone(),
        };
        if self.watch {
            project.known_sovereigns(&options.only)?;
            drop(project);
            watch(&session.start, &options, &session.cancel, &mut Printer::new(session))?;
            return Ok(ExitCode::from(INTERRUPTED));
        }
        let has_looked = self.look_in(session, &project, &options, stream)?;
        if let Some(code) = has_looked {
            return Ok(code);
        }
        let built = match recall(&project, &options) {
            Some(built) => built,
            None => {
                project.known_sovereigns(&options.only)?;
                build(&project, &options, &line).inspect_err(|_| line.clear())?
            }
        };
        line.clear();
        session.print_findings_to(stream, &project, &built.diagnostics)?;
        print_sovereigns(session, &built);
        print_outcome(session, &built, &line);
        Ok(code_of(&built.diagnostics))
    }
}

impl Build {
    /// The forms that are wanted, each once.
    fn forms(&self) -> Result<Vec<Form>, Failure> {
        let is_wanted = |form: &&Form| {
            self.emit.iter().any(|it| match it {
                Emit::Tree => false,
                Emit::Graph => **form == Form::Graph,
                Emit::Plan => **form == Form::Plan,
                Emit::Program => **form == Form::Program,
            })
        };
        let wanted: Vec<Form> = Form::ALL.iter().filter(is_wanted).copied().collect();
        match (wanted.len(), &self.emit_to) {
            (0, Some(_)) => {
                Err(Failure::with_help("there is no form to write", "name some: `--emit graph,plan,program`"))
            }
            (2.., None) => Err(Failure::with_help(
                "several forms do not fit on standard output",
                "name a folder with `--emit-to`",
            )),
            _ => Ok(wanted),
        }
    }

    /// Looks into charts when that is asked for. Gives an exit code when errors are found: then nothing is written.
    fn look_in(
        &self,
        session: &Session,
        project: &Project,
        options: &BuildOptions,
        stream: Stream,
    ) -> Result<Option<ExitCode>, Failure> {
        if !self.look.is_wanted(project) {
            return Ok(None);
        }
        project.known_sovereigns(&options.only)?;
        // Errors of intent come first, and the build says them.
        let Some(looked) = self.look.look(session, project, &options.only)? else { return Ok(None) };
        say(session, &looked);
        session.print_findings_to(stream, project, &looked.findings)?;
        if looked.findings.iter().all(|it| it.severity != Severity::Error) {
            return Ok(None);
        }
        session.say(&format!("{}; nothing was written", summary(&looked.findings)));
        Ok(Some(code_of(&looked.findings)))
    }

    /// Writes the forms. Gives an exit code when errors stand in the way: then there are none.
    fn emit_forms(
        &self,
        session: &Session,
        project: &Project,
        wanted: &[Form],
        stream: Stream,
    ) -> Result<Option<ExitCode>, Failure> {
        let line = Line::new(session.progress);
        let renderer = session.renderer(self.look.helm());
        let plain = match wanted.contains(&Form::Program) {
            true => renderer.plain(project, &self.sovereign, &line, &session.cancel)?,
            false => None,
        };
        let options = CompileOptions {
            only: self.sovereign.clone(),
            locked: self.locked,
            plain,
            cancel: session.cancel.clone(),
        };
        let (texts, done) = forms(project, wanted, &options, &line);
        line.clear();
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        // A tree comes with the same findings.
        let with_tree = self.emit.contains(&Emit::Tree) && !done.has_errors();
        if !with_tree {
            session.print_findings_to(stream, project, &done.diagnostics)?;
        }
        if done.has_errors() {
            session.say(&format!("{}; nothing was written", summary(&done.diagnostics)));
            return Ok(Some(code_of(&done.diagnostics)));
        }
        match &self.emit_to {
            Some(folder) => {
                let files: Vec<(String, String)> =
                    texts.into_iter().map(|(form, text)| (format!("{}.json", form.as_str()), text)).collect();
                catalyst_system::write_folder(&session.here(folder), &files)?;
                session.say(&format!("wrote {} to {}", count(files.len(), "form"), folder.display()));
            }
            None => texts.values().try_for_each(|text| session.print(text))?,
        }
        Ok(None)
    }
}

/// Rounds of a watch, as text.
struct Printer<'a> {
    session: &'a Session,
    line: Line,
}

impl<'a> Printer<'a> {
    fn new(session: &'a Session) -> Self {
        Printer { session, line: Line::new(session.progress) }
    }
}

impl Rounds for Printer<'_> {
    fn begin(&mut self) -> &dyn Progress {
        self.line = Line::new(self.session.progress);
        &self.line
    }

    fn end(&mut self, project: &Project, result: Result<Built, BuildError>) {
        self.line.clear();
        let session = self.session;
        if is_terminal(Stream::Output) {
            // The whole screen, then home: the findings of the last round only.
            drop(session.print("\x1b[2J\x1b[H"));
        }
        match result {
            Ok(built) => {
                drop(session.print_findings(project, &built.diagnostics));
                print_outcome(session, &built, &self.line);
            }
            Err(error) => session.say(&format!("error: {error}")),
        }
    }
}

fn print_sovereigns(session: &Session, built: &Built) {
    for (name, it) in &built.sovereigns {
        session.say(&format!(
            "{name:>20}  {}, {}, {}, {}",
            count(it.clusters, "host cluster"),
            count(it.vclusters, "vCluster"),
            count(it.releases, "release"),
            count(it.applications, "Application"),
        ));
    }
}

/// What was written, what was found, and with `-v` how long it took.
fn print_outcome(session: &Session, built: &Built, line: &Line) {
    match &built.delivered {
        Some(delivered) => {
            session.say(&format!(
                "wrote {} to {} ({} changed, {} removed), sha256:{}",
                count(delivered.files, "file"),
                built.out.display(),
                delivered.written,
                delivered.removed,
                &delivered.digest[..16],
            ));
            session.say(&summary(&built.diagnostics));
        }
        None => session.say(&format!("{}; nothing was written", summary(&built.diagnostics))),
    }
    if session.verbose > 0 {
        session.say(&line.timings());
    }
}
