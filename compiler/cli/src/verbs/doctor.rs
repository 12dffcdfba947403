use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_driver::doctor::{Checkup, OutputState, checkup};
use catalyst_system::Var;
use std::process::ExitCode;

/// Look at what catalystc works with, for yourself or for a bug report
///
/// Shows the version, the project that is found, settings and who made them, targets, programs, the cache and the state of the output
/// folder, then what is wrong with them. Reaches no network. Exits 1 when something is wrong.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc doctor\n  catalystc doctor --format json > report.json\n  catalystc -C ~/platform doctor"
)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let variable = session.env.get(Var::Out).filter(|it| !it.is_empty());
        let out = variable.map(|it| (session.here(it.as_ref()), format!("the variable {}", Var::Out.name())));
        let found = checkup(&session.start, out, &session.env, &session.cancel);
        if session.cancel.is_cancelled() {
            return Err(Failure::Interrupted);
        }
        if session.is_json() {
            let text = serde_json::to_string_pretty(&found).map_err(Failure::new)?;
            session.print(&format!("{text}\n"))?;
        } else {
            session.print(&page(&found))?;
        }
        Ok(if found.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) })
    }
}

fn page(found: &Checkup) -> String {
    let mut out = String::new();
    let mut row = |name: &str, text: &str| out.push_str(&format!("{name:<11} {text}\n"));
    row("catalystc", &format!("{} on {}", found.catalystc, found.platform));
    match &found.project {
        None => row("project", "none"),
        Some(it) => {
            let name = it.name.as_deref().unwrap_or("?");
            row("project", &format!("{name} in {}", it.root.display()));
            let files = super::check::count(it.files, "file");
            row("", &format!("{files} of intent, {}", super::check::count(it.sovereigns, "Sovereign")));
            row("lock", if it.lock { "catalyst.lock" } else { "none" });
            for (target, what) in &it.targets {
                row("target", &format!("{target}: {what}"));
            }
            for (rule, level) in &it.rules {
                row("rule", &format!("{rule}: {level}, set in catalyst.yaml"));
            }
            let folder = it.cache.folder.display();
            match it.cache.bytes {
                Some(bytes) => row("cache", &format!("{} KiB in {folder}", bytes.div_ceil(1024))),
                None => row("cache", &format!("none in {folder}")),
            }
            row("output", &format!("{}, set by {}", it.output.folder.display(), it.output.from));
            row("", &state(&it.output.state));
        }
    }
    for (name, value) in &found.variables {
        row("variable", &format!("{name}={value}"));
    }
    for it in &found.programs {
        let what = it.used_for.map_or("nothing calls it yet".to_owned(), |what| format!("for `{what}`"));
        let text = match (&it.path, &it.version) {
            (Some(path), Some(version)) => format!("{version} in {}", path.display()),
            (Some(path), None) => format!("{}, which does not say its version", path.display()),
            (None, _) => "not found".to_owned(),
        };
        row(it.name, &format!("{text}; {what}"));
    }
    for problem in &found.problems {
        row("problem", problem);
    }
    if found.problems.is_empty() {
        out.push_str("no problems\n");
    }
    out
}

fn state(state: &OutputState) -> String {
    match state {
        OutputState::Missing => "not built yet".to_owned(),
        OutputState::Foreign => "holds files and no index: not made by catalystc".to_owned(),
        OutputState::Built { files, digest, changed, foreign } => format!(
            "{files} files, {}; {} changed since, {foreign} not made by catalystc",
            &digest[..digest.len().min(23)],
            changed.len()
        ),
    }
}
