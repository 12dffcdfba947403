//! The release pipelines of the book, as they stand: every step of them runs in a repository of its own, against a registry that wants TLS
//! and a password. One thing is a stand-in: `cargo install` puts the binary under test in its place instead of building a published one.
//! actionlint and gitlab-ci-local judge the files too.

use crate::repository;
use catalyst_tests::registry::{Registry, missing, program};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const GITHUB: &str = "docs/examples/pipelines/github.yaml";
const GITLAB: &str = "docs/examples/pipelines/gitlab.yml";
const PASSWORD: &str = "a password of the tests";

/// What `cargo install` must be asked, and what it does here.
const CARGO: &str = r#"#!/bin/sh -e
test "$*" = "install --quiet --locked --git https://github.com/openova-io/catalystc --tag vVERSION catalyst-cli"
ln -sf 'BINARY' 'FOLDER/bin/catalystc'
"#;

/// A repository whose last commit has the tag `v1`, with keys and a registry.
struct Scene {
    folder: tempfile::TempDir,
    registry: Registry,
}

impl Scene {
    fn new() -> Option<Scene> {
        let registry = Registry::of_a_site()?;
        let scene = Scene { folder: tempfile::tempdir().unwrap(), registry };
        let binary = env!("CARGO_BIN_EXE_catalystc");
        let here = scene.folder.path().to_str().unwrap();
        let cargo = CARGO.replace("VERSION", env!("CARGO_PKG_VERSION"));
        scene.write("bin/cargo", &cargo.replace("BINARY", binary).replace("FOLDER", here));
        std::fs::set_permissions(scene.at("bin/cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(scene.at("temp")).unwrap();
        crate::story::copy(&repository().join("docs/examples/shop"), &scene.at("project"));
        for (from, to) in [(GITHUB, ".github/workflows/release.yaml"), (GITLAB, ".gitlab-ci.yml")] {
            let text = std::fs::read_to_string(repository().join(from)).unwrap();
            scene.write(&format!("project/{to}"), &text);
        }
        let prepare = format!(
            "{binary} lock -q && {binary} build -q && mkdir keys\n\
             for key in release attest; do {binary} keygen --out ../$key; mv ../$key.pub keys; done\n\
             git init -q -b main && git add . && git commit -qm 'The shop' && git tag v1"
        );
        scene.passes(&prepare, &BTreeMap::new());
        Some(scene)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        std::fs::write(self.at(path), text).unwrap();
    }

    /// Where releases of one kind of pipeline go.
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.registry.host)
    }

    /// A program in the repository, with what a runner gives it and the authority of the registry among those of the system.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .current_dir(self.at("project"))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .env("HOME", self.folder.path())
            .env("SSL_CERT_FILE", self.registry.authority())
            .env("CI", "true")
            .env("COSIGN_PASSWORD", PASSWORD)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|it| (it, "You")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|it| (it, "you@omani.works")));
        command
    }

    fn shell(&self, script: &str, variables: &BTreeMap<String, String>) -> Output {
        // The options that both runners give their shell.
        self.command("bash").args(["-e", "-o", "pipefail", "-c", script]).envs(variables).output().unwrap()
    }

    fn passes(&self, script: &str, variables: &BTreeMap<String, String>) {
        let output = self.shell(script, variables);
        assert!(output.status.success(), "{script}\n{}", shown(&output));
    }

    /// What a user sets once for GitHub: variables and secrets of the environment.
    fn github(&self) -> BTreeMap<String, String> {
        let read = |name: &str| std::fs::read_to_string(self.at(name)).unwrap().trim_end().to_owned();
        let known = [
            ("vars.REGISTRY", self.path("github")),
            ("vars.REGISTRY_USER", "me".to_owned()),
            ("secrets.REGISTRY_PASSWORD", "x".to_owned()),
            ("secrets.RELEASE_KEY", read("release.key")),
            ("secrets.ATTEST_KEY", read("attest.key")),
            ("secrets.COSIGN_PASSWORD", PASSWORD.to_owned()),
        ];
        known.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// The same for GitLab, where keys are variables of the type file.
    fn gitlab(&self) -> BTreeMap<String, String> {
        let file = |name: &str| self.at(name).to_str().unwrap().to_owned();
        let known = [
            ("REGISTRY", self.path("gitlab")),
            ("REGISTRY_USER", "me".to_owned()),
            ("REGISTRY_PASSWORD", "x".to_owned()),
            ("RELEASE_KEY", file("release.key")),
            ("ATTEST_KEY", file("attest.key")),
            ("COSIGN_PASSWORD", PASSWORD.to_owned()),
        ];
        known.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Runs the steps of the one job of a workflow, up to the first that fails: its name and what it printed.
    fn run_github(&self) -> Result<(), (String, String)> {
        let workflow = read_yaml(&repository().join(GITHUB));
        let job = &workflow["jobs"]["release"];
        let known = self.github();
        let mut ran = 0;
        for step in job["steps"].as_array().unwrap() {
            let Some(script) = step["run"].as_str() else { continue };
            let mut variables = env(&job["env"], &known);
            variables.extend(env(&step["env"], &known));
            variables.insert("RUNNER_TEMP".to_owned(), self.at("temp").to_str().unwrap().to_owned());
            let summary = self.at("summary").to_str().unwrap().to_owned();
            variables.insert("GITHUB_STEP_SUMMARY".to_owned(), summary);
            let output = self.shell(script, &variables);
            if !output.status.success() {
                return Err((step["name"].to_string(), shown(&output)));
            }
            ran += 1;
        }
        assert_eq!(ran, 7, "steps that run something");
        Ok(())
    }

    /// What is in the registry is what the pipeline has made, and it is accepted.
    fn was_released(&self, name: &str) {
        self.write(
            "docker/config.json",
            &format!("{{\"auths\": {{\"{}\": {{\"auth\": \"bWU6eA==\"}}}}}}", self.registry.host),
        );
        let docker = self.at("docker").to_str().unwrap().to_owned();
        let script = format!(
            "catalystc pull {}/oasis/release:1 --out ../pulled.tar && cmp oasis.tar ../pulled.tar\n\
             catalystc verify ../pulled.tar --sovereign oasis --key keys/release.pub --attest-key keys/attest.pub\n\
             rm ../pulled.tar oasis.tar",
            self.path(name)
        );
        self.passes(&script, &[("DOCKER_CONFIG".to_owned(), docker)].into());
    }
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn read_yaml(path: &Path) -> Value {
    let parsed = catalyst_yaml::parse(&std::fs::read_to_string(path).unwrap());
    parsed.documents[0].to_value(catalyst_yaml::Dialect::Kubernetes).0
}

/// The variables of a workflow, with the values of what they refer to.
fn env(from: &Value, known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let value = |text: &str| match text.strip_prefix("${{ ").and_then(|it| it.strip_suffix(" }}")) {
        Some(name) => known.get(name).unwrap_or_else(|| panic!("nothing sets `{name}`")).clone(),
        None => text.to_owned(),
    };
    let all = from.as_object().into_iter().flatten();
    all.map(|(name, text)| (name.clone(), value(text.as_str().unwrap()))).collect()
}

/// The lines of a list of scripts.
fn lines(script: &Value) -> String {
    let lines = script.as_array().into_iter().flatten().map(|it| it.as_str().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_book_shows_the_files() {
    let page = std::fs::read_to_string(repository().join("docs/src/guides/pipelines.md")).unwrap();
    for path in [GITHUB, GITLAB] {
        let text = std::fs::read_to_string(repository().join(path)).unwrap();
        assert!(page.contains(&format!("```yaml\n{text}```\n")), "the page does not show {path}");
    }
}

#[test]
fn the_workflow_for_github_releases() {
    let Some(scene) = Scene::new() else { return };
    scene.run_github().unwrap_or_else(|(step, text)| panic!("{step}\n{text}"));
    let summary = std::fs::read_to_string(scene.at("summary")).unwrap();
    assert!(summary.starts_with(&scene.path("github/oasis/release:1@sha256:")), "{summary}");
    assert_eq!(std::fs::read_dir(scene.at("temp")).unwrap().count(), 0, "no secret stays behind");
    scene.was_released("github");

    // What does not fit together is not released.
    let script =
        "sed -i s/t77/t78/ sovereigns/oasis/sovereign.yaml && git commit -qam 'A domain, and no build'";
    scene.passes(script, &BTreeMap::new());
    let (step, text) = scene.run_github().unwrap_err();
    assert!(step.contains("Build") && text.contains("stale-output"), "{step}\n{text}");
    assert!(!scene.at("project/oasis.tar").exists());
}

#[test]
fn the_pipeline_for_gitlab_releases() {
    let Some(scene) = Scene::new() else { return };
    let pipeline = read_yaml(&repository().join(GITLAB));
    let mut variables = scene.gitlab();
    variables.extend(env(&pipeline["variables"], &BTreeMap::new()));
    for stage in pipeline["stages"].as_array().unwrap() {
        let job = &pipeline[stage.as_str().unwrap()];
        assert_eq!(job["stage"], *stage, "a job has the name of its stage");
        scene.passes(
            &format!("{}\n{}", lines(&pipeline["default"]["before_script"]), lines(&job["script"])),
            &variables,
        );
        scene.passes(&lines(&job["after_script"]), &variables);
    }
    assert!(!scene.at("project/.secret").exists(), "no secret stays behind");
    scene.was_released("gitlab");
}

#[test]
fn actionlint_accepts_the_workflow() {
    let Some(program) = program("actionlint") else { return missing("actionlint") };
    let output = Command::new(program).arg(repository().join(GITHUB)).output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
}

#[test]
fn gitlab_ci_local_runs_the_pipeline() {
    let Some(program) = program("gitlab-ci-local") else { return missing("gitlab-ci-local") };
    let Some(scene) = Scene::new() else { return };
    scene.passes("git remote add origin https://gitlab.omani.works/shop/platform.git", &BTreeMap::new());
    let mut command = scene.command(program);
    command.args(["--shell-executor-no-image", "--force-shell-executor", "--variable", "CI_COMMIT_TAG=v1"]);
    for (name, value) in scene.gitlab() {
        command.args(["--variable", &format!("{name}={value}")]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    scene.was_released("gitlab");
}
