//! The engine with the real programs, Helm 3 and Helm 4: what it gives is what `helm template` prints, its faults lead to the line, and
//! nothing of the outside reaches it. A program stands in the folder that `CATALYST_HELM3` or `CATALYST_HELM4` names, or in `PATH`; one that is
//! missing is said loudly, and is a failure where referees are required.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "referees are programs, and variables say where they are")]

use catalyst_helm::{Chart, Engine, Helm, HelmError, RenderError, Rendered, Request};
use catalyst_source::TreePath;
use catalyst_system::Cancel;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The programs that are there, by major version.
fn programs() -> Vec<PathBuf> {
    let required = std::env::var("CATALYST_REFEREES").is_ok_and(|it| it == "require");
    let mut found = Vec::new();
    for major in [3, 4] {
        let named = std::env::var_os(format!("CATALYST_HELM{major}")).unwrap_or_default();
        let mut search = named;
        search.push(":");
        search.push(std::env::var_os("PATH").unwrap_or_default());
        let folders: Vec<PathBuf> = std::env::split_paths(&search).filter(|it| it.is_absolute()).collect();
        let program = folders.into_iter().map(|it| it.join("helm")).find(|program| {
            let said = Command::new(program).args(["version", "--short"]).output();
            said.is_ok_and(|it| it.stdout.starts_with(format!("v{major}.").as_bytes()))
        });
        match program {
            Some(program) => found.push(program),
            None => {
                assert!(!required, "REFEREE MISSING: Helm {major}");
                // Past the capture of the test harness, so that it is seen when the test passes.
                let text = format!("REFEREE MISSING: Helm {major}: nothing was rendered by it\n");
                std::io::stderr().write_all(text.as_bytes()).unwrap();
            }
        }
    }
    found
}

fn engine(program: &Path) -> Helm {
    Helm::find(Some(program), &OsString::new(), &Cancel::new()).unwrap()
}

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: bp-web\nversion: 1.0.0\n");

fn request(files: &[(&str, &str)], values: Value) -> Request {
    let files = files.iter().map(|(path, text)| (TreePath::new(path).unwrap(), text.as_bytes().into()));
    Request {
        chart: Arc::new(Chart::new(files.collect()).unwrap()),
        values: Arc::new(values.as_object().unwrap().clone()),
        release: "web".to_owned(),
        namespace: "shop".to_owned(),
        kube_version: "1.31".to_owned(),
        api_versions: Arc::new(vec!["monitoring.coreos.com/v1".to_owned(), "apps/v1/Deployment".to_owned()]),
    }
}

/// Renders one template with every program.
fn each(template: &str, values: Value, check: impl Fn(Result<Rendered, RenderError>, &str)) {
    for program in programs() {
        let engine = engine(&program);
        let request =
            request(&[CHART, ("values.yaml", "a: {b: 1}\n"), ("templates/a.yaml", template)], values.clone());
        check(engine.render(&request), &engine.identity());
    }
}

fn fault(template: &str, expected: &str) {
    each(template, json!({}), |render, who| {
        assert_eq!(render.unwrap_err().to_string(), expected, "{who}");
    });
}

#[test]
fn a_template_sees_the_request_and_nothing_else() {
    let template = r#"kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
  value: {{ .Values.a.b | quote }}
  text: {{ .Values.text | quote }}
  kubernetes: {{ .Capabilities.KubeVersion.Version }}
  monitors: {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" | quote }}
  deployments: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  jobs: {{ .Capabilities.APIVersions.Has "nothing.example.org/v1" | quote }}
  zone: {{ dateInZone "MST" (toDate "2006-01-02" "2026-01-02") "Local" }}
  found: {{ lookup "v1" "Secret" "shop" "x" | toJson | quote }}
"#;
    let text = "a: b # \u{e9}\u{7f}\n\ttab\n";
    each(template, json!({ "a": { "b": "two" }, "text": text }), |render, who| {
        let rendered = render.unwrap();
        let [object] = rendered.objects.as_slice() else { panic!("{who}: {rendered:?}") };
        assert_eq!((object.chart.as_str(), object.file.as_str()), ("bp-web", "templates/a.yaml"));
        assert_eq!(object.value["metadata"], json!({ "name": "web", "namespace": "shop" }), "{who}");
        let data = json!({
            "value": "two", "text": text, "kubernetes": "v1.31.0", "monitors": "true", "deployments": "true",
            "jobs": "false", "zone": "UTC", "found": "{}",
        });
        assert_eq!(object.value["data"], data, "{who}");
    });
}

#[test]
fn crds_hooks_and_charts_inside_are_kept() {
    for program in programs() {
        let umbrella = "apiVersion: v2\nname: bp-web\nversion: 1.0.0\ndependencies:\n  - {name: inner, version: 0.1.0}\n";
        let files = [
            ("Chart.yaml", umbrella),
            (
                "crds/a.yaml",
                "# a\n---\nkind: CustomResourceDefinition\nmetadata: {name: one}\n---\nkind: CustomResourceDefinition\nmetadata: {name: two}\n",
            ),
            (
                "templates/job.yaml",
                "kind: Job\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: \"pre-install, pre-upgrade\"}\n",
            ),
            ("templates/NOTES.txt", "hello"),
            ("charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 0.1.0\n"),
            (
                "charts/inner/templates/b.yaml",
                "kind: ConfigMap\nmetadata: {name: inner}\n---\n# nothing\n---\nkind: Service\nmetadata: {name: inner}\n",
            ),
        ];
        let whole = request(&files, json!({}));
        let engine = engine(&program);
        let rendered = engine.render(&whole).unwrap();
        let shown: Vec<String> = rendered.objects.iter().map(|it| format!("{} {it}", it.chart)).collect();
        assert_eq!(
            shown,
            [
                "bp-web CustomResourceDefinition/one",
                "bp-web CustomResourceDefinition/two",
                "inner ConfigMap/inner",
                "inner Service/inner",
                "bp-web Job/hook",
            ],
            "{program:?}"
        );
        assert_eq!(rendered.objects[4].hooks().collect::<Vec<_>>(), ["pre-install", "pre-upgrade"]);
        let alone = Request { chart: Arc::new(whole.chart.alone().unwrap()), ..whole };
        let rendered = engine.render(&alone).unwrap();
        assert_eq!(rendered.objects.iter().filter(|it| it.chart == "inner").count(), 0);
    }
}

#[test]
fn faults_lead_to_their_line() {
    fault(
        "a: 1\nb: {{ required \"image.tag is empty\" .Values.tag }}\n",
        "templates/a.yaml:2:7: image.tag is empty",
    );
    fault("a: 1\n{{ fail \"set host\" }}\n", "templates/a.yaml:2:4: set host");
    fault("a: {{ .Values.none.b }}\n", "templates/a.yaml:1:14: nil pointer evaluating interface {}.b");
    fault("a: 1\nb: {{ nothing }}\n", "templates/a.yaml:2: function \"nothing\" not defined");
    each("a: {{ .Values.none.b }}\n", json!({}), |render, who| {
        let Err(RenderError::Chart(fault)) = render else { panic!("{who}") };
        assert_eq!(fault.value.map(|it| it.to_string()), Some("none.b".to_owned()), "{who}");
    });
    each("a: b\n  c: d\n", json!({}), |render, who| {
        let error = render.unwrap_err().to_string();
        assert!(error.starts_with("templates/a.yaml: the rendered text is no YAML: "), "{who}: {error}");
    });
}

#[test]
fn a_fault_in_a_helper_names_the_way_there() {
    for program in programs() {
        let files = [
            CHART,
            ("templates/_h.tpl", "{{- define \"bp-web.a\" -}}\n{{ .none.b }}\n{{- end }}\n"),
            ("templates/a.yaml", "a: {{ include \"bp-web.a\" . }}\n"),
        ];
        let error = engine(&program).render(&request(&files, json!({}))).unwrap_err();
        let RenderError::Chart(fault) = error else { panic!("{error}") };
        assert_eq!(
            fault.to_string(),
            "templates/_h.tpl:2:9: nil pointer evaluating interface {}.b",
            "{}",
            fault.text
        );
        assert_eq!(
            fault.via.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["templates/a.yaml:1:7"],
            "{}",
            fault.text
        );
    }
}

#[test]
fn a_hook_that_helm_does_not_know_is_warned_of() {
    let hook = "kind: Job\nmetadata:\n  name: a\n  annotations: {helm.sh/hook: crd-install}\n";
    each(hook, json!({}), |render, who| {
        let rendered = render.unwrap();
        assert!(rendered.objects.is_empty(), "{who}");
        assert!(
            rendered.warnings.len() == 1 && rendered.warnings[0].contains("crd-install"),
            "{who}: {:?}",
            rendered.warnings
        );
    });
}

/// A schema may name a URL, which newer versions of Helm would read. Whatever the version does, nothing is listening where it would look.
#[test]
fn the_network_is_not_reached() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for program in programs() {
        // Not the loopback by its number, which no proxy is asked for.
        let schema = format!("{{\"$ref\": \"http://catalyst.example.org:{port}/schema.json\"}}");
        let files = [CHART, ("values.schema.json", schema.as_str()), ("templates/a.yaml", "kind: A\n")];
        let error = engine(&program).render(&request(&files, json!({}))).unwrap_err();
        assert!(matches!(error, RenderError::Chart(_)), "{error}");
        assert!(listener.accept().is_err());
    }
}

#[test]
fn a_chart_without_end_is_stopped() {
    let endless = "{{- define \"a\" }}{{ range until 100000 }}{{ range until 100000 }}x{{ end }}{{ end }}{{ end -}}\na: {{ include \"a\" . | sha256sum }}\n";
    for program in programs() {
        let cancel = Cancel::new();
        let engine = Helm::find(Some(&program), &OsString::new(), &cancel).unwrap();
        let request = request(&[CHART, ("templates/a.yaml", endless)], json!({}));
        std::thread::scope(|scope| {
            let render = scope.spawn(|| engine.render(&request));
            cancel.cancel();
            assert_eq!(render.join().unwrap(), Err(RenderError::Cancelled));
        });
    }
}

/// A shell script that says a version, in a folder of its own.
fn script(folder: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("helm");
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_program_that_will_not_do_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let find = |named: Option<&Path>, search: &Path| Helm::find(named, search.as_os_str(), &Cancel::new());
    let none = folder.path().join("none");
    assert_eq!(find(None, &none).unwrap_err(), HelmError::NotFound);
    assert!(matches!(find(Some(&none), &none), Err(HelmError::Unusable { .. })));
    let old = script(folder.path(), "echo v3.9.4+gdbc6d8e");
    let error = find(None, folder.path()).unwrap_err();
    assert_eq!(error.to_string(), format!("`{}` is Helm 3.9.4, older than 3.14.0", old.display()));
    for text in ["echo hello", "exit 1", "echo v3.17.3; exit 1"] {
        script(folder.path(), text);
        assert!(matches!(find(None, folder.path()), Err(HelmError::Unusable { .. })), "{text}");
    }
    script(folder.path(), "echo v9.1.0");
    assert_eq!(find(None, folder.path()).unwrap().version().to_string(), "9.1.0");
}

/// What the program gets: no variable but those that the engine sets, and no folder of the user's.
#[test]
fn the_environment_is_the_engines_own() {
    let folder = tempfile::tempdir().unwrap();
    script(
        folder.path(),
        "if [ \"$1\" = version ]; then echo v3.17.3; else\nprintf -- '---\\n# Source: bp-web/templates/a.yaml\\nkind: A\\nenv: |\\n'\n/usr/bin/env | sed 's/^/  /' | /usr/bin/sort\nfi",
    );
    let engine = Helm::find(None, folder.path().as_os_str(), &Cancel::new()).unwrap();
    let rendered = engine.render(&request(&[CHART], json!({}))).unwrap();
    let text = rendered.objects[0].value["env"].as_str().unwrap();
    let variables: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let shells_own = ["PWD", "OLDPWD", "SHLVL", "_"];
    for (name, value) in variables.iter().filter(|(name, _)| !shells_own.contains(name)) {
        let is_known = match *name {
            "KUBECONFIG" => *value == "/dev/null",
            "TZ" => *value == "UTC",
            "GOMAXPROCS" => *value == "1",
            "HTTP_PROXY" | "HTTPS_PROXY" => *value == "http://127.0.0.1:9",
            name => {
                (name == "HOME" || name == "TMPDIR" || name.starts_with("HELM_"))
                    && value.contains("catalystc-helm")
            }
        };
        assert!(is_known, "{name}={value}");
    }
    assert!(variables.len() >= 14, "{text}");
}
