//! Rules whose examples are no files in Markdown: links, output folders, documents beside the project, and what only a fault of the
//! compiler could break. These last ones get a tree that was spoilt after it was emitted.

use super::EXAMPLE;
use super::sources::{Step, images_locked, published, vendored};
use crate::support::repository;
use catalyst_check::{Subject, check_with_externs};
use catalyst_db::SovereignId;
use catalyst_diag::{Diagnostic, Level, Place, Rule, rule};
use catalyst_driver::charts::{self, NoArchives};
use catalyst_driver::looking::look;
use catalyst_driver::plain::plain;
use catalyst_driver::rendering::{self, Engines, RenderOptions};
use catalyst_driver::testing::{self, TestOptions};
use catalyst_driver::{
    BuildOptions, CompileOptions, Document, GraphOf, NoProgress, Project, SovereignOutput, build, compile,
    compile_one, graph, guard, printers,
};
use catalyst_helm::{ChartFault, Spot};
use catalyst_helm::{Engine, Object, RenderError, Rendered, Request};
use catalyst_plan::{Body, EmittedTree};
use catalyst_source::TreePath;
use catalyst_system::{Cancel, Discover};
use catalyst_tests::suite::write_project;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// A rule, what it finds where it is broken, at a level that the project sets, and where it is kept.
pub(super) struct Case {
    pub(super) rule: &'static Rule,
    pub(super) breaks: fn(Option<Level>) -> Vec<Diagnostic>,
    pub(super) keeps: fn() -> Vec<Diagnostic>,
}

pub(super) const CASES: &[Case] = &[
    Case { rule: &rule::HOSTILE_PATH, breaks: |_| linked("/etc/passwd", "notes.yaml"), keeps: clean },
    Case { rule: &rule::SYMLINK_LOOP, breaks: |_| linked("../applications", "all"), keeps: clean },
    Case {
        rule: &rule::DUPLICATE_OBJECT,
        breaks: |level| spoilt(level, rule::DUPLICATE_OBJECT.name, &twice),
        keeps: || spoilt(None, rule::DUPLICATE_OBJECT.name, &|_| ()),
    },
    Case {
        rule: &rule::DANGLING_REFERENCE,
        breaks: |level| spoilt(level, rule::DANGLING_REFERENCE.name, &without_release),
        keeps: || spoilt(None, rule::DANGLING_REFERENCE.name, &|_| ()),
    },
    Case {
        rule: &rule::CHART_UNAVAILABLE,
        breaks: |_| vendored(&[Step::Vendor]),
        keeps: || vendored(&[Step::Put("a: 1"), Step::Vendor]),
    },
    Case {
        rule: &rule::CHART_CHANGED,
        breaks: |_| vendored(&[Step::Put("a: 1"), Step::Vendor, Step::Put("a: 2"), Step::Vendor]),
        keeps: || vendored(&[Step::Put("a: 1"), Step::Vendor, Step::Vendor]),
    },
    Case {
        rule: &rule::CHART_NOT_VENDORED,
        breaks: |_| vendored(&[Step::Put("a: 1"), Step::Check]),
        keeps: || vendored(&[Step::Put("a: 1"), Step::Vendor, Step::Check]),
    },
    Case {
        rule: &rule::IMAGE_UNAVAILABLE,
        breaks: |level| images_locked(level, &[None]),
        keeps: || images_locked(None, &[Some("one")]),
    },
    Case {
        rule: &rule::IMAGE_CHANGED,
        breaks: |_| images_locked(None, &[Some("one"), Some("two")]),
        keeps: || images_locked(None, &[Some("one"), Some("one")]),
    },
    Case {
        rule: &rule::PUBLISHED_CONTENT,
        breaks: |_| published(&["title: One\n", "title: Two\n"]),
        keeps: || published(&["title: One\n", "title: One\n"]),
    },
    Case { rule: &rule::STALE_OUTPUT, breaks: stale, keeps: || built(None, &|_| (), true) },
    Case { rule: &rule::FOREIGN_FILE, breaks: foreign, keeps: || built(None, &|_| (), false) },
    Case {
        rule: &rule::FAILED_RENDER,
        breaks: |_| rendered(None, &Fails),
        keeps: || rendered(None, &OneDeployment),
    },
    Case {
        rule: &rule::UNSTABLE_RENDER,
        breaks: |level| rendered(level, &Draws::default()),
        keeps: || rendered(None, &OneDeployment),
    },
    Case {
        rule: &rule::UNUSED_PIN,
        breaks: |level| {
            let gone = "version: 1\nreleases:\n  demo/gone/web: {blueprint: bp-web, chart: \"sha256:00\", objects: []}\n";
            pinned(&rule::UNUSED_PIN, level, gone)
        },
        keeps: || pinned(&rule::UNUSED_PIN, None, "version: 1\nreleases: {}\n"),
    },
    Case {
        rule: &rule::STALE_PIN,
        breaks: |level| pinned(&rule::STALE_PIN, level, "version: 9\nreleases: {}\n"),
        keeps: || pinned(&rule::STALE_PIN, None, "version: 1\nreleases: {}\n"),
    },
    Case {
        rule: &rule::UNCLASSIFIED_IMAGE,
        breaks: |level| looked(&rule::UNCLASSIFIED_IMAGE, level, ""),
        keeps: || {
            let images =
                "  manifests:\n    images: [{kind: Cluster.postgresql.cnpg.io, path: spec.imageName}]\n";
            looked(&rule::UNCLASSIFIED_IMAGE, None, images)
        },
    },
    Case {
        rule: &rule::UNRENDERABLE_RELEASE,
        breaks: |level| written_plain(level, &ASecret),
        keeps: || written_plain(None, &ACluster),
    },
    Case {
        rule: &rule::INTERFACE_DRIFT,
        breaks: |level| looked(&rule::INTERFACE_DRIFT, level, ""),
        keeps: || {
            let requires = "  requires:\n    apis: [{group: postgresql.cnpg.io, version: v1, kinds: [Cluster]}]\n  manifests:\n";
            looked(&rule::INTERFACE_DRIFT, None, requires)
        },
    },
    Case { rule: &rule::FAILED_CASE, breaks: |_| tested("StatefulSet"), keeps: || tested("Deployment") },
    Case {
        rule: &rule::HELM_MISMATCH,
        breaks: |level| mismatch(level, "3.17.3"),
        keeps: || mismatch(None, "3.19.0"),
    },
    Case { rule: &rule::GRAPH_DRIFT, breaks: |_| drift("| 02 | bp-external-secrets | |"), keeps: no_drift },
    Case { rule: &rule::INTERNAL_ERROR, breaks: |_| guarded(true), keeps: || guarded(false) },
];

/// The example project in a folder of its own, with a level for a rule.
pub(super) fn folder(level: Option<(&str, Level)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_project(&repository().join(EXAMPLE), folder.path()).unwrap();
    if let Some((name, level)) = level {
        let path = folder.path().join("catalyst.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        let set = text.replace("  rules: {}\n", &format!("  rules: {{{name}: {}}}\n", level.as_str()));
        assert_ne!(set, text);
        std::fs::write(path, set).unwrap();
    }
    folder
}

pub(super) fn open(folder: &Path) -> Project {
    Project::open(folder, Discover::default(), true).unwrap()
}

fn findings(folder: &Path) -> Vec<Diagnostic> {
    compile(&open(folder), &CompileOptions::default(), &NoProgress, |_, _| ()).diagnostics
}

fn clean() -> Vec<Diagnostic> {
    findings(folder(None).path())
}

/// The project with a link among its Applications.
fn linked(target: &str, name: &str) -> Vec<Diagnostic> {
    let folder = folder(None);
    let applications = folder.path().join("sovereigns/omantel/organizations/acme/applications");
    std::os::unix::fs::symlink(target, applications.join(name)).unwrap();
    findings(folder.path())
}

/// What a rule finds in the tree of the Sovereign, spoilt by `spoil`.
fn spoilt(level: Option<Level>, name: &str, spoil: &dyn Fn(&mut EmittedTree)) -> Vec<Diagnostic> {
    let folder = folder(level.map(|level| (name, level)));
    let project = open(folder.path());
    let (db, files) = project.database();
    let sovereign = project.sovereigns().remove(0);
    let SovereignOutput { plan, mut tree, .. } =
        compile_one(db, files, &sovereign, &CompileOptions::default(), false);
    spoil(&mut tree);
    let id = SovereignId::new(db, sovereign);
    let subject = Subject {
        index: &catalyst_db::index(db, files).0,
        sovereign: catalyst_db::sovereign_intent(db, files, id).as_ref().unwrap(),
        plan: plan.as_ref().unwrap(),
        resolution: &catalyst_db::resolved(db, files, id).0,
        tree: &tree,
    };
    let mut found: Vec<_> =
        check_with_externs(&subject).0.into_iter().filter(|it| it.rule.name == name).collect();
    project.levels().apply(&mut found);
    found
}

/// The objects of a file of output.
fn objects<'t>(tree: &'t mut EmittedTree, path: &str) -> &'t mut Vec<catalyst_plan::EmittedObject> {
    let path = TreePath::new(path).unwrap();
    match &mut tree.files.get_mut(&path).unwrap_or_else(|| panic!("{path} is emitted")).body {
        Body::Objects(objects) => objects,
        _ => panic!("{path} holds objects"),
    }
}

const SLOT: &str = "omantel/clusters/hz-nbg-rtz-prod/bootstrap-kit/01-bp-network.yaml";

/// The release of a slot stands in its file twice.
fn twice(tree: &mut EmittedTree) {
    let objects = objects(tree, SLOT);
    let release = objects.iter().find(|it| it.object["kind"] == "HelmRelease").unwrap().clone();
    objects.push(release);
}

/// The release that another one waits for is gone.
fn without_release(tree: &mut EmittedTree) {
    objects(tree, SLOT).retain(|it| it.object["kind"] != "HelmRelease");
}

/// What a second build finds in the output folder, after `between`.
fn built(level: Option<(&str, Level)>, between: &dyn Fn(&Path), check: bool) -> Vec<Diagnostic> {
    let folder = folder(level);
    let run = |check| build(&open(folder.path()), &BuildOptions { check, ..Default::default() }, &NoProgress);
    assert!(run(false).unwrap().delivered.is_some());
    between(&folder.path().join("snapshots"));
    run(check).unwrap().diagnostics
}

fn stale(level: Option<Level>) -> Vec<Diagnostic> {
    let edit = |out: &Path| {
        let path = out.join(SLOT);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, text.replace("1.0.0", "1.0.1")).unwrap();
    };
    built(level.map(|it| (rule::STALE_OUTPUT.name, it)), &edit, true)
}

fn foreign(level: Option<Level>) -> Vec<Diagnostic> {
    let add = |out: &Path| std::fs::write(out.join("omantel/notes.yaml"), "kind: ConfigMap\n").unwrap();
    built(level.map(|it| (rule::FOREIGN_FILE.name, it)), &add, false)
}

/// An engine that gives one Deployment, whatever it is asked.
struct OneDeployment;

impl Engine for OneDeployment {
    fn identity(&self) -> String {
        "one Deployment".to_owned()
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        let value = serde_json::json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": request.release } });
        let object = Object {
            chart: request.chart.name().to_owned(),
            file: TreePath::new("templates/deployment.yaml").unwrap(),
            value,
        };
        Ok(Rendered { objects: vec![object], warnings: Vec::new() })
    }
}

/// An engine that asks for a value.
struct Fails;

impl Engine for Fails {
    fn identity(&self) -> String {
        "fails".to_owned()
    }

    fn render(&self, _: &Request) -> Result<Rendered, RenderError> {
        let file = TreePath::new("templates/deployment.yaml").unwrap();
        let spot = Some(Spot { file, line: Some(1), column: Some(7) });
        Err(ChartFault { spot, ..ChartFault::new("image.tag is required") }.into())
    }
}

/// An engine that makes a Secret with another password each time.
#[derive(Default)]
struct Draws(AtomicUsize);

impl Engine for Draws {
    fn identity(&self) -> String {
        "draws".to_owned()
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        let drawn = self.0.fetch_add(1, Ordering::Relaxed).to_string();
        let value = serde_json::json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": request.release }, "data": { "password": drawn } });
        let file = TreePath::new("charts/inner/templates/secret.yaml").unwrap();
        Ok(Rendered {
            objects: vec![Object { chart: "inner".to_owned(), file, value }],
            warnings: Vec::new(),
        })
    }
}

/// An engine that gives one custom resource with an image.
struct ACluster;

impl Engine for ACluster {
    fn identity(&self) -> String {
        "a cluster".to_owned()
    }

    fn render(&self, _: &Request) -> Result<Rendered, RenderError> {
        let value = serde_json::json!({
            "apiVersion": "postgresql.cnpg.io/v1",
            "kind": "Cluster",
            "metadata": { "name": "web" },
            "spec": { "imageName": "ghcr.io/cloudnative-pg/postgresql:17.5" },
        });
        let file = TreePath::new("templates/cluster.yaml").unwrap();
        Ok(Rendered {
            objects: vec![Object { chart: "bp-web".to_owned(), file, value }],
            warnings: Vec::new(),
        })
    }
}

/// An engine that gives one Secret with a value.
struct ASecret;

impl Engine for ASecret {
    fn identity(&self) -> String {
        "a secret".to_owned()
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        let value = serde_json::json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": request.release }, "stringData": { "password": "x" } });
        let file = TreePath::new("templates/secret.yaml").unwrap();
        Ok(Rendered {
            objects: vec![Object { chart: "bp-network".to_owned(), file, value }],
            warnings: Vec::new(),
        })
    }
}

/// What is said of writing the kit as plain manifests.
fn written_plain(level: Option<Level>, engine: &dyn Engine) -> Vec<Diagnostic> {
    let folder = folder(level.map(|it| (rule::UNRENDERABLE_RELEASE.name, it)));
    let chart = folder.path().join("platform/network/chart/Chart.yaml");
    std::fs::create_dir_all(chart.parent().unwrap()).unwrap();
    std::fs::write(chart, "apiVersion: v2\nname: bp-network\nversion: 1.0.0\n").unwrap();
    let project = open(folder.path());
    let engines = Engines { engine, second: engine, archives: &NoArchives };
    let sovereigns = project.sovereigns();
    let plain = Some(Arc::new(plain(&project, &sovereigns, &engines, &NoProgress, &Cancel::new())));
    let options = CompileOptions { plain, ..CompileOptions::default() };
    let mut found = compile(&project, &options, &NoProgress, |_, _| ()).diagnostics;
    // Charts of other slots do not stand in the project.
    found.retain(|it| it.rule == &rule::UNRENDERABLE_RELEASE);
    found
}

/// What a rule sees in a cluster that the chart of `bp-web` makes, with these lines for the head of its manifests.
fn looked(rule: &'static Rule, level: Option<Level>, manifests: &str) -> Vec<Diagnostic> {
    let folder = folder(level.map(|it| (rule.name, it)));
    let chart = folder.path().join("platform/web/chart/Chart.yaml");
    std::fs::create_dir_all(chart.parent().unwrap()).unwrap();
    std::fs::write(chart, "apiVersion: v2\nname: bp-web\nversion: 1.2.0\n").unwrap();
    if !manifests.is_empty() {
        let blueprint = folder.path().join("platform/web/blueprint.yaml");
        let text = std::fs::read_to_string(&blueprint).unwrap();
        let with = text.replace("  manifests:\n", manifests);
        assert_ne!(with, text);
        std::fs::write(blueprint, with).unwrap();
    }
    let engines = Engines { engine: &ACluster, second: &ACluster, archives: &NoArchives };
    let found = look(&open(folder.path()), &[], &engines, &NoProgress, &Cancel::new()).findings;
    found.into_iter().filter(|it| it.rule == rule).collect()
}

/// What is said of the chart of `bp-web` when an engine renders it. A chart inside of it names a random function.
fn rendered(level: Option<Level>, engine: &dyn Engine) -> Vec<Diagnostic> {
    let folder = folder(level.map(|it| (rule::UNSTABLE_RENDER.name, it)));
    let chart = folder.path().join("platform/web/chart");
    for (path, text) in [
        ("Chart.yaml", "apiVersion: v2\nname: bp-web\nversion: 1.2.0\n"),
        ("templates/deployment.yaml", "kind: Deployment\n"),
        ("charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n"),
        ("charts/inner/templates/secret.yaml", "a: {{ randAlphaNum 8 }}\n"),
    ] {
        let path = chart.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let project = open(folder.path());
    let options = RenderOptions { what: Some("bp-web".to_owned()), ..RenderOptions::default() };
    let run = rendering::render(&project, &options, engine, engine, &NoArchives, &NoProgress).unwrap();
    let mut found = run.findings;
    project.levels().apply(&mut found);
    found
}

/// What a rule says of a file of pins when the fleet is rendered.
fn pinned(rule: &'static Rule, level: Option<Level>, pins: &str) -> Vec<Diagnostic> {
    let folder = folder(level.map(|it| (rule.name, it)));
    std::fs::write(folder.path().join("catalyst.pins"), pins).unwrap();
    let project = open(folder.path());
    let (options, engine) = (RenderOptions::default(), &OneDeployment);
    let run = rendering::render(&project, &options, engine, engine, &NoArchives, &NoProgress).unwrap();
    let mut found: Vec<Diagnostic> = run.findings.into_iter().filter(|it| it.rule == rule).collect();
    project.levels().apply(&mut found);
    found
}

/// What comes of a case that expects one object of a kind.
fn tested(kind: &str) -> Vec<Diagnostic> {
    let folder = folder(None);
    let chart = folder.path().join("platform/web/chart");
    std::fs::create_dir_all(chart.join("tests")).unwrap();
    std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: bp-web\nversion: 1.2.0\n").unwrap();
    let cases = format!("cases:\n  - name: default\n    expect:\n      - kinds: {{{kind}: 1}}\n");
    std::fs::write(chart.join("tests/kinds.yaml"), cases).unwrap();
    let run =
        testing::run(&open(folder.path()), &TestOptions::default(), &OneDeployment, &NoArchives, &NoProgress);
    run.unwrap().findings()
}

/// What is said of a program of this version.
fn mismatch(level: Option<Level>, version: &str) -> Vec<Diagnostic> {
    let folder = folder(level.map(|it| (rule::HELM_MISMATCH.name, it)));
    let project = open(folder.path());
    let found = charts::mismatch(&project, version.parse().unwrap(), charts::DEFAULT_TARGET);
    let mut found: Vec<Diagnostic> = found.into_iter().collect();
    project.levels().apply(&mut found);
    found
}

/// A document whose second row is `row`, against the graph of the kit.
fn drift(row: &str) -> Vec<Diagnostic> {
    let text = format!("| Slot | Blueprint | dependsOn |\n|---|---|---|\n| 01 | bp-network | |\n{row}\n");
    document(&text)
}

fn no_drift() -> Vec<Diagnostic> {
    let folder = folder(None);
    let graph = graph(&open(folder.path()), &GraphOf::Kit).unwrap();
    document(&printers::table(&graph))
}

fn document(text: &str) -> Vec<Diagnostic> {
    let folder = folder(None);
    let graph = graph(&open(folder.path()), &GraphOf::Kit).unwrap();
    Document { path: TreePath::new("docs/kit.md").unwrap(), text: text.into() }.drift(&graph)
}

/// The phases of a Sovereign, with a fault of the compiler in them or without.
fn guarded(fails: bool) -> Vec<Diagnostic> {
    let folder = folder(None);
    let project = open(folder.path());
    let (db, files) = project.database();
    let sovereign = project.sovereigns().remove(0);
    let place = Place::file(&TreePath::new("sovereigns/omantel/sovereign.yaml").unwrap());
    let run = || {
        assert!(!fails, "a release without a cluster");
        compile_one(db, files, &sovereign, &CompileOptions::default(), false)
    };
    guard(&sovereign, place, run).diagnostics
}
