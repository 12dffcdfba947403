use crate::exit::{FINDINGS, Failure};
use crate::session::Session;
use catalyst_driver::{GraphOf, graph, printers};
use catalyst_model::{EnvironmentName, SovereignName};
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the dependency graph
///
/// The shared kit unless something else is named. The same graph stands behind slot files, `dependsOn` and every table.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc graph\n  catalystc graph --as mermaid --sovereign omantel\n  catalystc graph --as svg --environment acme-shop-prod > graph.svg\n  catalystc graph --verify docs/ARCHITECTURE.md"
)]
pub(crate) struct GraphVerb {
    /// How to print it
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Text)]
    form: Form,
    /// The kit of this Sovereign
    #[arg(long, short, value_name = "NAME", conflicts_with_all = ["environment", "catalogue"])]
    sovereign: Option<SovereignName>,
    /// The Applications of this Environment
    #[arg(long, short, value_name = "NAME", conflicts_with = "catalogue")]
    environment: Option<EnvironmentName>,
    /// All Blueprints of the public catalogue
    #[arg(long)]
    catalogue: bool,
    /// Compare the graph with the table in a document; exit 1 when they differ
    #[arg(long, visible_alias = "check", value_name = "FILE.md")]
    verify: Option<PathBuf>,
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
            (Some(name), _) => {
                super::build::known_sovereigns(&project, std::slice::from_ref(&name))?;
                GraphOf::SovereignKit(name)
            }
            (_, Some(environment)) => {
                let holders = project.sovereigns_with(&environment);
                match holders.as_slice() {
                    [one] => GraphOf::Environment(one.clone(), environment),
                    [] => {
                        return Err(Failure::with_help(
                            format!("no Environment is named `{environment}`"),
                            "run `catalystc list applications`",
                        ));
                    }
                    [first, ..] => GraphOf::Environment(first.clone(), environment),
                }
            }
            _ if self.catalogue => GraphOf::Catalogue,
            _ => GraphOf::Kit,
        };
        let Some(graph) = graph(&project, &of) else {
            return Err(Failure::with_help(
                "the project has no kit",
                "run `catalystc check` to see why, or add `clusters/_template/kit.yaml`",
            ));
        };
        if let Some(file) = self.verify {
            let path = session.here(&file);
            let document = catalyst_system::read_path(&path, 16 << 20)
                .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
            let drifts = printers::check_table(&document, &graph);
            for drift in &drifts {
                session.print(&format!(
                    "{}:{}: error[graph-drift] {}\n",
                    file.display(),
                    drift.line,
                    drift.text
                ))?;
            }
            session.say(&match drifts.len() {
                0 => format!("{} agrees with the graph", file.display()),
                n => format!("{} and the graph differ in {n} places", file.display()),
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
