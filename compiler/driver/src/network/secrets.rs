//! Credentials from the files that `docker login`, `helm registry login` and `helm repo add` leave, and from docker's helpers.

use catalyst_registry::{Credential, DockerConfig, HelmRepositories, Secrets, Stored, Url};
use catalyst_system::{EnvVars, IoErrorKind, Run, Var, current_dir, read_path, run, which};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest file of credentials that is read.
const LARGEST: u64 = 4 << 20;

/// What the files of a user hold.
pub(crate) struct Files {
    /// In the order in which they are asked. An error is one that is there and cannot be used.
    configs: Vec<Result<DockerConfig, String>>,
    repositories: Result<HelmRepositories, String>,
    env: EnvVars,
}

impl Files {
    /// Reads them all.
    pub(crate) fn read(env: &EnvVars) -> Files {
        let path = |var| env.text(var).map(PathBuf::from);
        let home = path(Var::Home);
        let helm = path(Var::XdgConfigHome)
            .or_else(|| Some(home.as_ref()?.join(".config")))
            .map(|it| it.join("helm"));
        let docker = path(Var::DockerConfig).or_else(|| Some(home.as_ref()?.join(".docker")));
        let configs = [
            path(Var::RegistryAuthFile),
            path(Var::HelmRegistryConfig).or_else(|| Some(helm.as_ref()?.join("registry/config.json"))),
            docker.map(|it| it.join("config.json")),
        ];
        let repositories =
            path(Var::HelmRepositoryConfig).or_else(|| Some(helm.as_ref()?.join("repositories.yaml")));
        let configs = configs.iter().flatten().filter_map(|it| read(it, DockerConfig::parse)).collect();
        let repositories = repositories.and_then(|it| read(&it, HelmRepositories::parse));
        Files {
            configs,
            repositories: repositories.unwrap_or_else(|| Ok(HelmRepositories::default())),
            env: env.clone(),
        }
    }

    /// The files of authorities that helm's repositories name.
    pub(crate) fn authorities(&self) -> Vec<PathBuf> {
        let entries = self.repositories.iter().flat_map(|it| &it.0);
        entries.filter_map(|it| it.ca_file.as_ref().map(PathBuf::from)).collect()
    }

    /// Asks a helper.
    fn ask(&self, helper: &str, host: &str) -> Result<Option<Credential>, String> {
        let program = format!("docker-credential-{helper}");
        let found = self.env.get(Var::Path).and_then(|path| which(&program, path));
        let found = found.ok_or_else(|| format!("its helper `{program}` is not in PATH"))?;
        let folder = current_dir().map_err(|error| error.to_string())?;
        // Docker Hub is known to helpers by its old name.
        let host = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
        let inherited = [Var::Path, Var::Home]
            .into_iter()
            .filter_map(|var| Some((var.name().into(), self.env.get(var)?.into())));
        let command = Run {
            args: vec!["get".into()],
            env: inherited.collect(),
            stdin: Some(host.as_bytes().to_vec()),
            timeout: Duration::from_secs(30),
            limit: 1 << 20,
            ..Run::new(&found, &folder)
        };
        let output = run(&command).map_err(|error| format!("its helper `{program}` failed: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.is_success() {
            // The only way in which helpers say that they have none.
            let has_none = text.contains("credentials not found");
            return if has_none {
                Ok(None)
            } else {
                Err(format!("its helper `{program}` ended with an error"))
            };
        }
        DockerConfig::answer(&text).map(Some).map_err(|why| format!("its helper `{program}`: {why}"))
    }
}

impl Secrets for Files {
    fn of_registry(&self, host: &str) -> Result<Option<Credential>, String> {
        for config in &self.configs {
            let found = match config.as_ref().map_err(Clone::clone)?.find(host) {
                Some(Stored::Here(credential)) => Some(credential),
                Some(Stored::Helper(name)) => self.ask(&name, host)?,
                None => None,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn of_repository(&self, url: &Url) -> Result<Option<Credential>, String> {
        Ok(self.repositories.as_ref().map_err(Clone::clone)?.find(url).cloned())
    }
}

/// A file that need not be there.
fn read<T>(path: &Path, parse: impl Fn(&str) -> Result<T, String>) -> Option<Result<T, String>> {
    match read_path(path, LARGEST) {
        Ok(text) => Some(parse(&text).map_err(|why| format!("`{}`: {why}", path.display()))),
        Err(error) if matches!(error.kind, IoErrorKind::Missing | IoErrorKind::WrongType) => None,
        Err(error) => Some(Err(error.to_string())),
    }
}
