//! The client against servers that behave as real ones do on bad days.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use catalyst_bundle::Digest;
use catalyst_bundle::oci::{Descriptor, Manifest, media};
use catalyst_registry::*;
use catalyst_tests::net::{Fault, Request, Response, Server};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// No archive: the client does not look inside.
fn archive() -> Vec<u8> {
    (0..5000_u32).flat_map(u32::to_le_bytes).collect()
}

fn nothing(_: &Digest) -> Option<Vec<u8>> {
    None
}

/// Settings under which a test fails soon: pauses of a millisecond, a tenth of a second without a byte.
fn settings(hosts: &[&Server]) -> Settings {
    Settings {
        plain_http: hosts.iter().map(|it| it.host()).collect(),
        retry: Retry { base: Duration::from_millis(1), ..Retry::default() },
        idle: Duration::from_millis(100),
        ..Settings::default()
    }
}

fn client(hosts: &[&Server]) -> Client {
    Client::new(&settings(hosts), Arc::new(NoSecrets), Arc::new(Unobserved)).unwrap()
}

/// A name and a password for every source.
struct Known;

impl Secrets for Known {
    fn of_registry(&self, _: &str) -> Result<Option<Credential>, String> {
        Ok(Some(Credential::Basic { user: "me".into(), password: "x".into() }))
    }
    fn of_repository(&self, _: &Url) -> Result<Option<Credential>, String> {
        self.of_registry("")
    }
}

/// What [`Known`] sends.
const BASIC: &str = "Basic bWU6eA==";

fn knowing(hosts: &[&Server]) -> Client {
    Client::new(&settings(hosts), Arc::new(Known), Arc::new(Unobserved)).unwrap()
}

fn index(digest: &str, url: &str) -> String {
    format!("apiVersion: v1\nentries:\n  web:\n  - version: 1.2.0\n    digest: {digest}\n    urls: [{url}]\n")
}

/// A chart repository: an index, and what `of_archive` answers for the archive.
fn repository(of_archive: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/charts/index.yaml" => Response::ok(index(&Digest::of(&archive()).hex(), "web-1.2.0.tgz")),
        "/charts/web-1.2.0.tgz" => of_archive(request),
        _ => Response::status(404, "no"),
    })
}

fn source(server: &Server) -> Source {
    Source::parse(&server.url("/charts")).unwrap()
}

fn get(client: &Client, source: &Source) -> Result<Fetched, FetchError> {
    client.offer(source, "web", "^1").and_then(|offer| client.fetch(&offer, &nothing))
}

fn kind(result: Result<Fetched, FetchError>) -> FetchErrorKind {
    result.unwrap_err().kind
}

#[test]
fn a_chart_comes_with_its_digest() {
    let server = repository(|_| Response::ok(archive()));
    let fetched = get(&client(&[&server]), &source(&server)).unwrap();
    assert_eq!((fetched.archive, fetched.digest), (archive(), Digest::of(&archive())));
}

#[test]
fn what_somebody_has_is_not_asked_for() {
    let server = repository(|_| Response::ok(archive()));
    let client = client(&[&server]);
    let offer = client.offer(&source(&server), "web", "^1").unwrap();
    let fetched = client.fetch(&offer, &|it| (*it == Digest::of(&archive())).then(archive)).unwrap();
    assert_eq!((fetched.archive, fetched.received, server.count("tgz")), (archive(), 0, 0));
    assert_eq!(client.fetch(&offer, &nothing).unwrap().received, 20_000);
    let server = Server::start(registry);
    let client = self::client(&[&server]);
    let offer = client.offer(&charts(&server), "web", "1.2.0+b.1").unwrap();
    let fetched = client.fetch(&offer, &|it| (*it == Digest::of(&archive())).then(archive)).unwrap();
    let (manifest, [config, _]) = artifact();
    assert_eq!(fetched.received as usize, manifest.len() + config.len());
    assert_eq!(server.count("/blobs/"), 1);
}

#[test]
fn what_is_not_there_is_said_by_whom() {
    let server = repository(|_| Response::status(404, "gone fishing"));
    let client = client(&[&server]);
    let error = client.offer(&source(&server), "other", "^1").unwrap_err();
    assert!(error.kind == FetchErrorKind::NotFound && error.text.contains("no chart `other`"), "{error}");
    let error = client.offer(&source(&server), "web", "^2").unwrap_err();
    assert!(error.text.contains("none of its 1 versions of `web` is `^2`"), "{error}");
    let error = get(&client, &source(&server)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::NotFound);
    assert!(error.text.contains("gone fishing") && error.what.ends_with("web-1.2.0.tgz"), "{error}");
    assert_eq!(server.count("tgz"), 1, "an answer that will not change is not asked for again");
    assert_eq!(server.count("index.yaml"), 1, "an index is asked for once");
}

#[test]
fn what_fails_for_a_moment_is_tried_again() {
    for fault in [
        Response::status(500, ""),
        Response::status(503, "").header("Retry-After", "0"),
        Response::status(429, "slow down").header("Retry-After", "0"),
        Response::ok(archive()).fault(Fault::Cut(0)),
        Response::ok(archive()).fault(Fault::Cut(7000)),
        Response::ok(archive()).fault(Fault::Stall(7000)),
    ] {
        let first = fault.clone();
        let asked = AtomicUsize::new(0);
        let server = repository(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => first.clone(),
            _ => Response::ok(archive()),
        });
        let fetched = get(&client(&[&server]), &source(&server));
        assert_eq!(fetched.map(|it| it.archive), Ok(archive()), "{:?} {:?}", fault.status, fault.fault);
        assert_eq!(server.count("tgz"), 3);
    }
}

#[test]
fn what_goes_on_failing_is_given_up() {
    let server = repository(|_| Response::status(502, "<html>bad gateway</html>"));
    let error = get(&client(&[&server]), &source(&server)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Unavailable);
    assert!(
        error.text.contains("502") && error.text.ends_with("5 times") && !error.text.contains('<'),
        "{error}"
    );
    assert_eq!(server.count("tgz"), 5);

    let server = repository(|_| Response::status(429, "").header("Retry-After", "7200"));
    let error = get(&client(&[&server]), &source(&server)).unwrap_err();
    assert!(error.text.contains("come back in 7200 s"), "{error}");
    assert_eq!(server.count("tgz"), 1, "nobody waits two hours");
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let server = repository(|request| {
        let from = request.header("range").strip_prefix("bytes=").and_then(|it| it.strip_suffix('-'));
        let from: usize = from.map_or(0, |it| it.parse().unwrap());
        let body = &archive()[from..];
        let answer =
            if from == 0 { Response::ok(body) } else { Response { status: 206, ..Response::ok(body) } };
        let range = format!("bytes {from}-19999/20000");
        let answer = answer.header("ETag", "\"one\"").header("Content-Range", range);
        if from < 14_000 { answer.fault(Fault::Cut(7000)) } else { answer }
    });
    assert_eq!(get(&client(&[&server]), &source(&server)).unwrap().archive, archive());
    let ranges: Vec<String> =
        server.requests().iter().skip(1).map(|it| it.header("range").to_owned()).collect();
    assert_eq!(ranges, ["", "bytes=7000-", "bytes=14000-"]);
    assert!(server.requests().iter().skip(2).all(|it| it.header("if-range") == "\"one\""));
}

#[test]
fn a_range_at_another_place_is_not_taken() {
    let server = repository(|request| match request.header("range") {
        "" if request.header("x").is_empty() => Response::ok(archive()).fault(Fault::Cut(7000)),
        _ => Response { status: 206, ..Response::ok(&archive()[6000..]) }
            .header("Content-Range", "bytes 6000-19999/20000"),
    });
    assert_eq!(kind(get(&client(&[&server]), &source(&server))), FetchErrorKind::Unavailable);
}

#[test]
fn other_bytes_than_promised_are_refused_with_both_digests() {
    let server = repository(|_| Response::ok("other"));
    let error = get(&client(&[&server]), &source(&server)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Mismatch);
    for digest in [Digest::of(b"other"), Digest::of(&archive())] {
        assert!(error.text.contains(&digest.to_string()), "{error}");
    }
}

#[test]
fn nothing_is_read_without_end() {
    let endless = |status| Response::status(status, &"x".repeat(1 << 16)).fault(Fault::Endless);
    let limits = Limits { index: 1 << 20, archive: 1 << 20 };
    let small = |server: &Server| {
        let settings = Settings { limits, ..settings(&[server]) };
        Client::new(&settings, Arc::new(NoSecrets), Arc::new(Unobserved)).unwrap()
    };
    let server = repository(move |_| endless(200));
    assert_eq!(kind(get(&small(&server), &source(&server))), FetchErrorKind::TooLarge);
    let server = Server::start(move |_| endless(200));
    assert_eq!(kind(get(&small(&server), &source(&server))), FetchErrorKind::TooLarge);
    let server = Server::start(move |_| endless(400));
    assert_eq!(kind(get(&small(&server), &source(&server))), FetchErrorKind::Refused);
    let server = repository(|_| Response::ok(vec![0; 2 << 20]));
    assert_eq!(kind(get(&small(&server), &source(&server))), FetchErrorKind::TooLarge);
    let server = Server::start(move |_| endless(200));
    let registry = Source::parse(&format!("oci://{}/charts", server.host())).unwrap();
    for wanted in ["1.2.0", "^1"] {
        let client = small(&server);
        let result = client.offer(&registry, "web", wanted).and_then(|it| client.fetch(&it, &nothing));
        assert_eq!(kind(result), FetchErrorKind::TooLarge, "{wanted}");
    }
}

#[test]
fn plain_http_is_spoken_to_nobody_who_was_not_named() {
    let server = repository(|_| Response::ok(archive()));
    let error = get(&client(&[]), &source(&server)).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Insecure);
    assert!(error.help().unwrap().contains("--plain-http"));
    assert!(server.requests().is_empty());
}

#[test]
fn credentials_stay_with_the_host_they_are_for() {
    let elsewhere = Server::start(|_| Response::ok(archive()));
    let to = elsewhere.url("/cdn/web.tgz");
    let server = repository(move |_| Response::status(302, "").header("Location", to.clone()));
    assert!(get(&knowing(&[&server, &elsewhere]), &source(&server)).is_ok());
    assert!(server.requests().iter().all(|it| it.header("authorization") == BASIC));
    assert!(elsewhere.requests().iter().all(|it| it.header("authorization").is_empty()));
    assert_eq!(elsewhere.requests().len(), 1);

    // The index may name another host outright.
    let to = elsewhere.url("/cdn/web.tgz");
    let server = Server::start(move |_| Response::ok(index(&Digest::of(&archive()).hex(), &to)));
    assert!(get(&knowing(&[&server, &elsewhere]), &source(&server)).is_ok());
    assert!(elsewhere.requests().iter().all(|it| it.header("authorization").is_empty()));
}

#[test]
fn redirects_end_and_lead_to_no_other_scheme() {
    let server = repository(|_| Response::status(302, "").header("Location", "web-1.2.0.tgz"));
    assert_eq!(kind(get(&client(&[&server]), &source(&server))), FetchErrorKind::Refused);
    assert_eq!(server.count("tgz"), 6);
    for to in ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://127.0.0.1:9/x"] {
        let server = repository(move |_| Response::status(302, "").header("Location", to));
        assert_eq!(kind(get(&client(&[&server]), &source(&server))), FetchErrorKind::Insecure, "{to}");
    }
}

#[test]
fn who_is_asked_for_a_name_says_so() {
    let server = Server::start(|request| match request.header("authorization") {
        BASIC => Response::ok(index(&Digest::of(&archive()).hex(), "a.tgz")),
        _ => Response::status(401, "").header("WWW-Authenticate", "Basic realm=\"charts\""),
    });
    let error = get(&client(&[&server]), &source(&server)).unwrap_err();
    assert!(error.kind == FetchErrorKind::Unauthorized && error.text.contains("none are known"), "{error}");
    assert!(knowing(&[&server]).offer(&source(&server), "web", "1.2.0").is_ok());
    let server = Server::start(|_| Response::status(403, "not you"));
    assert_eq!(kind(get(&knowing(&[&server]), &source(&server))), FetchErrorKind::Unauthorized);
    assert_eq!(server.requests().len(), 1);
}

/// Asks to stop from some moment on.
#[derive(Default)]
struct Stopping(AtomicBool);

impl Observer for Stopping {
    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
    fn received(&self, _: &str, _: u64, _: Option<u64>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn whoever_asks_to_stop_is_heard_while_nothing_comes() {
    let server = Server::start(|_| Response::ok("entries: {}").fault(Fault::Stall(3)));
    // Without the stop this would wait for an hour.
    let settings = Settings { idle: Duration::from_secs(3600), ..settings(&[&server]) };
    let client = Client::new(&settings, Arc::new(NoSecrets), Arc::new(Stopping::default())).unwrap();
    assert_eq!(kind(get(&client, &source(&server))), FetchErrorKind::Cancelled);
}

#[test]
fn an_index_is_asked_for_once_by_all() {
    let server = repository(|_| Response::ok(archive()));
    let client = client(&[&server]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(client.offer(&source(&server), "web", "1.2.0").is_ok()));
        }
    });
    assert_eq!(server.requests().len(), 1);
}

/// A chart as an artifact: manifest and blobs.
fn artifact() -> (Vec<u8>, [Vec<u8>; 2]) {
    let config = br#"{"name":"web","version":"1.2.0"}"#.to_vec();
    let manifest = Manifest::new(
        Descriptor::of(media::HELM_CONFIG, &config),
        Descriptor::of(media::HELM_CHART, &archive()),
    );
    (manifest.to_bytes(), [config, archive()])
}

fn manifest_of(bytes: Vec<u8>) -> Response {
    Response::ok(bytes).header("Content-Type", media::MANIFEST)
}

/// What a registry answers for `charts/web`.
fn registry(request: &Request) -> Response {
    let (manifest, blobs) = artifact();
    let Some(rest) = request.path.strip_prefix("/v2/charts/web/") else { return Response::status(404, "") };
    if rest == "manifests/1.2.0_b.1" || rest == format!("manifests/{}", Digest::of(&manifest)) {
        return manifest_of(manifest);
    }
    if let Some(query) = rest.strip_prefix("tags/list?n=1000") {
        // Two pages; what is no tag is left out.
        return match query {
            "" => Response::ok(r#"{"name": "charts/web", "tags": ["1.1.0", "1.2.0_b.1", "../x"]}"#)
                .header("Link", "<x>; rel=\"next\""),
            "&last=1.2.0_b.1" => Response::ok(r#"{"tags": ["latest", "v0.9.0"]}"#),
            _ => Response::status(400, ""),
        };
    }
    let blob = blobs.into_iter().find(|it| rest == format!("blobs/{}", Digest::of(it)));
    blob.map_or_else(
        || Response::status(404, r#"{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "unknown"}]}"#),
        Response::ok,
    )
}

fn charts(server: &Server) -> Source {
    Source::parse(&format!("oci://{}/charts", server.host())).unwrap()
}

fn pull(client: &Client, server: &Server, wanted: &str) -> Result<Fetched, FetchError> {
    client.offer(&charts(server), "web", wanted).and_then(|it| client.fetch(&it, &nothing))
}

#[test]
fn an_artifact_comes_whole() {
    let server = Server::start(registry);
    let client = client(&[&server]);
    for wanted in ["^1", "1.2.0+b.1", "v1.2.0+b.1"] {
        let fetched = pull(&client, &server, wanted).unwrap();
        let (manifest, [config, archive]) = artifact();
        assert_eq!(fetched.archive, archive, "{wanted}");
        let artifact = fetched.artifact.unwrap();
        assert_eq!((artifact.descriptor.digest, &artifact.manifest), (Digest::of(&manifest), &manifest));
        assert_eq!(artifact.blobs.into_values().collect::<Vec<_>>(), [config]);
    }
    assert_eq!(kind(pull(&client, &server, "1.3.0")), FetchErrorKind::NotFound);
    let error = client.offer(&charts(&server), "web", "^3").unwrap_err();
    assert!(error.text.contains("none of its 4 tags"), "{error}");
}

#[test]
fn a_registry_that_lies_is_not_believed() {
    let (manifest, _) = artifact();
    let digest = Digest::of(&manifest);
    let two = |media_type| {
        let layer = Descriptor::of(media_type, &archive());
        let mut it = Manifest::new(Descriptor::of(media::HELM_CONFIG, b"{}"), layer.clone());
        it.layers.push(layer);
        it.to_bytes()
    };
    let huge = {
        let mut layer = Descriptor::of(media::HELM_CHART, &archive());
        layer.size = u64::MAX;
        Manifest::new(layer.clone(), layer).to_bytes()
    };
    let foreign = String::from_utf8(manifest.clone()).unwrap().replacen(
        "\"size\"",
        "\"urls\":[\"http://127.0.0.1:9/\"],\"size\"",
        1,
    );
    let cases: Vec<(&str, Response, FetchErrorKind)> = vec![
        (
            "another digest",
            manifest_of(manifest.clone()).header("Docker-Content-Digest", Digest::of(b"x").to_string()),
            FetchErrorKind::Mismatch,
        ),
        (
            "an index",
            Response::ok(manifest.clone()).header("Content-Type", media::INDEX),
            FetchErrorKind::Malformed,
        ),
        ("a page", Response::ok("<html>").header("Content-Type", "text/html"), FetchErrorKind::Malformed),
        ("two charts", manifest_of(two(media::HELM_CHART)), FetchErrorKind::Malformed),
        ("layers of something else", manifest_of(two("application/x")), FetchErrorKind::Malformed),
        ("more than fits", manifest_of(huge), FetchErrorKind::TooLarge),
        ("content from elsewhere", manifest_of(foreign.into_bytes()), FetchErrorKind::Malformed),
        ("half of it", manifest_of(manifest[..200].to_vec()), FetchErrorKind::Malformed),
    ];
    for (what, response, wanted) in cases {
        let server = Server::start(move |request| match request.path.contains("/manifests/") {
            true => response.clone(),
            false if request.path.contains(&Digest::of(b"{}").to_string()) => Response::ok("{}"),
            false => registry(request),
        });
        assert_eq!(kind(pull(&client(&[&server]), &server, "1.2.0+b.1")), wanted, "{what}");
    }
    for body in [archive()[1..].to_vec(), vec![0; archive().len()]] {
        let server =
            Server::start(move |request| match request.path.contains(&Digest::of(&archive()).to_string()) {
                true => Response::ok(body.clone()),
                false => registry(request),
            });
        assert_eq!(kind(pull(&client(&[&server]), &server, "1.2.0+b.1")), FetchErrorKind::Mismatch);
    }
    // By digest there is nothing to lie about.
    let server = Server::start(move |request| match request.path.ends_with(&digest.to_string()) {
        true => manifest_of(b"{}".to_vec()),
        false => registry(request),
    });
    let reference = OciReference::parse(&format!("oci://{}/charts/web@{digest}", server.host())).unwrap();
    let offer =
        Offer { name: "web".into(), version: "1.2.0".into(), place: Place::Artifact(vec![reference]) };
    assert_eq!(kind(client(&[&server]).fetch(&offer, &nothing)), FetchErrorKind::Mismatch);
}

#[test]
fn tags_without_end_are_given_up() {
    let server = Server::start(|request| {
        let page = request.path.len() + request.path.bytes().map(usize::from).sum::<usize>();
        Response::ok(format!(r#"{{"tags": ["1.0.{page}-{}"]}}"#, request.path.len()))
            .header("Link", "<x>; rel=\"next\"")
    });
    assert!(matches!(
        kind(pull(&client(&[&server]), &server, "^1.0.0-0")),
        FetchErrorKind::Malformed | FetchErrorKind::NotFound
    ));
    assert!(server.requests().len() <= 502);
    // The same page again and again is one page.
    let server =
        Server::start(|_| Response::ok(r#"{"tags": ["0.1.0"]}"#).header("Link", "<x>; rel=\"next\""));
    assert_eq!(kind(pull(&client(&[&server]), &server, "^1")), FetchErrorKind::NotFound);
    assert_eq!(server.requests().len(), 2);
}

/// A registry that sells tokens, each good for `uses` requests, to whoever says [`BASIC`] or to anybody.
fn guarded(is_open: bool, uses: usize) -> Server {
    let sold = AtomicUsize::new(0);
    let used = AtomicUsize::new(0);
    Server::start(move |request| {
        let authorization = request.header("authorization");
        if let Some(query) = request.path.strip_prefix("/token?") {
            let asked: BTreeSet<&str> = query.split('&').collect();
            let is_right =
                asked == BTreeSet::from(["scope=repository%3Acharts%2Fweb%3Apull", "service=here"]);
            if !is_right || !(is_open || authorization == BASIC) {
                return Response::status(401, "");
            }
            used.store(0, Ordering::SeqCst);
            return Response::ok(format!(
                r#"{{"access_token": "t{}"}}"#,
                sold.fetch_add(1, Ordering::SeqCst) + 1
            ));
        }
        let good = format!("Bearer t{}", sold.load(Ordering::SeqCst));
        if authorization == good && used.fetch_add(1, Ordering::SeqCst) < uses {
            return registry(request);
        }
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"here\"", request.header("host"));
        Response::status(401, "").header("WWW-Authenticate", realm)
    })
}

#[test]
fn tokens_are_bought_and_used_until_they_end() {
    let server = guarded(true, usize::MAX);
    assert!(pull(&client(&[&server]), &server, "^1").is_ok());
    assert_eq!(server.count("/token"), 1);
    let server = guarded(false, 2);
    assert!(pull(&knowing(&[&server]), &server, "^1").is_ok());
    assert_eq!(server.count("/token"), 3, "two pages of tags, a manifest, two blobs");
    let server = guarded(false, usize::MAX);
    assert_eq!(kind(pull(&client(&[&server]), &server, "^1")), FetchErrorKind::Unauthorized);
    // A token that is never good is bought once for each question.
    let server = guarded(true, 0);
    assert_eq!(kind(pull(&client(&[&server]), &server, "^1")), FetchErrorKind::Unauthorized);
    assert_eq!(server.count("/token"), 1);
}

/// A token that buys others, or the reason why there is none.
struct Identified(Result<&'static str, &'static str>);

impl Secrets for Identified {
    fn of_registry(&self, _: &str) -> Result<Option<Credential>, String> {
        self.0.map(|token| Some(Credential::Identity(token.into()))).map_err(str::to_owned)
    }
    fn of_repository(&self, _: &Url) -> Result<Option<Credential>, String> {
        Ok(None)
    }
}

#[test]
fn an_identity_is_sent_as_a_form() {
    let server = Server::start(|request| match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/token") => {
            let body = String::from_utf8_lossy(&request.body);
            let is_right = body.contains("grant_type=refresh_token") && body.contains("refresh_token=a%26b");
            if is_right { Response::ok(r#"{"token": "t"}"#) } else { Response::status(400, "") }
        }
        _ if request.header("authorization") == "Bearer t" => registry(request),
        _ => {
            let realm = format!("Bearer realm=\"http://{}/token\"", request.header("host"));
            Response::status(401, "").header("WWW-Authenticate", realm)
        }
    });
    let client = |secret| {
        Client::new(&settings(&[&server]), Arc::new(Identified(secret)), Arc::new(Unobserved)).unwrap()
    };
    assert!(pull(&client(Ok("a&b")), &server, "1.2.0+b.1").is_ok());
    let error = pull(&client(Err("the helper does not answer")), &server, "1.2.0+b.1").unwrap_err();
    assert!(error.kind == FetchErrorKind::Unauthorized && error.text.contains("does not answer"), "{error}");
}

#[test]
fn an_identity_is_not_sent_on_to_another_place() {
    let elsewhere = Server::start(|_| Response::ok(r#"{"token": "t"}"#));
    let to = elsewhere.url("/token");
    let server = Server::start(move |request| match request.path.as_str() {
        "/token" => Response::status(307, "").header("Location", to.clone()),
        _ => {
            let realm = format!("Bearer realm=\"http://{}/token\"", request.header("host"));
            Response::status(401, "").header("WWW-Authenticate", realm)
        }
    });
    let secrets = Arc::new(Identified(Ok("secret")));
    let client = Client::new(&settings(&[&server, &elsewhere]), secrets, Arc::new(Unobserved)).unwrap();
    assert!(pull(&client, &server, "1.2.0").is_err());
    assert!(elsewhere.requests().is_empty());
}
