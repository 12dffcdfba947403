use super::check::count;
use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_driver::{Document, GraphOf, graph, printers};
use catalyst_model::{EnvironmentName, SovereignName};
use catalyst_system::Stream;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the dependency graph
///
/// The shared kit unless something else is named. The same graph stands behind slot files, `dependsOn` and every table.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc graph\n  catalystc graph --as mermaid --sovereign omantel\n  catalystc graph --as svg --environment acme-shop-prod > graph.svg\n  catalystc graph --check docs/slots.md"
)]
pub(crate) struct GraphVerb {
    /// How to print it
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Text)]
    form: Form,
    /// The kit of this Sovereign; with `--environment`, whose Environment it is
    #[arg(long, short, value_name = "NAME", conflicts_with = "catalogue")]
    sovereign: Option<SovereignName>,
    /// The Applications of this Environment
    #[arg(long, short, value_name = "NAME", conflicts_with = "catalogue")]
    environment: Option<EnvironmentName>,
    /// All Blueprints of the public catalogue
    #[arg(long)]
    catalogue: bool,
    /// Compare the graph with the table in a document; exit 1 when they differ
    #[arg(long, alias = "verify", value_name = "FILE.md")]
    check: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Aligned columns
    Text,
    /// A Markdown table
    Markdown,
    /// A Mermaid flowchart
    Mermaid,
    /// Graphviz
    Dot,
    /// JSON with a version
    Json,
    /// A drawing that needs nothing else
    Svg,
    /// Counts, roots, depth and the longest chain
    Facts,
}

impl GraphVerb {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        let of = match (self.sovereign, self.environment) {
            (named, Some(environment)) => {
                GraphOf::Environment(project.sovereign_of(&environment, named)?, environment)
            }
            (Some(name), None) => {
                project.known_sovereigns(std::slice::from_ref(&name))?;
                GraphOf::SovereignKit(name)
            }
            (None, None) if self.catalogue => GraphOf::Catalogue,
            (None, None) => GraphOf::Kit,
        };
        let Some(graph) = graph(&project, &of) else {
            return Err(Failure::with_help(
                "the project has no kit",
                "run `catalystc check` to see why, or add `clusters/_template/kit.yaml`",
            ));
        };
        if let Some(file) = self.check {
            let path = session.here(&file);
            let text = catalyst_system::read_path(&path, 16 << 20)
                .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
            let document = Document::new(project.root.path(), &path, &text);
            let drifts = document.drift(&graph);
            session.print_located(Stream::Output, &document, &drifts)?;
            session.say(&match drifts.len() {
                0 => format!("{} agrees with the graph", file.display()),
                n => format!("{} and the graph differ in {}", file.display(), count(n, "place")),
            });
            return Ok(if drifts.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FINDINGS) });
        }
        session.print(&match self.form {
            Form::Text => printers::text(&graph),
            Form::Markdown => printers::table(&graph),
            Form::Mermaid => printers::mermaid(&graph),
            Form::Dot => printers::dot(&graph),
            Form::Json => printers::json(&graph),
            Form::Svg => printers::svg(&graph),
            Form::Facts => printers::facts(&graph),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
