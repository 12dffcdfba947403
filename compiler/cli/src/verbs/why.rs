use crate::exit::Failure;
use crate::session::Session;
use catalyst_diag::{Locate, Place};
use catalyst_driver::{Answer, CompileOptions, NoProgress, Positions, Project, Question, WhyError, why};
use catalyst_source::LineIndex;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Say why an object, a file or a field of the output is there
///
/// Leads from the output back to the lines of intent, the Blueprints and the defaults that made it. Of a file of intent, or a field in it,
/// it says the other way round what comes from it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc why HelmRelease/bp-keycloak\n  catalystc why Namespace/acme-shop\n  catalystc why omantel/clusters/hz-fsn-mgt-prod/bootstrap-kit/10-bp-gitea.yaml:spec.values.gitea\n  catalystc why HelmRelease/bp-gitea:spec.chartRef --format json\n  catalystc why sovereigns/omantel/sovereign.yaml:spec.kit"
)]
pub(crate) struct Why {
    /// `Kind/name`, `Kind/namespace/name` or a file of the output or of intent, each with `:KEY.PATH` if you like
    #[arg(value_name = "OBJECT|FILE[:KEY.PATH]")]
    what: String,
    /// Print at most so many answers
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// The `helm` program for Sovereigns whose output is rendered
    #[arg(long, value_name = "FILE")]
    helm: Option<PathBuf>,
}

impl Why {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let failure = |error: WhyError| match error {
            WhyError::Form(text) => Failure::with_help(
                text,
                "ask for `Kind/name`, `Kind/namespace/name` or a file, with `:key.path` if you like",
            ),
            WhyError::Unknown { what, nearest: Some(near) } => {
                Failure::with_help(format!("nothing emitted is `{what}`"), format!("did you mean `{near}`?"))
            }
            WhyError::Unknown { what, nearest: None } => Failure::new(format!("nothing emitted is `{what}`")),
            WhyError::NoKey(path) => Failure::new(format!("there is no field `{path}` in it")),
        };
        let question = Question::parse(&self.what).map_err(failure)?;
        let project = session.project(true)?;
        let renderer = session.renderer(self.helm.as_deref());
        let plain = renderer.plain(&project, &[], &NoProgress, &session.cancel)?;
        if session.cancel.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        let options = CompileOptions { plain, ..CompileOptions::default() };
        let answers = why(&project, &options, &question).map_err(failure)?;
        if session.is_json() {
            let rows: Vec<_> = answers.iter().map(|it| row(&project, it)).collect();
            session.print(&format!("{:#}\n", json!({ "version": 1, "answers": rows })))?;
            return Ok(ExitCode::SUCCESS);
        }
        let positions = Positions(&project);
        for answer in answers.iter().take(self.limit) {
            let mut text = format!("{} in {}\n", answer.object, answer.file);
            if let (Some(path), Some(value)) = (&answer.path, &answer.value) {
                let shown = value.to_string();
                let shown: String = if shown.chars().count() > 100 {
                    shown.chars().take(99).chain("…".chars()).collect()
                } else {
                    shown
                };
                text.push_str(&format!("  {path} = {shown}\n"));
            }
            for reason in &answer.reasons {
                text.push_str(&format!(
                    "    {}\n      {}\n",
                    reason.text,
                    position(&positions, &reason.place)
                ));
            }
            session.print(&text)?;
        }
        if answers.is_empty() {
            session.say("nothing in the output comes from it");
        }
        if answers.len() > self.limit {
            session.say(&format!("{} more; use --limit to see them", answers.len() - self.limit));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// `file:line:column` of a place.
fn position(positions: &Positions<'_>, place: &Place) -> String {
    match (positions.text(&place.file), positions.span(place)) {
        (Some(text), Some(span)) => {
            let at = LineIndex::new(&text).line_col(&text, span.start);
            format!("{}:{}:{}", place.file, at.line, at.column)
        }
        _ => place.file.to_string(),
    }
}

fn row(project: &Project, answer: &Answer) -> serde_json::Value {
    let positions = Positions(project);
    let reasons: Vec<_> = answer
        .reasons
        .iter()
        .map(|it| json!({ "why": it.text, "at": position(&positions, &it.place) }))
        .collect();
    json!({
        "file": answer.file.as_str(),
        "object": answer.object,
        "path": answer.path.as_ref().map(ToString::to_string),
        "value": answer.value,
        "reasons": reasons,
    })
}
