use super::check::count;
use super::look::archives;
use crate::exit::{FINDINGS, Failure, code_of};
use crate::output::Line;
use crate::session::Session;
use catalyst_driver::Project;
use catalyst_driver::charts;
use catalyst_driver::rendering::{Engines, PinOptions, check_pins, pin};
use catalyst_system::Var;
use std::path::PathBuf;
use std::process::ExitCode;

/// Keep what charts draw, and write `catalyst.pins`
///
/// A chart that makes passwords, keys or names up gives something else in each render. Renders the releases that a build writes as plain manifests
/// (`output: rendered`) twice, and keeps what differs, all of it from one render; every later render gives it again. What is pinned already stays,
/// what nothing draws any more goes. A Blueprint stands for all its releases. Where Flux renders a release, pins have no effect.
///
/// Secrets are encrypted by the `sops` program for the recipients under `spec.secrets.age`; what is drawn into a Secret and stands elsewhere in clear is
/// refused.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc pin\n  catalystc pin --check\n  catalystc pin bp-harbor\n  catalystc pin hz-fsn-mgt-prod/harbor --renew"
)]
pub(crate) struct Pin {
    /// A release, or a Blueprint; everything unless given
    #[arg(value_name = "RELEASE|BLUEPRINT")]
    what: Vec<String>,
    /// Write nothing; exit 1 when something is drawn without a pin, or a pin is no longer good
    #[arg(long, conflicts_with = "renew")]
    check: bool,
    /// Draw anew what is pinned already: passwords change wherever it is installed
    #[arg(long)]
    renew: bool,
    /// The `helm` program that renders; unless given, that of `catalyst.yaml`, else the first in PATH
    #[arg(long, value_name = "FILE")]
    helm: Option<PathBuf>,
    /// The `sops` program that encrypts Secrets; unless given, the first in PATH
    #[arg(long, value_name = "FILE")]
    sops: Option<PathBuf>,
}

impl Pin {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        let helm = self.helm.as_ref().map(|it| session.here(it));
        // What is drawn to be kept is remembered nowhere else.
        let engine = charts::engine(&project, helm.as_deref(), &session.env, &session.cancel, self.check)?;
        let archives = archives(session, &project);
        let engines = Engines { engine: &engine, second: engine.second(), archives: &archives };
        let options = PinOptions {
            what: self.what.clone(),
            renew: self.renew,
            sops: self.sops.as_ref().map(|it| session.here(it)),
            search: session.env.get(Var::Path).unwrap_or_default().to_owned(),
            cancel: session.cancel.clone(),
        };
        if self.check {
            self.check(session, &project, &options, &engines)
        } else {
            draw(session, &project, &options, &engines)
        }
    }

    fn check(
        &self,
        session: &Session,
        project: &Project,
        options: &PinOptions,
        engines: &Engines<'_>,
    ) -> Result<ExitCode, Failure> {
        let line = Line::new(session.progress);
        let done = check_pins(project, options, engines, &line);
        line.clear();
        let mut done = done?;
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        project.levels().apply(&mut done.findings);
        session.print_findings(project, &done.findings)?;
        if done.findings.is_empty() {
            session.say("catalyst.pins is as it should be");
            return Ok(ExitCode::SUCCESS);
        }
        Ok(ExitCode::from(FINDINGS))
    }
}

fn draw(
    session: &Session,
    project: &Project,
    options: &PinOptions,
    engines: &Engines<'_>,
) -> Result<ExitCode, Failure> {
    let line = Line::new(session.progress);
    let done = pin(project, options, engines, &line);
    line.clear();
    let mut done = done?;
    if done.cancelled {
        return Err(Failure::Interrupted);
    }
    project.levels().apply(&mut done.findings);
    session.print_findings(project, &done.findings)?;
    for it in &done.changes {
        session.print(&format!("{} {}  {}  {}\n", it.sign, it.release, it.object, it.place))?;
    }
    let code = code_of(&done.findings);
    if done.is_fresh() && code != ExitCode::SUCCESS {
        session.say(&format!("catalyst.pins stays as it is ({})", count(done.pins, "pin")));
    } else if done.is_fresh() {
        session.say(&format!("{}, nothing to do", count(done.pins, "pin")));
    } else {
        done.write(project)?;
        session.say(&format!(
            "wrote catalyst.pins ({}, {})",
            count(done.pins, "pin"),
            count(done.changes.len(), "change")
        ));
    }
    Ok(code)
}
