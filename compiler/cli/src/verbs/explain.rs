use crate::exit::Failure;
use crate::session::Session;
use catalyst_diag::{RULES, find_rule, suggest};
use serde_json::json;
use std::process::ExitCode;

/// Explain a rule: what holds when it is kept, and its level
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc explain version-conflict\n  catalystc explain --all\n  catalystc explain unknown-field --format json"
)]
pub(crate) struct Explain {
    /// Name of the rule, as printed in brackets
    #[arg(value_name = "RULE", required_unless_present = "all")]
    rule: Option<String>,
    /// List all rules with their levels
    #[arg(long)]
    all: bool,
}

impl Explain {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let row = |rule: &catalyst_diag::Rule| {
            json!({
                "rule": rule.name,
                "level": rule.level.as_str(),
                "settable": !rule.fixed,
                "summary": rule.summary,
            })
        };
        let Some(name) = self.rule.filter(|_| !self.all) else {
            if session.is_json() {
                let rows: Vec<_> = RULES.iter().map(|rule| row(rule)).collect();
                session.print(&format!("{:#}\n", json!({ "version": 1, "rules": rows })))?;
            } else {
                for rule in RULES {
                    let fixed = if rule.fixed { "" } else { " *" };
                    session.print(&format!(
                        "{:<24} {:<6} {}\n",
                        rule.name,
                        format!("{}{fixed}", rule.level.as_str()),
                        rule.summary
                    ))?;
                }
                session.say("* the level can be set under `rules` in catalyst.yaml");
            }
            return Ok(ExitCode::SUCCESS);
        };
        let Some(rule) = find_rule(&name) else {
            let help = match suggest::nearest(&name, RULES.iter().map(|it| it.name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "run `catalystc explain --all` to see all rules".into(),
            };
            return Err(Failure::with_help(format!("no rule is named `{name}`"), help));
        };
        if session.is_json() {
            session.print(&format!("{:#}\n", row(rule)))?;
        } else {
            let fixed = if rule.fixed { "fixed" } else { "can be set under `rules` in catalyst.yaml" };
            session.print(&format!(
                "{}\n\n  {}.\n\n  Level: {} ({fixed})\n",
                rule.name,
                rule.summary,
                rule.level.as_str()
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
