//! Large blobs against registries on bad days: lines that break, uploads that are half there or forgotten, tokens that end.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use catalyst_bundle::Digest;
use catalyst_bundle::oci::Descriptor;
use catalyst_registry::*;
use catalyst_tests::net::{Fault, Request, Response, Server};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MIB: usize = 1 << 20;

/// A blob of a little more than two pieces.
fn large() -> Arc<Vec<u8>> {
    Arc::new(
        (0..(9 * MIB as u32 / 4 + 5)).flat_map(|it| it.wrapping_mul(2_654_435_761).to_le_bytes()).collect(),
    )
}

fn client(server: &Server) -> Client {
    let settings = Settings {
        plain_http: [server.host()].into(),
        retry: Retry { base: Duration::from_millis(1), ..Retry::default() },
        ..Settings::default()
    };
    Client::new(&settings, Arc::new(NoSecrets), Arc::new(Unobserved)).unwrap()
}

fn repository(server: &Server) -> OciRepository {
    OciRepository::parse(&format!("oci://{}/a/b", server.host())).unwrap()
}

/// What a registry has of an upload, and what was put into it in the end.
#[derive(Default)]
struct Taken {
    upload: Vec<u8>,
    whole: Option<Vec<u8>>,
    uploads: usize,
}

/// A registry that takes uploads. `fault` may answer a piece, the number of which it gets, instead; what it has taken of it is for it to say.
fn taking(
    fault: impl Fn(usize, &Request, &mut Taken) -> Option<Response> + Send + Sync + 'static,
) -> (Server, Arc<Mutex<Taken>>) {
    let taken = Arc::new(Mutex::new(Taken::default()));
    let its = taken.clone();
    let pieces = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let mut taken = its.lock().unwrap();
        let at = format!("/up/{}", taken.uploads);
        let status = |code: u16, taken: &Taken| {
            let range = format!("0-{}", taken.upload.len().max(1) - 1);
            Response::status(code, "").header("Location", at.clone()).header("Range", range)
        };
        match request.method.as_str() {
            "HEAD" if taken.whole.is_some() => Response::ok(""),
            "HEAD" => Response::status(404, ""),
            "POST" => {
                (taken.uploads, taken.upload) = (taken.uploads + 1, Vec::new());
                Response::status(202, "").header("Location", format!("/up/{}", taken.uploads))
            }
            _ if !request.path.starts_with(&at) => Response::status(404, ""),
            "GET" => status(204, &taken),
            "PATCH" => {
                let number = pieces.fetch_add(1, Ordering::SeqCst);
                if let Some(response) = fault(number, request, &mut taken) {
                    return response;
                }
                let range = format!("{}-{}", taken.upload.len(), taken.upload.len() + request.body.len() - 1);
                assert_eq!(request.header("content-range"), range);
                taken.upload.extend(&request.body);
                status(202, &taken)
            }
            _ => {
                taken.upload.extend(&request.body);
                taken.whole = Some(std::mem::take(&mut taken.upload));
                Response::status(201, "")
            }
        }
    });
    (server, taken)
}

fn send(server: &Server, bytes: &Arc<Vec<u8>>) -> Result<(), FetchError> {
    client(server).send_blob(&repository(server), &Digest::of(bytes), &**bytes)
}

/// Nobody hears what is answered.
fn unheard() -> Response {
    Response::status(503, "")
}

#[test]
fn an_upload_goes_on_where_it_broke_off() {
    let whole = large();
    // Of the second piece, it takes all, half of it, or nothing; each time nobody hears the answer.
    for part in [4 * MIB, 2 * MIB + 1, 0] {
        let (server, taken) = taking(move |number, request, taken| {
            (number == 1).then(|| {
                taken.upload.extend(&request.body[..part]);
                unheard()
            })
        });
        send(&server, &whole).unwrap();
        let taken = taken.lock().unwrap();
        assert!(taken.whole.as_ref() == Some(&*whole) && taken.uploads == 1, "{part}");
        let sent: usize = server.requests().iter().map(|it| it.body.len()).sum();
        assert_eq!(sent, whole.len() + 4 * MIB - part, "what is there is not sent again");
    }
    // Nothing of the first one: its place is said as that of one byte.
    let (server, taken) = taking(|number, _, _| (number == 0).then(unheard));
    send(&server, &whole).unwrap();
    assert!(taken.lock().unwrap().whole.as_ref() == Some(&*whole));
}

#[test]
fn an_upload_that_is_forgotten_begins_anew_a_few_times() {
    let whole = large();
    let (server, taken) = taking(|number, _, _| (number == 1).then(|| Response::status(404, "")));
    send(&server, &whole).unwrap();
    let taken = taken.lock().unwrap();
    assert!(taken.whole.as_ref() == Some(&*whole) && taken.uploads == 2);
    let (server, forgetful) = taking(|_, _, _| Some(Response::status(404, "")));
    assert_eq!(send(&server, &whole).unwrap_err().kind, FetchErrorKind::NotFound);
    assert_eq!(forgetful.lock().unwrap().uploads, 3);
}

#[test]
fn a_registry_that_does_not_say_how_far_it_is_gets_all_again() {
    let whole = large();
    let (behind, taken) = taking(|number, _, _| (number == 1).then(unheard));
    let server = Server::before(behind.host(), |it| (it.method == "GET").then(|| Response::status(405, "")));
    send(&server, &whole).unwrap();
    let taken = taken.lock().unwrap();
    assert!(taken.whole.as_ref() == Some(&*whole) && taken.uploads == 2);
}

#[test]
fn a_registry_that_has_what_was_not_sent_is_not_believed() {
    let (server, _) = taking(|number, request, taken| {
        (number == 1).then(|| {
            taken.upload.extend(&request.body);
            taken.upload.push(0);
            unheard()
        })
    });
    assert_eq!(send(&server, &large()).unwrap_err().kind, FetchErrorKind::Malformed);
}

#[test]
fn other_bytes_are_never_said_to_be_all() {
    let (server, taken) = taking(|_, _, _| None);
    let error = client(&server).send_blob(&repository(&server), &Digest::of(b"x"), &*large()).unwrap_err();
    assert_eq!(error.kind, FetchErrorKind::Mismatch);
    assert!(taken.lock().unwrap().whole.is_none() && !server.requests().iter().any(|it| it.method == "PUT"));
}

/// Bytes that nobody can read.
struct Broken;

impl Supply for Broken {
    fn size(&self) -> u64 {
        1
    }

    fn read(&self, _: u64, _: &mut [u8]) -> Result<(), String> {
        Err("the disk is on fire".to_owned())
    }
}

#[test]
fn what_cannot_be_read_or_kept_is_said() {
    let (server, _) = taking(|_, _, _| None);
    let error = client(&server).send_blob(&repository(&server), &Digest::of(b"x"), &Broken).unwrap_err();
    assert!(error.kind == FetchErrorKind::Local && error.text.contains("on fire"), "{error}");

    struct Full;
    impl Keep for Full {
        fn put(&mut self, _: &[u8]) -> Result<(), String> {
            Err("no space left".to_owned())
        }
        fn clear(&mut self) -> Result<(), String> {
            Ok(())
        }
    }
    let server = Server::start(|_| Response::ok("abc"));
    let blob = Descriptor::of("", b"abc");
    let error = client(&server).blob_into(&repository(&server), &blob, &mut Full).unwrap_err();
    assert!(error.kind == FetchErrorKind::Local && error.text.contains("no space left"), "{error}");
    assert_eq!(server.requests().len(), 1, "another try would not help");
}

#[test]
fn a_download_goes_on_as_long_as_it_comes_nearer() {
    // 100 MiB, of which each try brings nine: more tries than are made where nothing comes.
    let whole: Arc<Vec<u8>> = Arc::new(vec![7; 100 * MIB]);
    let served = whole.clone();
    let server = Server::start(move |request| {
        let from = request.header("range").strip_prefix("bytes=").and_then(|it| it.strip_suffix('-'));
        let from: usize = from.map_or(0, |it| it.parse().unwrap());
        let answer = Response { status: if from > 0 { 206 } else { 200 }, ..Response::ok(&served[from..]) };
        answer
            .header("Content-Range", format!("bytes {from}-{}/{}", served.len() - 1, served.len()))
            .fault(Fault::Cut(9 * MIB))
    });
    let blob = Descriptor::of("", &whole);
    let mut bytes = Vec::new();
    client(&server).blob_into(&repository(&server), &blob, &mut bytes).unwrap();
    assert!(bytes == *whole && server.requests().len() == 12);
    // One that brings a byte at a time is given up.
    let server = Server::start(|request| {
        let is_on = !request.header("range").is_empty();
        let from: usize =
            request.header("range").trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        let answer = Response { status: if is_on { 206 } else { 200 }, ..Response::ok(vec![7; 100 - from]) };
        answer.header("Content-Range", format!("bytes {from}-99/100")).fault(Fault::Cut(1))
    });
    let blob = Descriptor::of("", &[7; 100]);
    assert_eq!(
        client(&server).blob(&repository(&server), &blob).unwrap_err().kind,
        FetchErrorKind::Unavailable
    );
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn a_server_that_begins_anew_is_followed() {
    // It does not know how to go on, and sends all of it again.
    let tried = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let fault = if tried.fetch_add(1, Ordering::SeqCst) == 0 { Fault::Cut(2) } else { Fault::None };
        Response::ok("abc").fault(fault)
    });
    let blob = Descriptor::of("", b"abc");
    assert_eq!(client(&server).blob(&repository(&server), &blob).unwrap(), b"abc");
    assert_eq!(server.requests().len(), 2);
}
