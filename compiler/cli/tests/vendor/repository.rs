//! HTTP chart repositories: what is locked, what is kept, what is fetched again, and what is refused.

use crate::fixture::{Project, Repository, chart};
use catalyst_bundle::Digest;
use catalyst_tests::net::{Fault, Response, Server};
use std::process::Stdio;

#[test]
fn charts_are_locked_and_then_need_no_network() {
    let (lib, web) =
        (chart("lib", "v0.3.0", "1", "appVersion: \"2.1\"\n"), chart("web", "1.4.0+build.2", "1", ""));
    let repository = Repository::with(&[
        ("lib", "v0.3.0", lib.clone()),
        ("web", "1.3.0", chart("web", "1.3.0", "1", "")),
        ("web", "1.4.0+build.2", web.clone()),
        ("web", "2.0.0-rc.1", chart("web", "2.0.0-rc.1", "1", "")),
    ]);
    let server = repository.start();
    let url = server.url("/");
    let project = Project::new(&[("web", "^1.2", &url), ("lib", "0.3.0", &url)]);
    project.check().with(1).says(&[
        "error[chart-not-vendored]",
        "`web` ^1.2 from",
        "is not in `catalyst.lock`",
        "run `catalystc vendor`",
    ]);
    project.vendor(&[]).with(0).says(&["2 charts, 2 fetched", "wrote catalyst.lock", "+ web 1.4.0+build.2"]);
    let source = url.trim_end_matches('/');
    let tree = |files: [(&str, &str); 2]| {
        let line = |(path, text): (&str, &str)| format!("{}  {path}\n", Digest::of(text.as_bytes()).hex());
        Digest::of(files.map(line).concat().as_bytes()).to_string()
    };
    let expected = format!(
        "charts:\n  - name: lib\n    version: v0.3.0\n    appVersion: \"2.1\"\n    source: {source}\n    archive: {}\n    tree: {}\n  \
         - name: web\n    version: 1.4.0+build.2\n    source: {source}\n    archive: {}\n    tree: {}\n    ranges:\n      - \"^1.2\"\n",
        Digest::of(&lib),
        tree([
            ("Chart.yaml", "apiVersion: v2\nname: lib\nversion: v0.3.0\nappVersion: \"2.1\"\n"),
            ("values.yaml", "value: 1\n")
        ]),
        Digest::of(&web),
        tree([
            ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.4.0+build.2\n"),
            ("values.yaml", "value: 1\n")
        ]),
    );
    assert_eq!(project.charts(), expected);
    assert_eq!(std::fs::read(project.blob(&web)).unwrap(), web);

    let asked = server.requests().len();
    assert_eq!(asked, 3, "one index, two archives");
    repository.put("web", "1.9.0", chart("web", "1.9.0", "1", ""));
    project.vendor(&[]).with(0).says(&["2 charts, none to fetch; catalyst.lock is up to date"]);
    project.check().with(0).says(&["2 charts in the lock and as they should be"]);
    assert_eq!(server.requests().len(), asked, "a range is resolved once, in the lock");
    drop(server);
    project.check().with(0);
}

#[test]
fn other_verbs_leave_charts_alone() {
    let project = Project::new(&[("web", "1.x", "file://../../../charts/web")]);
    project.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    let without = project.run(&["check", "--locked"]).with(0).text;
    project.run(&["vendor"]).with(0);
    let charts = project.charts();
    assert!(charts.contains("name: web"));
    assert_eq!(project.run(&["check", "--locked"]).with(0).text, without);
    project.run(&["build", "--locked"]).with(0);
    project.run(&["lock", "--check"]).with(0).says(&["up to date"]);
    project.run(&["lock", "--upgrade"]).with(0);
    assert_eq!(project.charts(), charts);
    // Half a lock would fit nothing: where there is none, it comes whole.
    std::fs::remove_file(project.at("catalyst.lock")).unwrap();
    project.run(&["vendor"]).with(0).says(&["wrote catalyst.lock"]);
    assert_eq!(project.charts(), charts);
    project.run(&["build", "--locked"]).with(0);
}

#[test]
fn a_damaged_entry_is_found_and_fetched_again() {
    let web = chart("web", "1.0.0", "1", "");
    let server = Repository::with(&[("web", "1.0.0", web.clone())]).start();
    let project = Project::new(&[("web", "1.0.0", &server.url(""))]);
    project.vendor(&[]).with(0);
    let blob = project.blob(&web);
    let damages: [&dyn Fn(); 3] = [
        &|| std::fs::write(&blob, &web[..web.len() - 1]).unwrap(),
        &|| std::fs::write(&blob, [&web[..10], b"x", &web[11..]].concat()).unwrap(),
        &|| std::fs::remove_file(&blob).unwrap(),
    ];
    for (at, damage) in damages.into_iter().enumerate() {
        damage();
        let how = if at < 2 { "is damaged in the store" } else { "is not in the store" };
        project.check().with(1).says(&["error[chart-not-vendored]", how]);
        project.vendor(&[]).with(0).says(&["1 chart, 1 fetched", "up to date"]);
        assert_eq!(std::fs::read(&blob).unwrap(), web);
        project.check().with(0);
        assert_eq!(server.count("tgz"), at + 2);
    }
    // The index of the store is for other programs; what it lost comes back with the next chart.
    std::fs::write(project.at(".catalystc/store/index.json"), "{").unwrap();
    project.check().with(0);
}

#[test]
fn other_content_under_the_same_version_is_refused() {
    let (old, new) = (chart("web", "1.0.0", "1", ""), chart("web", "1.0.0", "2", ""));
    let repository = Repository::with(&[("web", "1.0.0", old.clone())]);
    let server = repository.start();
    let project = Project::new(&[("web", "~1.0", &server.url(""))]);
    project.vendor(&[]).with(0);
    let locked = project.charts();
    repository.put("web", "1.0.0", new.clone());
    project.vendor(&[]).with(0).says(&["none to fetch"]);

    // Another machine has the lock, and nothing in its store.
    std::fs::remove_dir_all(project.at(".catalystc")).unwrap();
    let (before, after) = (Digest::of(&old).to_string(), Digest::of(&new).to_string());
    let ran = project.vendor(&[]).with(1);
    ran.says(&[
        "error[chart-changed]",
        &format!("locked: archive {before}"),
        &format!("now:    archive {after}"),
        "--accept web",
    ]);
    assert_eq!(project.charts(), locked);
    assert!(project.blobs().is_empty());
    project.vendor(&["--accept", "web"]).with(0).says(&["~ web 1.0.0"]);
    assert_ne!(project.charts(), locked);
    project.check().with(0);
}

#[test]
fn a_chart_that_was_only_packed_again_says_so() {
    let old = chart("web", "1.0.0", "1", "");
    // Two members instead of one: the same files, other bytes.
    let new = [&old[..], &catalyst_bundle::archive::gzip(b"")].concat();
    let repository = Repository::with(&[("web", "1.0.0", old)]);
    let server = repository.start();
    let project = Project::new(&[("web", "1.0.0", &server.url(""))]);
    project.vendor(&[]).with(0);
    repository.put("web", "1.0.0", new);
    std::fs::remove_dir_all(project.at(".catalystc")).unwrap();
    project.vendor(&[]).with(1).says(&["error[chart-changed]", "the files in it are the same"]);
}

#[test]
fn what_is_missing_inside_an_archive_is_fetched_too() {
    let other = Repository::with(&[("base", "0.1.0", chart("base", "0.1.0", "1", ""))]).start();
    let needs = |name: &str, version: &str, url: &str| {
        format!("dependencies:\n- {{name: {name}, version: {version}, repository: {url}}}\n")
    };
    let server = Repository::with(&[
        ("lib", "1.1.0", chart("lib", "1.1.0", "1", &needs("base", "0.1.x", &other.url("")))),
        ("web", "1.0.0", chart("web", "1.0.0", "1", "")),
    ]);
    server.put("web", "2.0.0", chart("web", "2.0.0", "1", &needs("lib", "^1", "https://charts.invalid")));
    let server = server.start();
    let project = Project::new(&[("lib", "1.1.0", &server.url("")), ("web", "1.0.0", &server.url(""))]);
    project.vendor(&[]).with(0).says(&["3 charts, 3 fetched", "+ base 0.1.0"]);
    project.check().with(0).says(&["3 charts"]);
    // Without the chart that needed it, it goes.
    project.depend(&[("web", "1.0.0", &server.url(""))]);
    project.check().with(1).says(&["error[lock-outdated]", "nothing needs chart `base` 0.1.0"]);
    project.vendor(&[]).with(0).says(&["- base 0.1.0", "- lib 1.1.0"]);
    project.check().with(0);
}

#[test]
fn what_can_be_had_is_locked_though_something_else_cannot() {
    let repository = Repository::with(&[("web", "1.0.0", chart("web", "1.0.0", "1", ""))]);
    let server = repository.start();
    let url = server.url("");
    let project = Project::new(&[("web", "1.0.0", &url), ("lib", "1.0.0", &url)]);
    let ran = project.vendor(&[]).with(1);
    let ran = ran.says(&[
        "error[chart-unavailable]",
        "`lib` 1.0.0 cannot be fetched",
        "it has no chart `lib`",
        "Chart.yaml:7:",
    ]);
    ran.says(&["+ web 1.0.0", "1 chart as they should be; 1 error; wrote catalyst.lock"]);
    let locked = project.charts();
    assert!(locked.contains("name: web") && !locked.contains("name: lib"), "{locked}");
    project.check().with(1).says(&["`lib` 1.0.0 from", "is not in `catalyst.lock`"]);
    // Its content is pinned from now on, and it is not fetched again.
    repository.put("web", "1.0.0", chart("web", "1.0.0", "2", ""));
    project.vendor(&[]).with(1).says(&["`lib` 1.0.0 cannot be fetched"]);
    assert_eq!(project.charts(), locked);
    repository.put("lib", "1.0.0", chart("lib", "1.0.0", "1", ""));
    project.vendor(&["bp-hello"]).with(0).says(&["2 charts, 1 fetched"]);
    project.check().with(0);
}

#[test]
fn a_chart_that_cannot_be_had_takes_no_row_from_the_lock() {
    let repository = Repository::with(&[
        ("web", "1.0.0", chart("web", "1.0.0", "1", "")),
        ("lib", "1.0.0", chart("lib", "1.0.0", "1", "")),
    ]);
    let server = repository.start();
    let url = server.url("");
    let project = Project::new(&[("web", "1.0.0", &url), ("lib", "1.0.0", &url)]);
    project.vendor(&[]).with(0);
    let locked = project.charts();
    // One more is asked for, which is nowhere; another one is needed no more, which the next whole run will say.
    project.depend(&[("web", "1.0.0", &url), ("gone", "1.0.0", &url)]);
    project.vendor(&[]).with(1).says(&["`gone` 1.0.0 cannot be fetched"]);
    assert_eq!(project.charts(), locked);
    project.depend(&[("web", "1.0.0", &url)]);
    project.vendor(&[]).with(0).says(&["- lib 1.0.0"]);
}

#[test]
fn one_thing_is_downloaded_once() {
    let web = chart("web", "1.2.0", "1", "");
    let server = Repository::with(&[("web", "1.2.0", web)]).start();
    let url = server.url("");
    let wanted = ["^1", "~1.2", "1.2.0", "v1.2.0", "1.x", ">=1.0.0"].map(|it| ("web", it, url.as_str()));
    let project = Project::new(&wanted);
    project.vendor(&["--jobs", "6"]).with(0).says(&["1 chart, 1 fetched"]);
    assert_eq!((server.count("index"), server.count("tgz")), (1, 1));
    project.check().with(0);

    // Two processes into one store: the second waits, and finds all there.
    let server = Server::start({
        let repository = Repository::with(&[("web", "1.2.0", chart("web", "1.2.0", "2", ""))]);
        move |request| repository.answer(request)
    });
    let url = server.url("");
    let projects = [Project::new(&[("web", "1.2.0", &url)]), Project::new(&[("web", "1.2.0", &url)])];
    let store = tempfile::tempdir().unwrap();
    let args = ["vendor", "--plain-http", "127.0.0.1", "--store", store.path().to_str().unwrap()];
    let both = projects
        .each_ref()
        .map(|it| it.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    for process in both {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!((server.count("index"), server.count("tgz")), (2, 1));
    // With the lock there is nothing left to ask.
    let asked = server.requests().len();
    for project in &projects {
        assert_eq!(project.run(&args).code, 0);
    }
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn an_interrupted_run_leaves_nothing_half() {
    let server = Server::start(|request| match request.path.as_str() {
        "/index.yaml" => Response::ok("entries: {web: [{version: 1.0.0, urls: [web.tgz]}]}"),
        _ => Response::ok(vec![0; 4096]).fault(Fault::Stall(1000)),
    });
    let project = Project::new(&[("web", "1.0.0", &server.url(""))]);
    let before = std::fs::read_to_string(project.at("catalyst.lock")).unwrap();
    let mut command = project.command(&["vendor", "--plain-http", "127.0.0.1"]);
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.count("tgz") == 0 {
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_raw(process.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(project.blobs().is_empty());
    assert_eq!(std::fs::read_to_string(project.at("catalyst.lock")).unwrap(), before);
}

#[test]
fn settings_that_cannot_be_used_are_refused_before_anything_is_asked() {
    let server = Repository::default().start();
    let project = Project::new(&[("web", "1.0.0", &server.url(""))]);
    project.run(&["vendor", "bp-helo"]).with(2).says(&["did you mean `bp-hello`?"]);
    project.vendor(&["--ca-file", "none.pem"]).with(2).says(&["none.pem"]);
    project.write("bad.pem", "no certificate");
    project.vendor(&["--ca-file", "bad.pem"]).with(2).says(&["bad.pem", "no certificate in PEM form"]);
    project.vendor(&["--check", "--accept", "web"]).with(2);
    project.run(&["vendor"]).with(1).says(&["plain HTTP shows", "--plain-http HOST"]);
    assert!(server.requests().is_empty());
    for (repository, why) in [
        ("@stable", "is an alias"),
        ("ftp://x", "has the scheme `ftp`"),
        ("file://../../../../x", "leads out of the project"),
    ] {
        project.depend(&[("web", "1.0.0", repository)]);
        project.vendor(&[]).with(1).says(&["error[chart-unavailable]", why]);
    }
    project.depend(&[("../web", "1.0.0", &server.url(""))]);
    project.vendor(&[]).with(1).says(&["is no name of a chart"]);
}

#[test]
fn a_file_that_cannot_be_read_is_not_passed_over() {
    let project = Project::new(&[]);
    project.vendor(&[]).with(0).says(&["0 charts, none to fetch; catalyst.lock is up to date"]);
    let path = "platform/hello/chart/Chart.yaml";
    for (text, rule) in [("name: [", "yaml-syntax"), ("name: bp-hello\n", "missing-field")] {
        project.write(path, text);
        project.vendor(&[]).with(1).says(&[&format!("error[{rule}]"), path]);
        project.check().with(1).says(&[&format!("error[{rule}]"), path]);
    }
}

#[test]
fn charts_of_the_project_are_packed_and_locked() {
    let project = Project::new(&[
        ("web", "1.x", "file://../../../charts/web"),
        ("lib", "1.0.0", "file://../lib-1.0.0.tgz"),
    ]);
    project.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    project.write("charts/web/templates/a.yaml", "kind: A\n");
    project.write("platform/hello/lib-1.0.0.tgz", chart("lib", "1.0.0", "1", ""));
    project
        .run(&["vendor"])
        .with(0)
        .says(&["+ lib 1.0.0  file://platform/hello/lib-1.0.0.tgz", "+ web 1.0.0  file://charts/web"]);
    project.check().with(0);
    project.write("charts/web/templates/a.yaml", "kind: B\n");
    project.check().with(1).says(&["error[chart-changed]"]);
    project.run(&["vendor"]).with(1).says(&["error[chart-changed]"]);
    project.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.1.0\n");
    project.run(&["vendor"]).with(0).says(&["+ web 1.1.0", "- web 1.0.0"]);
    project.check().with(0);
}

#[test]
fn what_a_folder_ignores_is_no_part_of_its_chart() {
    let project = Project::new(&[("web", "1.x", "file://../../../charts/web")]);
    project.write("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    project.write("charts/web/.helmignore", "ci/\n*.md\n");
    project.write("charts/web/README.md", "one");
    project.vendor(&[]).with(0);
    project.write("charts/web/README.md", "two");
    project.write("charts/web/ci/values.yaml", "a: 1\n");
    project.check().with(0);
    project.write("charts/web/templates/a.yaml", "kind: A\n");
    project.check().with(1);
    project.write("charts/web/.helmignore", "a/**/b\n");
    project.run(&["vendor"]).with(1).says(&["`.helmignore`: `**` in `a/**/b` is no pattern of Helm"]);
}

#[test]
fn no_link_leads_out_of_the_project() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n").unwrap();
    let project = Project::new(&[("web", "1.0.0", "file://../../../charts/web")]);
    project.write("charts/README.md", "");
    std::os::unix::fs::symlink(outside.path(), project.at("charts/web")).unwrap();
    project.run(&["vendor"]).with(1).says(&["error[chart-unavailable]", "a link leads out of the project"]);
}

#[test]
fn a_lock_that_somebody_edited_is_not_believed() {
    let server = Repository::with(&[("web", "1.0.0", chart("web", "1.0.0", "1", ""))]).start();
    let project = Project::new(&[("web", "1.0.0", &server.url(""))]);
    project.vendor(&[]).with(0);
    let good = std::fs::read_to_string(project.at("catalyst.lock")).unwrap();
    let tree = good.lines().find(|it| it.contains("tree:")).unwrap();
    project.write("catalyst.lock", good.replace(tree, &format!("    tree: sha256:{}", "0".repeat(64))));
    project.check().with(1).says(&["error[lock-outdated]", "the files of its archive have another digest"]);
    for (from, to) in [
        ("archive: sha256:", "archive: sha256:../"),
        ("version: 1.0.0\n    source: http", "version: new\n    source: http"),
        ("source: http", "sauce: http"),
    ] {
        project.write("catalyst.lock", good.replace(from, to));
        project.check().with(1).says(&["error[lock-outdated]"]);
        project.vendor(&[]).with(1);
    }
    assert_eq!(server.count("tgz"), 1);
}
