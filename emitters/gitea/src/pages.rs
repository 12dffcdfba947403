//! Files for people: `CODEOWNERS` and `README.md`.

use crate::Folder;
use crate::branch::UNCONFINED;
use catalyst_plan::{ApplicationPlan, Body, EnvironmentPlan, Role};
use std::fmt::Write;

/// Puts both.
pub(crate) fn emit(folder: &mut Folder<'_>, app: &ApplicationPlan, environments: &[&EnvironmentPlan]) {
    folder.put(
        "CODEOWNERS",
        vec![format!("Who approves changes of {}/{}.", app.org, app.name)],
        Body::Text(owners(app)),
    );
    folder.put("README.md", Vec::new(), Body::Text(readme(app, environments)));
}

/// One rule for all files. Gitea reads patterns as regular expressions, so all files are `.*`.
fn owners(app: &ApplicationPlan) -> String {
    let words: Vec<String> =
        app.owners.iter().flat_map(|owner| owner.split_whitespace()).map(|word| owner(app, word)).collect();
    if words.is_empty() { String::new() } else { format!(".* {}\n", words.join(" ")) }
}

/// A bare word is a team of the Organization; a user, a team of another Organization and a mail address stay what they are.
fn owner(app: &ApplicationPlan, word: &str) -> String {
    match word.strip_prefix('@').unwrap_or(word) {
        _ if word.starts_with('@') || word.contains('@') => word.to_owned(),
        team if team.contains('/') => format!("@{team}"),
        team => format!("@{}/{team}", app.org),
    }
}

fn readme(app: &ApplicationPlan, environments: &[&EnvironmentPlan]) -> String {
    let mut out = format!(
        "# {}\n\nApplication of Organization `{}`. Each branch is one Environment.\n",
        app.name, app.org
    );
    out.push_str("\n| path | Environment | cluster | role |\n|---|---|---|---|\n");
    for environment in environments {
        for placement in &environment.placements {
            let env = environment.environment.env;
            let own =
                if placement.overlay.is_empty() { String::new() } else { format!("/{}", placement.region) };
            let _ = writeln!(
                out,
                "| `overlays/{env}{own}` | {} | {} | {} |",
                environment.environment,
                placement.cluster,
                role(placement.role)
            );
        }
    }
    let _ = writeln!(out, "\nBuild a path as Flux does: `kubectl kustomize {UNCONFINED} PATH`.");
    out
}

/// What a region does, for people.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Active => "serves",
        Role::Standby => "stands by",
    }
}
