//! Whole small projects. Whatever is wrong with one: it compiles twice to the same findings and the same files, each finding can be shown
//! in every format, fixes end, and where nothing is wrong the tree is complete.
#![no_main]

use catalyst_diag::render::{Format, Options, render};
use catalyst_diag::{Diagnostic, Severity};
use catalyst_driver::{
    CompileOptions, NoProgress, Positions, Project, RenderedFile, SovereignOutput, compile, plan_fixes,
    plan_format,
};
use catalyst_plan::Body;
use catalyst_source::TreePath;
use catalyst_system::Discover;
use catalyst_tests::PROJECT;
use catalyst_yaml::{Dialect, parse};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

/// On a file system in memory where there is one: a project is written for every input.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder of its own")
});

fuzz_target!(|data: &[u8]| {
    let files = catalyst_fuzz::mutate::project(PROJECT, data);
    let _ = std::fs::remove_dir_all(FOLDER.path().join("p"));
    for (path, text) in &files {
        let path = FOLDER.path().join("p").join(path);
        std::fs::create_dir_all(path.parent().expect("it has a name")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let Ok(project) = Project::open(&FOLDER.path().join("p"), Discover::default(), true) else { return };
    let (findings, trees, complete) = compiled(&project);
    assert!(findings.iter().all(|it| it.rule.name != "internal-error"), "{findings:?}");
    shown(&project, &findings);
    if !findings.iter().any(|it| it.severity == Severity::Error) {
        assert_eq!(complete, Ok(()));
        trees.values().for_each(readable);
    }

    // The same files reached by editing a project in memory.
    let Ok(mut edited) = opened_before_the_edits(&files) else { return };
    let (again, same, _) = compiled(&edited);
    assert_eq!(findings, again, "editing gives other findings than opening");
    assert!(trees == same, "editing gives other files than opening");

    let _ = plan_format(&edited, &[]);
    if findings.iter().all(|it| it.fix.is_none()) {
        return;
    }
    let fixed = plan_fixes(&mut edited, &[]);
    for (path, (before, after)) in &fixed.texts {
        let documents = |text: &str| parse(text).documents.len();
        assert_eq!(documents(before), documents(after), "{path}");
    }
    if fixed.texts.is_empty() {
        return;
    }
    let rest = plan_fixes(&mut edited, &[]);
    assert!(rest.texts.is_empty(), "a second round of fixes finds more: {:?}", rest.applied);
});

/// Findings, files by Sovereign, and whether what is planned is there.
type Compiled = (Vec<Diagnostic>, BTreeMap<String, BTreeMap<TreePath, RenderedFile>>, Result<(), String>);

fn compiled(project: &Project) -> Compiled {
    let done = compile(project, &CompileOptions::default(), &NoProgress, |_, output| {
        let complete = completeness(&output);
        (output.render(), complete)
    });
    let complete =
        done.sovereigns.values().find_map(|(_, complete)| complete.clone().err()).map_or(Ok(()), Err);
    let trees = done.sovereigns.into_iter().map(|(name, (tree, _))| (name.to_string(), tree)).collect();
    (done.diagnostics, trees, complete)
}

/// A project that is opened with other texts, compiled, and then gets these.
fn opened_before_the_edits(files: &[(String, String)]) -> Result<Project, ()> {
    let folder = FOLDER.path().join("q");
    let _ = std::fs::remove_dir_all(&folder);
    for (path, _) in files {
        let base = PROJECT.iter().find(|(of, _)| of == path).map_or("", |(_, text)| text);
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("it has a name")).expect("a folder");
        std::fs::write(path, base).expect("a file");
    }
    let mut project = Project::open(&folder, Discover::default(), false).map_err(drop)?;
    drop(compiled(&project));
    for (path, text) in files {
        let path = TreePath::new(path).expect("a path of the project");
        project.set_text(&path, text);
    }
    Ok(project)
}

/// Every finding has a rule, a sentence and a place in a file that exists, and every format can show it.
fn shown(project: &Project, findings: &[Diagnostic]) {
    let positions = Positions(project);
    for finding in findings {
        assert!(!finding.message.is_empty() && !finding.message.ends_with('.'), "{finding:?}");
    }
    for format in Format::ALL {
        let options = Options { color: false, width: 80, show_all: true, tool_version: "0" };
        let text = render(*format, findings, &positions, &options);
        assert!(findings.is_empty() || !text.is_empty());
        // No file and no name may steer a terminal.
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{0}']), "{format}: {text:?}");
    }
}

/// Each cluster has its folder, each vCluster its own, each Application a branch in each Environment, and no list names a missing file.
fn completeness(output: &SovereignOutput) -> Result<(), String> {
    let Some(plan) = &output.plan else { return Err("no plan".to_owned()) };
    let name = &plan.facts.name;
    let holds = |folder: String| match output.tree.files.keys().any(|path| path.is_within(&folder)) {
        true => Ok(()),
        false => Err(format!("no file in {folder}")),
    };
    for (cluster, of_cluster) in &plan.clusters {
        holds(format!("{name}/clusters/{cluster}"))?;
        let slots = of_cluster.releases.values();
        for release in slots {
            let file = format!(
                "{name}/clusters/{cluster}/bootstrap-kit/{}-{}.yaml",
                release.slot.id, release.slot.blueprint
            );
            holds(file)?;
        }
        for org in of_cluster.vclusters.keys() {
            holds(format!("{name}/vclusters/{cluster}-{org}"))?;
        }
    }
    for ((org, app), application) in &plan.applications {
        if application.environments.is_empty() {
            return Err(format!("{app} runs nowhere"));
        }
        holds(format!("{name}/repositories/{org}/{app}"))?;
    }
    for (path, file) in &output.tree.files {
        if let Body::Document(value, _) = &file.body
            && path.file_name() == "kustomization.yaml"
        {
            let folder = path.parent().map(|it| it.to_string()).unwrap_or_default();
            for resource in value["resources"].as_array().into_iter().flatten().filter_map(|it| it.as_str()) {
                holds(joined(&folder, resource))?;
            }
        }
    }
    Ok(())
}

/// A relative path from a folder.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Every reader reads every file of the tree, and reads the same.
fn readable(tree: &BTreeMap<TreePath, RenderedFile>) {
    for (path, file) in tree.iter().filter(|(path, _)| path.file_name().ends_with(".yaml")) {
        let parsed = parse(&file.text);
        assert!(parsed.problems.is_empty(), "{path}: {:?}", parsed.problems);
        for document in &parsed.documents {
            let (strict, problems) = document.to_value(Dialect::Strict);
            assert!(problems.is_empty(), "{path}: {problems:?}");
            assert_eq!(
                catalyst_yaml::write(&strict),
                catalyst_yaml::write(&document.to_value(Dialect::Strict).0)
            );
        }
    }
}
