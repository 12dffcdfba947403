//! The text of a file.

use catalyst_plan::{Body, EmittedFile};
use catalyst_source::TreePath;
use serde_json::Value;

/// The text of a file: its header as comment lines, then its documents with `---` between them. Objects under a header start with
/// `---` (domain.md 9.1).
///
/// `quoted` is a text that puts every scalar that holds it into double quotes: the domain of the Sovereign, or the variable that stands
/// for it in the shared kit. Without that, the quotes would depend on what stands there, and substitution in the shared kit would not
/// give the bytes of a Sovereign's own tree. A text of several lines is left alone: its form is the same for both.
pub fn render(file: &EmittedFile, path: &TreePath, quoted: Option<&str>) -> String {
    let mut out = String::new();
    for line in &file.header {
        out.push('#');
        if !line.is_empty() {
            out.push(' ');
            out.push_str(line);
        }
        out.push('\n');
    }
    match &file.body {
        Body::Text(text) => out.push_str(text),
        Body::Document(value, _) => write(&mut out, value, quoted),
        Body::Objects(objects) => {
            for (at, object) in objects.iter().enumerate() {
                // A kustomization is read as one document from the start of the file.
                if at > 0 || !(file.header.is_empty() || path.file_name() == "kustomization.yaml") {
                    out.push_str("---\n");
                }
                write(&mut out, &object.object, quoted);
            }
        }
    }
    out
}

fn write(out: &mut String, value: &Value, quoted: Option<&str>) {
    let text = match quoted.filter(|text| !text.is_empty()) {
        Some(quoted) => {
            catalyst_yaml::write_quoting(value, &|text| !text.contains('\n') && text.contains(quoted))
        }
        None => catalyst_yaml::write(value),
    };
    out.push_str(&text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Labels, Object, kustomization, map};
    use catalyst_diag::Place;
    use catalyst_plan::Provenance;
    use serde_json::json;

    fn provenance() -> Provenance {
        Provenance::new("test", &Place::file(&TreePath::new("kit.yaml").unwrap()))
    }

    #[test]
    fn a_header_is_a_comment_block_and_objects_are_documents() {
        let object = |name: &str| {
            Object::new("v1", "Namespace", name)
                .labels(&Labels::flux())
                .spec(map([("a", json!("x.example")), ("b", json!("plain"))]))
                .from_source(provenance())
        };
        let file = EmittedFile {
            header: vec!["One.".into(), String::new(), "Two.".into()],
            body: Body::Objects(vec![object("a"), object("b")]),
        };
        let path = TreePath::new("s/01-bp-a.yaml").unwrap();
        let text = render(&file, &path, Some("x.example"));
        insta::assert_snapshot!(text, @r#"
        # One.
        #
        # Two.
        ---
        apiVersion: v1
        kind: Namespace
        metadata:
          name: a
          labels:
            openova.io/managed-by: flux
            app.kubernetes.io/managed-by: flux
        spec:
          a: "x.example"
          b: plain
        ---
        apiVersion: v1
        kind: Namespace
        metadata:
          name: b
          labels:
            openova.io/managed-by: flux
            app.kubernetes.io/managed-by: flux
        spec:
          a: "x.example"
          b: plain
        "#);
        assert!(render(&file, &path, None).contains("a: x.example\n"));
    }

    #[test]
    fn a_kustomization_without_resources_says_so() {
        let file = kustomization(vec!["Nothing here.".into()], [] as [&str; 0], provenance());
        let path = TreePath::new("s/kustomization.yaml").unwrap();
        insta::assert_snapshot!(render(&file, &path, None), @r"
        # Nothing here.
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: []
        ");
    }
}
