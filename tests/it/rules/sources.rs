//! Rules about what stands elsewhere: charts that were fetched, images in registries, what was published.

use super::cases::{folder, open};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::media;
use catalyst_diag::{Diagnostic, Level, rule};
use catalyst_driver::NoProgress;
use catalyst_driver::moving::RegistryPath;
use catalyst_driver::network::Network;
use catalyst_driver::publish::{PublishOptions, package, publish};
use catalyst_driver::vendor::{VendorOptions, vendor};
use catalyst_helm::{Engine, Object, RenderError, Rendered, Request};
use catalyst_source::TreePath;
use catalyst_system::{Cancel, EnvVars, Var};
use catalyst_tests::net::Server;
use catalyst_tests::registry::Memory;
use std::sync::Arc;

/// What is done to a project whose Blueprint `bp-web` needs a chart that stands elsewhere in it.
pub(super) enum Step {
    /// The chart has these values.
    Put(&'static str),
    Vendor,
    Check,
}

/// What the last run of `vendor` finds.
pub(super) fn vendored(steps: &[Step]) -> Vec<Diagnostic> {
    let folder = folder(None);
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "platform/web/chart/Chart.yaml",
        "apiVersion: v2\nname: bp-web\nversion: 1.2.0\ndependencies:\n  - {name: web-server, version: 1.4.0, repository: \"file://../../../charts/web-server\"}\n",
    );
    let mut found = Vec::new();
    for step in steps {
        match step {
            Step::Put(values) => {
                write("charts/web-server/Chart.yaml", "apiVersion: v2\nname: web-server\nversion: 1.4.0\n");
                write("charts/web-server/values.yaml", values);
            }
            Step::Vendor | Step::Check => {
                let options =
                    VendorOptions { check: matches!(step, Step::Check), ..VendorOptions::default() };
                found =
                    vendor(&open(folder.path()), &options, None, Arc::new(NoProgress)).unwrap().diagnostics;
            }
        }
    }
    found
}

/// An engine that gives one Pod with an image.
struct APod;

impl Engine for APod {
    fn identity(&self) -> String {
        "a Pod".to_owned()
    }

    fn render(&self, _: &Request) -> Result<Rendered, RenderError> {
        let value = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": "web" },
            "spec": { "containers": [{ "name": "web", "image": "registry.t01.omani.works/web:1" }] },
        });
        let file = TreePath::new("templates/pod.yaml").unwrap();
        let objects = vec![Object { chart: "bp-web".to_owned(), file, value }];
        Ok(Rendered { objects, warnings: Vec::new() })
    }
}

/// What the last of several runs of `vendor --images` finds, each with other content under the tag of the image, or none. The registry is
/// reached through a proxy, so that it has a name of its own.
pub(super) fn images_locked(level: Option<Level>, contents: &[Option<&str>]) -> Vec<Diagnostic> {
    let memory = Memory::default();
    let held = memory.clone();
    let host = "registry.t01.omani.works";
    let server = Server::start(move |request| {
        let mut request = request.clone();
        request.path = request.path.replace(&format!("http://{host}"), "");
        memory.answer(&request)
    });
    let folder = folder(level.map(|it| (rule::IMAGE_UNAVAILABLE.name, it)));
    let chart = folder.path().join("platform/web/chart/Chart.yaml");
    std::fs::create_dir_all(chart.parent().unwrap()).unwrap();
    std::fs::write(chart, "apiVersion: v2\nname: bp-web\nversion: 1.2.0\n").unwrap();
    let env = EnvVars::from_pairs([(Var::HttpProxyLower, server.url("").into())]);
    let network = Network { plain_http: [host.to_owned()].into(), env, ..Network::default() };
    let options = VendorOptions { images: true, network, ..VendorOptions::default() };
    let mut found = Vec::new();
    for content in contents.iter().copied() {
        if let Some(content) = content {
            let bytes = content.as_bytes().to_vec();
            let digest = Digest::of(&bytes);
            let mut held = held.held();
            let repository = held.entry("web".to_owned()).or_default();
            repository.documents.insert(digest, (media::INDEX.to_owned(), bytes));
            repository.tags.insert("1".to_owned(), digest);
        }
        let project = open(folder.path());
        found = vendor(&project, &options, Some(&APod), Arc::new(NoProgress)).unwrap().diagnostics;
    }
    found
}

/// What the last of several runs of `publish` finds, each with other values of a chart.
pub(super) fn published(values: &[&str]) -> Vec<Diagnostic> {
    let memory = Memory::default();
    let server = Server::start(move |request| memory.answer(request));
    let network = Network { plain_http: [server.host()].into(), ..Network::default() };
    let folder = folder(None);
    let chart = folder.path().join("platform/web/chart");
    std::fs::create_dir_all(&chart).unwrap();
    let meant = "annotations: {catalyst.openova.io/no-upstream: \"true\"}";
    let text = format!("apiVersion: v2\nname: bp-web\nversion: 1.2.0\n{meant}\n");
    std::fs::write(chart.join("Chart.yaml"), text).unwrap();
    let mut found = Vec::new();
    for text in values {
        std::fs::write(chart.join("values.yaml"), text).unwrap();
        let project = open(folder.path());
        let options = PublishOptions {
            only: vec!["bp-web".parse().unwrap()],
            store: None,
            to: RegistryPath::parse(&format!("{}/blueprints", server.host())).unwrap(),
            cancel: Cancel::new(),
        };
        let ready = package(&project, &options, None, &NoProgress).unwrap();
        assert!(!ready.has_errors(), "{:?}", ready.findings);
        found = publish(&ready, &network, Arc::new(NoProgress)).unwrap().err().unwrap_or_default();
    }
    found
}
