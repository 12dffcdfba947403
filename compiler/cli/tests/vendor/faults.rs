//! A real registry behind a proxy that does what networks do.

use crate::fixture::{Project, chart};
use catalyst_bundle::Digest;
use catalyst_tests::net::{Fault, Request, Response, Server};
use catalyst_tests::registry::Registry;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The proxy; the first `times` requests for a path with `part` in it get the answer.
fn before(registry: &Registry, part: &str, times: usize, answer: Response) -> Server {
    let (met, part) = (AtomicUsize::new(0), part.to_owned());
    Server::before(registry.host.clone(), move |request: &Request| {
        let is_hit = request.path.contains(&part) && met.fetch_add(1, Ordering::SeqCst) < times;
        is_hit.then(|| answer.clone())
    })
}

fn project(server: &Server) -> Project {
    Project::new(&[("web", "1.0.0", &format!("oci://{}/charts", server.host()))])
}

#[test]
fn faults_that_pass_are_outlived() {
    let Some(registry) = Registry::plain() else { return };
    let web = chart("web", "1.0.0", "1", "");
    registry.push("charts/web", "1.0.0", &web);
    let (manifest, blob) = ("/manifests/".to_owned(), Digest::of(&web).to_string());
    let passing = [
        ("429", Response::status(429, "").header("Retry-After", "0")),
        ("500", Response::status(500, "")),
        ("503", Response::status(503, "").header("Retry-After", "0")),
        ("cut", Response::ok(web.clone()).fault(Fault::Cut(100))),
    ];
    for (what, answer) in passing {
        for part in [&manifest, &blob] {
            let server = before(&registry, part, 1, answer.clone());
            let project = project(&server);
            let ran = project.vendor(&["-v"]);
            assert_eq!(ran.code, 0, "{what} {part}: {}", ran.text);
            assert!(ran.text.contains("again in"), "{what} {part}: {}", ran.text);
            assert_eq!(std::fs::read(project.blob(&web)).unwrap(), web);
            project.check().with(0);
        }
    }
}

#[test]
fn faults_that_stay_are_reported_and_nothing_is_kept() {
    let Some(registry) = Registry::plain() else { return };
    let web = chart("web", "1.0.0", "1", "");
    let digest = registry.push("charts/web", "1.0.0", &web);
    let other = Digest::of(b"other").to_string();
    let manifest = digest.to_string();
    let staying: Vec<(&str, Response, Vec<&str>)> = vec![
        ("/manifests/", Response::status(401, ""), vec!["it wants credentials"]),
        (
            "/manifests/",
            Response::status(403, r#"{"errors": [{"message": "not yours"}]}"#),
            vec!["403", "not yours"],
        ),
        ("/manifests/", Response::status(404, ""), vec!["404"]),
        (
            "/manifests/",
            Response::ok("{}")
                .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                .header("Docker-Content-Digest", manifest.clone()),
            vec!["was promised", &manifest],
        ),
        ("/blobs/", Response::status(404, ""), vec!["404"]),
        ("/blobs/", Response::ok("other"), vec!["was promised", &other]),
        ("/blobs/", Response::ok(vec![0; 1 << 20]), vec!["it has more than"]),
        ("/blobs/", Response::ok("x").fault(Fault::Endless), vec!["it has more than"]),
        (
            "/blobs/",
            Response::status(429, "").header("Retry-After", "86400"),
            vec!["429", "come back in 86400 s"],
        ),
    ];
    for (part, answer, says) in staying {
        let server = before(&registry, part, usize::MAX, answer.clone());
        let project = project(&server);
        let ran = project.vendor(&[]);
        assert_eq!(ran.code, 1, "{part} {}: {}", answer.status, ran.text);
        ran.says(&["error[chart-unavailable]", "Chart.yaml:6:"]).says(&says);
        assert!(project.blobs().is_empty() && project.charts().is_empty());
    }
}
