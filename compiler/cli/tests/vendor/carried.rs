//! What was fetched goes into bundles as it was published, and what was not is said to be missing.

use crate::fixture::{Project, Repository, chart};
use catalyst_bundle::Digest;
use catalyst_bundle::oci::media;
use catalyst_tests::net::{Request, ask};
use catalyst_tests::registry::Registry;
use serde_json::Value;

/// A project with a chart that its Blueprint does not list again.
fn project(chart: (&str, &str, &str)) -> Project {
    let project = Project::new(&[chart]);
    let text = std::fs::read_to_string(project.at("catalyst.yaml")).unwrap();
    project.write("catalyst.yaml", text + "  rules: {version-mismatch: allow}\n");
    project
}

/// Bundles the project, and gives what was printed and the closure.
fn bundle(project: &Project) -> (String, Value) {
    let ran = project.run(&["bundle", "--out", "b.tar"]).with(0);
    let run = |args: &str| {
        let mut command = project.command(&args.split(' ').collect::<Vec<_>>());
        let output = command.env("COSIGN_PASSWORD", "a password of the tests").output().unwrap();
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    if !project.at("k.key").exists() {
        run("keygen --out k");
    }
    run("sign b.tar --key k.key");
    run("unpack b.tar --sovereign demo --key k.pub --out out");
    let closure = std::fs::read(project.at("out/bundle/closure.json")).unwrap();
    (ran.text, serde_json::from_slice(&closure).unwrap())
}

/// The entry of a chart in the closure.
fn entry<'a>(closure: &'a Value, reference: &str) -> &'a Value {
    let found = closure["charts"].as_array().unwrap().iter().find(|it| it["reference"] == reference);
    found.unwrap_or_else(|| panic!("{reference} is not in {closure:#}"))
}

#[test]
fn charts_of_a_repository_are_carried_with_what_they_need() {
    let repository = Repository::default();
    let server = repository.start();
    let web = chart(
        "web",
        "1.2.0",
        "1",
        &format!("dependencies: [{{name: lib, version: ^1, repository: \"{}\"}}]\n", server.url("")),
    );
    let lib = chart("lib", "1.0.0+b.1", "1", "");
    repository.put("web", "1.2.0", web.clone());
    repository.put("lib", "1.0.0+b.1", lib.clone());
    let project = project(("web", "~1.2", &server.url("")));
    project.vendor(&[]).with(0);
    project.run(&["build"]).with(0);
    let (text, closure) = bundle(&project);
    assert!(text.contains("2 of 6 charts carried"), "{text}");
    let host = server.host();
    let place = host.replace(':', "-");
    for (name, tag, archive) in [("web", "1.2.0", &web), ("lib", "1.0.0_b.1", &lib)] {
        let found = entry(&closure, &format!("{host}/{name}:{tag}"));
        assert_eq!(found["carried"], true, "{found}");
        assert_eq!(found["target"], format!("{place}/{name}:{tag}"));
        assert!(found["usedBy"][0].as_str().unwrap().starts_with("platform/hello/chart/Chart.yaml#"));
        let carried = std::fs::read(project.at(&format!("out/bundle/charts/{place}/{name}/{tag}.tgz")));
        assert!(carried.unwrap() == *archive, "{name} has the bytes that were published");
    }
    let blueprint = entry(&closure, "registry.t01.omani.works/demo/bp-hello:0.1.0");
    assert_eq!(blueprint["carried"], false);
    let first = std::fs::read(project.at("b.tar")).unwrap();
    bundle(&project);
    assert!(std::fs::read(project.at("b.tar")).unwrap() == first, "the same charts give the same bundle");

    std::fs::remove_dir_all(project.at(".catalystc/store")).unwrap();
    let (text, closure) = bundle(&project);
    assert!(
        text.contains("0 of 5 charts carried, 0 of 0 images carried; the site must have the others"),
        "{text}"
    );
    let web = entry(&closure, &format!("{host}/web:1.2.0"));
    assert_eq!((&web["carried"], &web["digest"]), (&Value::Bool(false), &Value::Null));
}

#[test]
fn charts_of_a_registry_keep_their_manifest() {
    let Some(registry) = Registry::plain() else { return };
    let digest = registry.push("charts/web", "1.0.0", &chart("web", "1.0.0", "1", ""));
    let project = project(("web", "1.0.0", &registry.url()));
    project.vendor(&[]).with(0);
    project.run(&["build"]).with(0);
    let (_, closure) = bundle(&project);
    let found = entry(&closure, &format!("{}/charts/web:1.0.0", registry.host));
    assert_eq!(found["digest"], digest.to_string());
    assert_eq!(found["carried"], true);
    // Into another registry: the manifest is the very same there.
    let Some(site) = Registry::plain() else { return };
    project.run(&["push", "b.tar", &format!("{}/platform", site.host), "--plain-http", "127.0.0.1"]).with(0);
    let target = found["target"].as_str().unwrap();
    let (repository, tag) = target.rsplit_once(':').unwrap();
    let path = format!("/v2/platform/{repository}/manifests/{tag}");
    let request = Request::new("GET", &path, &[("host", &site.host), ("accept", media::MANIFEST)], b"");
    assert_eq!(Digest::of(&ask(&site.host, &request).unwrap().body), digest);
}
