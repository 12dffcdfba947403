//! Servers that a page needs: registries and chart repositories that speak TLS on the loopback, under the names that the page has for
//! them. Commands get the addresses in place of the names, and readers the names in place of the addresses.

use catalyst_bundle::archive::{File, gzip, tar};
use catalyst_source::TreePath;
use catalyst_tests::registry::{Registry, missing, program};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Serves the files of its folder over TLS, on a port that it prints.
const SERVER: &str = "
import http.server, ssl
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('../tls.pem', '../tls.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
";

/// The servers of a page.
#[derive(Default)]
pub(crate) struct Site {
    registries: Vec<Registry>,
    repositories: Vec<Child>,
    /// Names with addresses.
    names: Vec<(String, String)>,
}

impl Site {
    /// Starts an empty registry. `false` when one cannot be had on this machine.
    pub(crate) fn registry(&mut self, name: &str) -> bool {
        let Some(registry) = Registry::private(None) else { return false };
        self.names.push((name.to_owned(), registry.host.clone()));
        self.registries.push(registry);
        true
    }

    /// Starts a chart repository: its name, then the charts in it, as `name@version`. It has the certificate of the first registry.
    pub(crate) fn charts(&mut self, words: &str) -> bool {
        let Some(python) = program("python3") else {
            missing("python3");
            return false;
        };
        let (name, charts) = words.split_once(' ').unwrap();
        let folder = self.registries[0].folder.path().join(format!("charts-{}", self.repositories.len()));
        std::fs::create_dir(&folder).unwrap();
        let mut index = "apiVersion: v1\nentries:\n".to_owned();
        for chart in charts.split(' ') {
            let (name, version) = chart.split_once('@').unwrap();
            let text = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
            let files = [(TreePath::new(&format!("{name}/Chart.yaml")).unwrap(), File::new(text))];
            std::fs::write(folder.join(format!("{name}.tgz")), gzip(&tar(&files.into()).unwrap())).unwrap();
            writeln!(index, "  {name}:\n    - {{name: {name}, version: {version}, urls: [{name}.tgz]}}")
                .unwrap();
        }
        std::fs::write(folder.join("index.yaml"), index).unwrap();
        let mut server = Command::new(python);
        server.args(["-c", SERVER]).current_dir(&folder).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = server.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
        self.names.push((name.to_owned(), format!("127.0.0.1:{}", port.trim())));
        self.repositories.push(server);
        true
    }

    /// A command as it runs.
    pub(crate) fn addressed(&self, command: &str) -> String {
        self.names.iter().fold(command.to_owned(), |text, (name, address)| text.replace(name, address))
    }

    /// What it prints, as a reader sees it.
    pub(crate) fn named(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, address)| text.replace(address, name))
    }

    /// A file with the authorities of all servers, in a folder; `None` when there are no servers.
    pub(crate) fn authorities(&self, folder: &Path) -> Option<PathBuf> {
        let read = |it: &Registry| std::fs::read_to_string(it.authority()).unwrap();
        let all: String = self.registries.iter().map(read).collect();
        let file = folder.join("authorities.pem");
        std::fs::write(&file, all).unwrap();
        (!self.registries.is_empty()).then_some(file)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &mut self.repositories {
            drop(server.kill());
            drop(server.wait());
        }
    }
}
