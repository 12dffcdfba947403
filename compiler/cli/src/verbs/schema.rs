use crate::exit::Failure;
use crate::session::Session;
use catalyst_diag::suggest;
use catalyst_driver::{catalogue, forms::Form};
use catalyst_model::schema::{all_crds, all_schemas, crd, document_schema};
use catalyst_model::{KINDS, find_kind};
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the JSON Schema or the CRD of a kind
///
/// `graph`, `plan` and `program` are the forms of `build --emit`, `catalogue` is what `catalogue --format json` prints.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  catalystc schema Application\n  catalystc schema Sovereign --crd\n  catalystc schema plan\n  catalystc schema --all --out docs/schemas"
)]
pub(crate) struct Schema {
    /// The kind, or graph, plan, program or catalogue; without one, the kinds are listed
    #[arg(value_name = "KIND")]
    kind: Option<String>,
    /// Print the CustomResourceDefinition instead
    #[arg(long)]
    crd: bool,
    /// Write all of them to a folder
    #[arg(long, requires = "out", conflicts_with = "kind")]
    all: bool,
    /// The folder
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Schema {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        if let (true, Some(out)) = (self.all, &self.out) {
            let files: Vec<(String, String)> = if self.crd {
                all_crds().into_iter().map(|(name, value)| (name, catalyst_yaml::write(&value))).collect()
            } else {
                let forms = forms().map(|(name, value)| (format!("{name}.json"), value));
                all_schemas()
                    .into_iter()
                    .chain(forms)
                    .map(|(name, value)| (name, format!("{value:#}\n")))
                    .collect()
            };
            catalyst_system::write_folder(&session.here(out), &files)?;
            session.say(&format!("wrote {} files to {}", files.len(), out.display()));
            return Ok(ExitCode::SUCCESS);
        }
        let Some(name) = self.kind else {
            for kind in KINDS {
                session.print(&format!("{:<18} {:<24} {}\n", kind.kind, kind.api_version(), kind.summary))?;
            }
            return Ok(ExitCode::SUCCESS);
        };
        let form = forms().find(|(form, _)| *form == name);
        if let (Some((_, schema)), false) = (form, self.crd) {
            session.print(&format!("{schema:#}\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let wanted = KINDS
            .iter()
            .find(|kind| kind.kind.eq_ignore_ascii_case(&name))
            .copied()
            .or_else(|| find_kind(&name));
        let Some(kind) = wanted else {
            let forms = forms().map(|(form, _)| form);
            let help = match suggest::nearest(&name, KINDS.iter().map(|kind| kind.kind).chain(forms)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("kinds are {}", KINDS.iter().map(|kind| kind.kind).collect::<Vec<_>>().join(", "))
                }
            };
            return Err(Failure::with_help(format!("no kind is named `{name}`"), help));
        };
        if self.crd {
            let Some(crd) = crd(kind) else {
                return Err(Failure::new(format!(
                    "`{}` is read by catalystc only and has no CRD",
                    kind.kind
                )));
            };
            session.print(&catalyst_yaml::write(&crd))?;
        } else {
            session.print(&format!("{:#}\n", document_schema(kind)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What programs read beside documents, with the schema of each.
fn forms() -> impl Iterator<Item = (&'static str, Value)> {
    let catalogue = ("catalogue", catalogue::schema());
    Form::ALL.iter().map(|form| (form.as_str(), form.schema())).chain([catalogue])
}
