//! How the network is reached: settings of a user and the environment, made into a client. Only [`crate::vendor`] and [`crate::moving`] ask
//! for one.

mod secrets;

use catalyst_registry::{Client, FetchError, Observer, Proxies, Settings};
use catalyst_system::{Cancel, EnvVars, IoError, Var, read_path};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Largest file of certificates.
const LARGEST_PEM: u64 = 4 << 20;

/// How the network is reached.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Hosts that are spoken to over plain HTTP.
    pub plain_http: BTreeSet<String>,
    /// Files with certificates of authorities.
    pub ca_files: Vec<PathBuf>,
    /// How many requests are made side by side; as many as is good for the other side when 0.
    pub jobs: usize,
    /// The environment: where credentials and proxies are.
    pub env: EnvVars,
    /// Stops it.
    pub cancel: Cancel,
}

/// Takes note of what goes over the network. Called from many threads.
pub trait NetworkProgress: Send + Sync {
    /// So many parts are needed, as far as is known by now.
    fn needed(&self, _parts: usize) {}
    /// One of them is done.
    fn done(&self, _name: &str) {}
    /// Bytes have come; `total` is how many there will be, when the source says so.
    fn received(&self, _what: &str, _so_far: u64, _total: Option<u64>) {}
    /// Bytes were sent, of so many.
    fn sent(&self, _what: &str, _so_far: u64, _total: u64) {}
    /// Something failed and is tried again after a pause.
    fn retrying(&self, _what: &str, _why: &str, _pause: Duration) {}
    /// Another process does the same, and is waited for.
    fn waiting(&self) {}
}

impl NetworkProgress for crate::NoProgress {}

/// Why there is no client.
pub(crate) enum ConnectError {
    /// A file of certificates cannot be read.
    Io(IoError),
    /// A setting cannot be used.
    Refused(String),
}

/// A client with the settings of a user.
pub(crate) fn connect(network: &Network, progress: Arc<dyn NetworkProgress>) -> Result<Client, ConnectError> {
    let files = secrets::Files::read(&network.env);
    let mut authorities = Vec::new();
    for path in network.ca_files.iter().cloned().chain(files.authorities()) {
        let text = read_path(&path, LARGEST_PEM).map_err(ConnectError::Io)?;
        authorities.push((path.display().to_string(), text.into_bytes()));
    }
    let settings = Settings {
        plain_http: network.plain_http.clone(),
        authorities,
        proxies: proxies(&network.env),
        ..Settings::default()
    };
    let observer = Arc::new(Watch { progress, cancel: network.cancel.clone() });
    Client::new(&settings, Arc::new(files), observer).map_err(ConnectError::Refused)
}

fn proxies(env: &EnvVars) -> Proxies {
    let first = |vars: &[Var]| vars.iter().find_map(|var| env.text(*var)).map(str::to_owned);
    Proxies {
        https: first(&[Var::HttpsProxy, Var::HttpsProxyLower]),
        // The name in capitals can be set by whoever calls a program through a web server, so it does not count.
        http: first(&[Var::HttpProxyLower]),
        none: first(&[Var::NoProxy, Var::NoProxyLower]),
    }
}

/// Hands on what the client tells.
struct Watch {
    progress: Arc<dyn NetworkProgress>,
    cancel: Cancel,
}

impl Observer for Watch {
    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
    fn received(&self, what: &str, so_far: u64, total: Option<u64>) {
        self.progress.received(what, so_far, total);
    }
    fn sent(&self, what: &str, so_far: u64, total: u64) {
        self.progress.sent(what, so_far, total);
    }
    fn retrying(&self, what: &str, error: &FetchError, pause: Duration) {
        self.progress.retrying(what, &error.to_string(), pause);
    }
}
