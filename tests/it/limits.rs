//! Whatever the rules for names admit, what the compiler derives from it stays within the limits of Kubernetes and DNS: the longest names
//! of every kind, through the whole compiler, looked at in what comes out.

use crate::support::{SMALL, write};
use catalyst_diag::Severity;
use catalyst_driver::{CompileOptions, NoProgress, Project, compile, compiled_texts};
use catalyst_model::labels::{check_key, check_value};
use catalyst_model::{Label, ObjectName};
use catalyst_system::Discover;
use catalyst_yaml::Dialect;
use serde_json::Value;

/// The small project with other names: Sovereign, domain, Organization, Application.
fn project(sovereign: &str, domain: &str, organization: &str, application: &str) -> tempfile::TempDir {
    let renamed = |text: &str| {
        text.replace("tiny", sovereign)
            .replace("t77.omani.works", domain)
            .replace("ops@acme.omani.works", "ops@omani.works")
            .replace("acme", organization)
            .replace("site", application)
    };
    let files: Vec<(String, String)> =
        SMALL.iter().map(|(path, text)| (renamed(path), renamed(text))).collect();
    write(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
}

/// What breaks a limit in one object.
fn broken(object: &Value, out: &mut Vec<String>) {
    let kind = object["kind"].as_str().unwrap_or_default();
    let mut check = |what: &str, text: &str, fine: bool| {
        if !fine {
            out.push(format!("{kind}: {what} `{text}` ({} characters)", text.len()));
        }
    };
    let metadata = &object["metadata"];
    if let Some(name) = metadata["name"].as_str() {
        let label = matches!(kind, "Namespace" | "Service");
        check("name", name, if label { Label::new(name).is_ok() } else { ObjectName::new(name).is_ok() });
    }
    for path in ["/metadata/namespace", "/spec/targetNamespace", "/spec/storageNamespace"] {
        if let Some(name) = object.pointer(path).and_then(Value::as_str) {
            check(path, name, Label::new(name).is_ok());
        }
    }
    if kind == "HelmRelease" {
        // Helm names a release by `spec.releaseName`, else by the object, and takes 53 characters.
        let name = object["spec"]["releaseName"].as_str().or(metadata["name"].as_str()).unwrap_or_default();
        check("release name", name, name.len() <= 53 && Label::new(name).is_ok());
    }
    for (key, value) in metadata["labels"].as_object().into_iter().flatten() {
        check("label key", key, check_key(key).is_ok());
        let value = value.as_str().unwrap_or("not a string");
        check("label value", value, check_value(value).is_ok());
    }
    for key in metadata["annotations"].as_object().into_iter().flatten().map(|(key, _)| key) {
        check("annotation key", key, check_key(key).is_ok());
    }
    hosts(object, out);
}

/// Texts that end in a domain of the project are host names, perhaps behind a scheme and before a path.
fn hosts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let host = text.rsplit("://").next().unwrap_or(text).split(['/', ':']).next().unwrap_or(text);
            let fine = host.len() <= 253 && host.split('.').all(|label| label.len() <= 63);
            if host.ends_with(".works") && !host.contains(char::is_whitespace) && !fine {
                out.push(format!("host `{host}` ({} characters)", host.len()));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| hosts(item, out)),
        Value::Object(map) => map.values().for_each(|item| hosts(item, out)),
        _ => {}
    }
}

fn longest(first: &str, len: usize) -> String {
    format!("{first}{}z", "a-9".repeat(len))[..len - 1].to_owned() + "z"
}

#[test]
fn the_longest_names_give_legal_objects() {
    let domain = format!("{}.omani.works", longest("t", 63 - ".omani.works".len()));
    assert_eq!(domain.len(), 63);
    let folder = project(&longest("s", 32), &domain, &longest("o", 32), &longest("p", 40));
    let project = Project::open(folder.path(), Discover::default(), true).unwrap();
    let (texts, _) = compiled_texts(&project, &CompileOptions::default(), &NoProgress);
    let mut wrong = Vec::new();
    let mut objects = 0;
    for (path, text) in texts.iter().filter(|(path, _)| path.as_str().ends_with(".yaml")) {
        assert!(path.as_str().split('/').all(|part| part.len() <= 255), "{path}");
        for document in &catalyst_yaml::parse(text).documents {
            let object = document.to_value(Dialect::Kubernetes).0;
            objects += 1;
            broken(&object, &mut wrong);
        }
    }
    assert!(objects > 20, "{objects}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn longer_names_are_errors_where_they_stand() {
    let domain = |len: usize| format!("{}.omani.works", longest("t", len - ".omani.works".len()));
    let cases = [
        (longest("s", 33), domain(20), longest("o", 8), longest("p", 8), "sovereign.yaml"),
        (longest("s", 8), domain(20), longest("o", 33), longest("p", 8), "organization.yaml"),
        (longest("s", 8), domain(20), longest("o", 8), longest("p", 41), "z.yaml"),
        (longest("s", 8), domain(64), longest("o", 8), longest("p", 8), "sovereign.yaml"),
    ];
    for (sovereign, domain, organization, application, file) in cases {
        let folder = project(&sovereign, &domain, &organization, &application);
        let project = Project::open(folder.path(), Discover::default(), true).unwrap();
        let found = compile(&project, &CompileOptions::default(), &NoProgress, |_, _| ()).diagnostics;
        let there = found
            .iter()
            .any(|it| it.severity == Severity::Error && it.primary.place.file.as_str().ends_with(file));
        assert!(there, "{file}: {found:#?}");
    }
}
