//! Servers on the loopback, for tests of whatever fetches: each request is a value, each answer is what a function makes of it, faults
//! among them. A server ends with its value.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` or another.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request with a body.
    pub fn new(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
        let mut headers: BTreeMap<String, String> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.insert("content-length".to_owned(), body.len().to_string());
        Request { method: method.to_owned(), path: path.to_owned(), headers, body: body.to_vec() }
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers beside the length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What goes wrong on the way.
    pub fault: Fault,
}

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// After so many bytes of the body nothing more comes, until the other side goes.
    Stall(usize),
    /// The length is not said, and the body is repeated without end.
    Endless,
}

impl Response {
    /// A body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Response {
        Response { status: 200, headers: Vec::new(), body: body.into(), fault: Fault::None }
    }

    /// A status with a text.
    pub fn status(status: u16, text: &str) -> Response {
        Response { status, ..Response::ok(text) }
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same, and something goes wrong.
    #[must_use]
    pub fn fault(self, fault: Fault) -> Response {
        Response { fault, ..self }
    }
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Request>>>,
    ends: Arc<AtomicBool>,
}

impl Server {
    /// Starts one on a free port.
    #[expect(clippy::unwrap_used, reason = "a test without its server cannot go on")]
    pub fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (log, ends) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let answer = Arc::new(answer);
        let (its_log, its_end) = (log.clone(), ends.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if its_end.load(Ordering::SeqCst) {
                    return;
                }
                let (answer, log) = (answer.clone(), its_log.clone());
                // A client that goes away in the middle is not the server's trouble.
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, &log, &*answer)));
            }
        });
        Server { address, log, ends }
    }

    /// One that hands everything on to another server, unless `fault` has an answer of its own.
    pub fn before(
        upstream: impl Into<String>,
        fault: impl Fn(&Request) -> Option<Response> + Send + Sync + 'static,
    ) -> Server {
        let upstream = upstream.into();
        Server::start(move |request| match fault(request) {
            Some(response) => response,
            None => ask(&upstream, request)
                .unwrap_or_else(|error| Response::status(502, &format!("upstream: {error}"))),
        })
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of them were for paths that contain this.
    pub fn count(&self, part: &str) -> usize {
        self.requests().iter().filter(|it| it.path.contains(part)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(self.address));
    }
}

/// Answers requests on one connection until the client goes.
fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Request>>,
    answer: &(impl Fn(&Request) -> Response + ?Sized),
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let Some(request) = read(&mut reader)? else { return Ok(()) };
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let response = answer(&request);
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", response.status);
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if response.fault != Fault::Endless {
        head.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    if request.method == "HEAD" {
        return Ok(());
    }
    let body = &response.body;
    match response.fault {
        Fault::None => stream.write_all(body),
        Fault::Cut(at) => stream.write_all(&body[..at.min(body.len())]),
        Fault::Stall(at) => {
            stream.write_all(&body[..at.min(body.len())])?;
            // Ends when the client does.
            reader.read_to_end(&mut Vec::new()).map(drop)
        }
        Fault::Endless => loop {
            stream.write_all(body)?;
        },
    }
}

/// Reads a message up to the end of its body; the first line is its path and method.
fn read(reader: &mut impl std::io::BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (method, path) = (method.to_owned(), path.to_owned());
    let headers = headers(reader)?;
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, path, headers, body }))
}

fn headers(reader: &mut impl std::io::BufRead) -> std::io::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(headers);
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
}

/// The answer of a server to a request.
pub fn ask(upstream: &str, request: &Request) -> std::io::Result<Response> {
    let mut stream = TcpStream::connect(upstream)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    // The older version keeps the answer in one piece.
    let mut head = format!("{} {} HTTP/1.0\r\n", request.method, request.path);
    for (name, value) in request.headers.iter().filter(|(name, _)| name.as_str() != "connection") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&request.body)?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or(502);
    let mut headers = headers(&mut reader)?;
    let length: Option<u64> = headers.remove("content-length").and_then(|it| it.parse().ok());
    headers.remove("connection");
    let mut body = Vec::new();
    if request.method != "HEAD" {
        reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut body)?;
    }
    Ok(Response { status, headers: headers.into_iter().collect(), body, fault: Fault::None })
}
