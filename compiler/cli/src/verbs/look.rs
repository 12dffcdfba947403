//! What all verbs share that may render charts and look into them.

use super::check::count;
use crate::exit::Failure;
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::arrange;
use catalyst_driver::charts::{self, ChartEngine};
use catalyst_driver::looking::{self, Looked};
use catalyst_driver::rendering::Engines;
use catalyst_driver::{Project, Refusal, vendor};
use catalyst_model::SovereignName;
use catalyst_system::Var;
use std::path::{Path, PathBuf};

/// Whether to look into charts, and with what.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LookArgs {
    /// Render charts too, and look into what they give; what cannot be rendered is listed. `spec.render` in `catalyst.yaml` says it for good
    #[arg(long)]
    render: bool,
    /// The `helm` program that renders; unless given, that of `catalyst.yaml`, else the first in PATH
    #[arg(long, value_name = "FILE")]
    helm: Option<PathBuf>,
}

impl LookArgs {
    /// The program that was named.
    pub(super) fn helm(&self) -> Option<&Path> {
        self.helm.as_deref()
    }

    /// Whether charts are rendered: when the flag or the project says so.
    pub(super) fn is_wanted(&self, project: &Project) -> bool {
        self.render || project.renders_charts()
    }

    /// What renders charts, and those that were fetched.
    pub(super) fn charts<'p>(&self, session: &Session, project: &'p Project) -> Result<Charts<'p>, Refusal> {
        let helm = self.helm.as_ref().map(|it| session.here(it));
        let engine = charts::engine(project, helm.as_deref(), &session.env, &session.cancel, true)?;
        Ok(Charts { engine, archives: archives(session, project) })
    }

    /// Looks into charts when that is asked for.
    pub(super) fn look(
        &self,
        session: &Session,
        project: &Project,
        only: &[SovereignName],
    ) -> Result<Option<Looked>, Failure> {
        if !self.is_wanted(project) {
            return Ok(None);
        }
        let charts = match self.charts(session, project) {
            Ok(charts) => charts,
            // Whoever names a program wants that one.
            Err(refusal) if self.helm.is_some() => return Err(refusal.into()),
            Err(refusal) => {
                let unseen = [("all charts".to_owned(), refusal.text)].into();
                let findings = looking::read(project, &archives(session, project));
                return Ok(Some(Looked { findings, unseen, ..Looked::default() }));
            }
        };
        let read = looking::read(project, &charts.archives);
        let engines = charts.engines();
        let line = Line::new(session.progress);
        let mut looked = looking::look(project, only, &engines, &line, &session.cancel);
        line.clear();
        if looked.cancelled {
            return Err(Failure::Interrupted);
        }
        let version = charts.engine.helm().version();
        let mut found: Vec<_> =
            looked.targets.iter().filter_map(|target| charts::mismatch(project, version, target)).collect();
        project.levels().apply(&mut found);
        looked.findings.extend(found);
        looked.findings.extend(read);
        arrange(&mut looked.findings);
        Ok(Some(looked))
    }
}

/// What renders charts, and those that were fetched.
pub(super) struct Charts<'p> {
    engine: ChartEngine,
    archives: vendor::Charts<'p>,
}

impl Charts<'_> {
    pub(super) fn engines(&self) -> Engines<'_> {
        Engines { engine: &self.engine, second: self.engine.second(), archives: &self.archives }
    }
}

pub(super) fn archives<'p>(session: &Session, project: &'p Project) -> vendor::Charts<'p> {
    let store = session.env.text(Var::Store).map(|it| session.here(Path::new(it)));
    vendor::charts(project, store.as_deref())
}

/// Says what was rendered, and what could not be looked into.
pub(super) fn say(session: &Session, looked: &Looked) {
    for (name, why) in &looked.unseen {
        session.say(&format!("not looked into: {name}: {why}"));
    }
    session.say(&format!(
        "looked into {}, not into {}",
        count(looked.rendered, "release"),
        count(looked.unseen.len(), "Blueprint")
    ));
}
