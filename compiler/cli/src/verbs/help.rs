use crate::args::Args;
use crate::exit::{CODES, Failure};
use crate::session::Session;
use catalyst_diag::suggest;
use catalyst_system::VARIABLES;
use clap::CommandFactory;
use std::process::ExitCode;

/// Topics beside the verbs.
const TOPICS: &[&str] = &["environment", "exit-codes"];

/// Explain a verb or a topic
///
/// Topics are `exit-codes` and `environment`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc help build\n  catalystc help new application\n  catalystc help exit-codes\n  catalystc help environment"
)]
pub(crate) struct Help {
    /// The verb or the topic
    #[arg(value_name = "VERB|TOPIC")]
    words: Vec<String>,
}

impl Help {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let text = match words.as_slice() {
            ["exit-codes"] => exit_codes(),
            ["environment"] => environment(),
            words => verb(words, session)?,
        };
        session.print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn verb(words: &[&str], session: &Session) -> Result<String, Failure> {
    let mut command = Args::command();
    // Gives every verb its whole name, as in `catalystc new application`.
    command.build();
    let mut at = &mut command;
    for (depth, word) in words.iter().enumerate() {
        let names: Vec<String> = at.get_subcommands().map(|it| it.get_name().to_owned()).collect();
        let known = names.iter().map(String::as_str);
        let topics = TOPICS.iter().copied().filter(|_| depth == 0);
        let near = suggest::nearest(word, known.chain(topics)).map(str::to_owned);
        at = at.find_subcommand_mut(word).ok_or_else(|| {
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "run `catalystc help` to see all verbs".to_owned(),
            };
            Failure::with_help(format!("no verb or topic is named `{}`", words[..=depth].join(" ")), help)
        })?;
    }
    let text = at.render_long_help();
    Ok(if session.color { text.ansi().to_string() } else { text.to_string() })
}

fn exit_codes() -> String {
    let rows = CODES.iter().map(|(code, text)| (code.to_string(), *text));
    page("Exit codes of all verbs", rows)
}

fn environment() -> String {
    let rows = VARIABLES.iter().map(|row| (row.name.to_owned(), row.doc));
    let rest = "\nA flag wins over its variable. An empty variable counts as one that is not set. No other variable is read.\n";
    page("Variables of the environment", rows) + rest
}

/// A title, and rows in two columns.
fn page<'a>(title: &str, rows: impl Iterator<Item = (String, &'a str)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out = format!("{title}\n\n");
    for (name, text) in rows {
        out.push_str(&format!("  {name:<width$}  {text}\n"));
    }
    out
}
