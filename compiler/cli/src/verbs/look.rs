//! What all verbs share that may render charts and look into them.

use super::check::count;
use crate::exit::Failure;
use crate::output::Line;
use crate::session::Session;
use catalyst_diag::arrange;
use catalyst_driver::looking::{Looked, look};
use catalyst_driver::rendering::Engines;
use catalyst_driver::{Project, charts, vendor};
use catalyst_model::SovereignName;
use catalyst_system::Var;
use std::path::{Path, PathBuf};

/// Whether to look into charts, and with what.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LookArgs {
    /// Render charts too, and look into what they give; what cannot be rendered is listed
    #[arg(long)]
    render: bool,
    /// The `helm` program for `--render`; unless given, that of `catalyst.yaml`, else the first in PATH
    #[arg(long, value_name = "FILE", requires = "render")]
    helm: Option<PathBuf>,
}

impl LookArgs {
    /// Looks into charts when that is asked for. Errors of intent come first: nothing is rendered while some stand.
    pub(super) fn look(
        &self,
        session: &Session,
        project: &Project,
        only: &[SovereignName],
    ) -> Result<Option<Looked>, Failure> {
        if !self.render {
            return Ok(None);
        }
        let helm = self.helm.as_ref().map(|it| session.here(it));
        let engine = match charts::engine(project, helm.as_deref(), &session.env, &session.cancel, true) {
            Ok(engine) => engine,
            // Whoever names a program wants that one.
            Err(refusal) if helm.is_some() => return Err(refusal.into()),
            Err(refusal) => {
                let unseen = [("all charts".to_owned(), refusal.text)].into();
                return Ok(Some(Looked { unseen, ..Looked::default() }));
            }
        };
        let store = session.env.text(Var::Store).map(|it| session.here(Path::new(it)));
        let archives = vendor::charts(project, store.as_deref());
        let engines = Engines { engine: &engine, second: engine.second(), archives: &archives };
        let line = Line::new(session.progress);
        let mut looked = look(project, only, &engines, &line, &session.cancel);
        line.clear();
        if looked.cancelled {
            return Err(Failure::Interrupted);
        }
        let version = engine.helm().version();
        let mut found: Vec<_> =
            looked.targets.iter().filter_map(|target| charts::mismatch(project, version, target)).collect();
        project.levels().apply(&mut found);
        looked.findings.extend(found);
        arrange(&mut looked.findings);
        Ok(Some(looked))
    }
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
