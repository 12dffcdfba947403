//! Prints the JSON Schema of one kind, or of all.
#![expect(clippy::print_stdout, reason = "it prints")]
fn main() {
    let wanted = std::env::args().nth(1);
    for kind in catalyst_model::KINDS {
        if wanted.as_deref().is_none_or(|name| name == kind.kind) {
            println!(
                "{}",
                serde_json::to_string_pretty(&catalyst_model::schema::document_schema(kind))
                    .unwrap_or_default()
            );
        }
    }
}
