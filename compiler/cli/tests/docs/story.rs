//! Runs the blocks of one page, in the order of the page.

use crate::blocks::{Block, Call, What, blocks};
use crate::site::Site;
use crate::{repository, updating};
use snapbox::filter::NormalizeToExpected;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a page went.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) examples: usize,
    pub(crate) failures: Vec<String>,
}

/// Tells the story of a page; writes it anew where commands print something else and that is wanted.
pub(crate) fn tell(page: &Path) -> Told {
    let text = std::fs::read_to_string(page).unwrap();
    let name = page.strip_prefix(repository()).unwrap().display().to_string();
    let mut told = Told::default();
    let mut scene = Scene::new("empty");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut printed = Vec::new();
    for Block { line, body, what } in blocks(&text) {
        let mut fail = |why: String| told.failures.push(format!("{name}:{line}: {why}"));
        match what {
            What::Start(start) => {
                scene.end().unwrap_or_else(&mut fail);
                scene = Scene::new(&start);
                continue;
            }
            What::Hidden(command) => {
                let (output, code) = scene.run(&command);
                if code != 0 {
                    fail(format!("`{command}` gives {code}\n{output}"));
                }
                continue;
            }
            // Without its servers the rest of the page cannot be told, which they have said.
            What::Registry(name) if scene.site.registry(&name) => continue,
            What::Charts(words) if scene.site.charts(&words) => continue,
            What::Registry(_) | What::Charts(_) => return told,
            What::Pipeline(path) => scene.pipeline(&path).unwrap_or_else(fail),
            What::Console(calls) => {
                let (good, shown) = scene.console(&calls);
                if !good && !updating() {
                    fail(format!(
                        "the output differs\n{}",
                        difference(&lines[body.clone()].join("\n"), &shown.join("\n"))
                    ));
                }
                if !good {
                    printed.push((body, shown));
                }
            }
            What::File { path, text } => scene.write(&path, &text).unwrap_or_else(fail),
            What::Edit { path, text } => scene.edit(&path, &text).unwrap_or_else(fail),
            What::Excerpt { path, text } => scene.holds(&path, &text).unwrap_or_else(fail),
            What::Gate(commands) => {
                let gate = std::fs::read_to_string(repository().join(".ci/run")).unwrap();
                for command in commands {
                    if !gate.lines().any(|line| line.starts_with(&command)) {
                        fail(format!("the gate, .ci/run, does not run `{command}`"));
                    }
                }
            }
            What::Unknown(what) => fail(format!("{what}: nothing says how to test this")),
        }
        told.examples += 1;
    }
    if let Err(why) = scene.end() {
        told.failures.push(format!("{name}: {why}"));
    }
    if !printed.is_empty() && updating() {
        for (body, shown) in printed.into_iter().rev() {
            lines.splice(body, shown);
        }
        std::fs::write(page, lines.join("\n") + "\n").unwrap();
    }
    told
}

/// A folder of the page's own, and the project in it.
struct Scene {
    folder: tempfile::TempDir,
    root: PathBuf,
    /// Where commands run and paths start: the root, until somebody says `cd`.
    here: PathBuf,
    /// What the reader calls the folder.
    name: &'static str,
    /// Servers that commands reach.
    site: Site,
}

impl Scene {
    fn new(start: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("project");
        let (root, name) = match start {
            "empty" => (root, "/home/you"),
            "fleet" => (repository(), "/home/you/platform"),
            _ => (root, "/home/you/shop"),
        };
        match start {
            "empty" => std::fs::create_dir(&root).unwrap(),
            "fleet" => {}
            name => copy(&repository().join("docs/examples").join(name), &root),
        }
        Scene { here: root.clone(), folder, root, name, site: Site::default() }
    }

    /// Runs a command in a shell, with both streams in one, as a terminal shows them.
    fn run(&self, command: &str) -> (String, i32) {
        let binary = Path::new(env!("CARGO_BIN_EXE_catalystc")).parent().unwrap();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{}", self.site.addressed(command))])
            .current_dir(&self.here)
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display()))
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .envs(self.site.authorities(self.folder.path()).map(|it| ("SSL_CERT_FILE", it)))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|it| (it, "You")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|it| (it, "you@omani.works")))
            .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|it| (it, "2026-01-01T00:00:00Z")))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).replace(&*self.root.to_string_lossy(), self.name);
        let text = self.site.named(&text);
        (text, output.status.code().unwrap_or(-1))
    }

    /// Whether all calls print what the page says, and how the block reads when it says what they print.
    fn console(&mut self, calls: &[Call]) -> (bool, Vec<String>) {
        let mut good = true;
        let mut shown = Vec::new();
        for call in calls {
            let (output, code) = match call.command.strip_prefix("cd ").filter(|it| !it.contains(' ')) {
                Some(folder) => match self.here.join(folder).canonicalize() {
                    Ok(folder) => {
                        self.here = folder;
                        (String::new(), 0)
                    }
                    Err(error) => (format!("{folder}: {error}\n"), 1),
                },
                None => self.run(&call.command),
            };
            // What the patterns of the page match becomes the pattern, so that equal means "matches".
            let output = NormalizeToExpected::new()
                .redact()
                .normalize(output.into(), &call.output.clone().into())
                .to_string();
            good &= output == call.output && code == call.code;
            shown.extend(call.shown.iter().cloned());
            shown.extend(output.lines().map(str::to_owned));
            if code != 0 {
                shown.push(format!("? {code}"));
            }
        }
        (good, shown)
    }

    /// Runs the commands of a pipeline of GitHub or GitLab, as its runner would.
    fn pipeline(&self, path: &str) -> Result<(), String> {
        let parsed = catalyst_yaml::parse(&self.read(path)?);
        let document = parsed.documents.first().ok_or("there is no document")?;
        let (value, _) = document.to_value(catalyst_yaml::Dialect::Kubernetes);
        let text = |it: &serde_json::Value| {
            it.as_str().unwrap_or_else(|| panic!("a command is a text: {it}")).to_owned()
        };
        let jobs = value.get("jobs").unwrap_or(&value).as_object().ok_or("there are no jobs")?;
        let mut commands = Vec::new();
        for job in jobs.values() {
            let list = |key| job.get(key).and_then(serde_json::Value::as_array).into_iter().flatten();
            commands.extend(list("steps").filter_map(|step| step.get("run")).map(text));
            commands.extend(list("script").map(text));
        }
        if commands.is_empty() {
            return Err("the pipeline runs nothing".into());
        }
        for command in commands {
            let (output, code) =
                self.run(&format!("set -e; export CI=true GITHUB_STEP_SUMMARY=/dev/null\n{command}"));
            if code != 0 {
                return Err(format!("`{command}` gives {code}\n{output}"));
            }
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        if self.root == repository() {
            return Err("the fleet is to be looked at, not changed".into());
        }
        let file = self.here.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        Ok(())
    }

    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.here.join(path)).map_err(|error| format!("`{path}`: {error}"))
    }

    /// Replaces the lines that stay or go by those that stay or come.
    fn edit(&self, path: &str, diff: &str) -> Result<(), String> {
        let side = |sign: char| -> String {
            let lines = diff.lines().filter(|line| line.starts_with([' ', sign]) || line.is_empty());
            lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
        };
        let (before, text) = (side('-'), self.read(path)?);
        match text.matches(&before).count() {
            1 => self.write(path, &text.replacen(&before, &side('+'), 1)),
            n => Err(format!("the lines to change stand {n} times in `{path}`")),
        }
    }

    /// Whether lines stand in a file, all moved to the right by the same width. A line `...` leaves others out.
    fn holds(&self, path: &str, excerpt: &str) -> Result<(), String> {
        let text = self.read(path)?;
        let lines: Vec<&str> = text.lines().collect();
        let wanted: Vec<&str> = excerpt.lines().collect();
        let mut from = 0;
        for part in wanted.split(|line| line.trim() == "...").filter(|part| !part.is_empty()) {
            let fits = |at: &usize| {
                let found = &lines[*at..*at + part.len()];
                let moved = found[0].len().saturating_sub(part[0].len());
                let pad = " ".repeat(moved);
                found.iter().zip(part).all(|(found, part)| {
                    *found == *part || (!part.is_empty() && *found == format!("{pad}{part}"))
                })
            };
            let last = lines.len().checked_sub(part.len()).ok_or_else(|| format!("`{path}` is shorter"))?;
            from = (from..=last)
                .find(fits)
                .ok_or_else(|| format!("`{path}` does not hold\n{}", part.join("\n")))?
                + part.len();
        }
        Ok(())
    }

    /// What a page leaves behind must compile.
    fn end(&self) -> Result<(), String> {
        if self.root == repository() || !self.here.join("catalyst.yaml").exists() {
            return Ok(());
        }
        match self.run("catalystc check --color never") {
            (_, 0) => Ok(()),
            (output, code) => {
                Err(format!("the project that the page leaves does not compile ({code})\n{output}"))
            }
        }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

fn difference(page: &str, found: &str) -> String {
    similar::TextDiff::from_lines(page, found)
        .unified_diff()
        .context_radius(2)
        .header("page", "found")
        .to_string()
}
