use crate::exit::Failure;
use crate::session::Session;
use catalyst_driver::{Listing, list};
use serde_json::{Value, json};
use std::process::ExitCode;

/// List what the project holds
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc list sovereigns\n  catalystc list applications --format json\n  catalystc list releases --sovereign openova"
)]
pub(crate) struct List {
    /// What to list
    #[arg(value_enum, value_name = "WHAT")]
    what: What,
    /// Only rows of this Sovereign
    #[arg(long, short, value_name = "NAME")]
    sovereign: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Sovereigns with their domains
    Sovereigns,
    /// Host clusters with their targets
    Clusters,
    /// Organizations
    Organizations,
    /// Applications in their Environments
    Applications,
    /// Releases of the kit in every cluster
    Releases,
    /// Blueprints of all catalogues
    Blueprints,
}

impl List {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let project = session.project(true)?;
        if let Some(name) = &self.sovereign {
            let name = name.parse().map_err(Failure::new)?;
            project.known_sovereigns(&[name])?;
        }
        let what = match self.what {
            What::Sovereigns => Listing::Sovereigns,
            What::Clusters => Listing::Clusters,
            What::Organizations => Listing::Organizations,
            What::Applications => Listing::Applications,
            What::Releases => Listing::Releases,
            What::Blueprints => Listing::Blueprints,
        };
        let mut rows = list(&project, what);
        if let Some(name) = &self.sovereign {
            rows.retain(|row| row.get("sovereign").is_none_or(|it| it == name.as_str()));
        }
        if session.is_json() {
            session.print(&format!("{:#}\n", json!({ "version": 1, "rows": rows })))?;
        } else {
            session.print(&table(&rows))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Aligned columns under upper-case headings.
fn table(rows: &[Value]) -> String {
    let Some(first) = rows.first().and_then(Value::as_object) else { return String::new() };
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut lines = vec![first.keys().map(|key| key.to_uppercase()).collect::<Vec<_>>()];
    lines.extend(rows.iter().filter_map(|row| Some(row.as_object()?.values().map(cell).collect())));
    let columns = first.len();
    let width = |at: usize| {
        lines.iter().filter_map(|line| line.get(at)).map(|it| it.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for line in &lines {
        let mut text = String::new();
        for (at, cell) in line.iter().enumerate() {
            let pad = if at + 1 < columns { widths[at].saturating_sub(cell.chars().count()) + 2 } else { 0 };
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', pad));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}
