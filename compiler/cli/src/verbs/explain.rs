use crate::exit::Failure;
use crate::pages::sections_of;
use crate::session::Session;
use catalyst_diag::{RULES, Rule, find_rule, suggest};
use clap::builder::styling::Style;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Explain a rule, with an example that breaks it and one that keeps it
///
/// Prints the page of the rule, as it stands in the book: what it asks, why it matters, an example, and what to change in it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc explain version-conflict\n  catalystc explain --all\n  catalystc explain unknown-field --format json"
)]
pub(crate) struct Explain {
    /// Name of the rule, as printed in brackets
    #[arg(value_name = "RULE", required_unless_present = "all", conflicts_with = "all")]
    rule: Option<String>,
    /// List all rules with their levels
    #[arg(long)]
    all: bool,
}

impl Explain {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        match self.rule {
            Some(name) => one(&name, session)?,
            None => all(session)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn all(session: &Session) -> Result<(), Failure> {
    if session.is_json() {
        let rows: Vec<_> = RULES.iter().map(|rule| row(rule)).collect();
        return session.print(&format!("{:#}\n", json!({ "version": 1, "rules": rows })));
    }
    for rule in RULES {
        let fixed = if rule.fixed { "" } else { " *" };
        let level = format!("{}{fixed}", rule.level.as_str());
        session.print(&format!("{:<24} {level:<7} {}\n", rule.name, rule.summary))?;
    }
    session.say("* the level can be set under `spec.rules` in catalyst.yaml");
    Ok(())
}

/// No rule has this name; those that have it as a part are named.
pub(crate) fn unknown_rule(name: &str) -> Failure {
    let named = |rules: Vec<&str>| {
        let rules: Vec<String> = rules.iter().map(|it| format!("`{it}`")).collect();
        format!("did you mean {}?", rules.join(" or "))
    };
    let parts: Vec<&str> = RULES.iter().map(|it| it.name).filter(|it| it.contains(name)).take(3).collect();
    let near = suggest::nearest(name, RULES.iter().map(|it| it.name));
    let help = match near {
        Some(near) => named(vec![near]),
        None if name.len() > 2 && !parts.is_empty() => named(parts),
        None => "run `catalystc explain --all` to see all rules".into(),
    };
    Failure::with_help(format!("no rule is named `{name}`"), help)
}

fn one(name: &str, session: &Session) -> Result<(), Failure> {
    let Some(rule) = find_rule(name) else {
        return Err(unknown_rule(name));
    };
    if session.is_json() {
        let sections: Vec<Value> =
            sections_of(rule.name).iter().map(|it| json!({ "title": it.title, "text": it.text })).collect();
        let mut page = row(rule);
        page["version"] = 1.into();
        page["sections"] = sections.into();
        return session.print(&format!("{page:#}\n"));
    }
    session.print(&page(rule, session.color))
}

fn row(rule: &Rule) -> Value {
    json!({
        "rule": rule.name,
        "level": rule.level.as_str(),
        "settable": !rule.fixed,
        "summary": rule.summary,
    })
}

/// The page as Markdown, with what the registry says of the rule under its title. Colour marks the headings.
fn page(rule: &Rule, color: bool) -> String {
    let bold = if color { Style::new().bold() } else { Style::new() };
    let mut out = format!(
        "{bold}# {}{bold:#}\n\n{}.\n\nLevel: {}\n",
        rule.name,
        capitalized(rule.summary),
        rule.level_line()
    );
    for section in sections_of(rule.name) {
        out.push_str(&format!("\n{bold}## {}{bold:#}\n\n{}\n", section.title, section.text));
    }
    out
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalyst_diag::rule;

    #[test]
    fn a_page_says_what_the_registry_says_and_what_the_book_says() {
        let text = page(&rule::MERGE_KEY, false);
        let start = "# merge-key\n\nIntent is written without `<<` merge keys.\n\n\
            Level: warn (can be set under `spec.rules` in `catalyst.yaml`)\n\n## What it asks\n\n";
        assert!(text.starts_with(start), "{text}");
        let book = include_str!("../../../../docs/src/rules/merge-key.md");
        let (_, body) = book.split_once("## What it asks").unwrap();
        assert!(text.ends_with(body), "{text}");
    }

    #[test]
    fn colour_marks_headings_and_nothing_else() {
        let colored = page(&rule::MERGE_KEY, true);
        assert!(colored.starts_with("\u{1b}[1m# merge-key\u{1b}[0m\n"), "{colored:?}");
        let plain = colored.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert_eq!(plain, page(&rule::MERGE_KEY, false));
    }
}
