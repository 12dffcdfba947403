//! A registry that nobody here wrote, on loopback, and the few requests that put artefacts into it.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// docker-registry, which has no referrers API: signatures are found by the fallback tag.
pub(crate) struct Registry {
    child: Child,
    pub(crate) host: String,
    _folder: tempfile::TempDir,
}

impl Registry {
    /// Starts it; `None` when it is not installed.
    pub(crate) fn start() -> Option<Registry> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"127.0.0.1:0\"}}\n",
            folder.path().join("data").display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&config).env_clear().stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().ok()?;
        // It says which port it was given.
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let host = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "docker-registry ended");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split('"').next().unwrap().trim().to_owned();
            }
        };
        // Somebody has to read what it says, or it stops when the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Some(Registry { child, host, _folder: folder })
    }

    /// Puts a blob.
    pub(crate) fn put_blob(&self, repository: &str, digest: &str, bytes: &[u8]) {
        let (status, head, _) = self.request("POST", &format!("/v2/{repository}/blobs/uploads/"), "", b"");
        assert_eq!(status, 202, "{head}");
        let location = head.lines().find_map(|it| it.strip_prefix("Location: ")).unwrap().trim();
        let path = location.split_once(&self.host).map_or(location, |(_, path)| path);
        let end = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{end}digest={digest}");
        let (status, head, _) = self.request("PUT", &path, "application/octet-stream", bytes);
        assert_eq!(status, 201, "{head}");
    }

    /// Puts a manifest under a tag or its digest.
    pub(crate) fn put_manifest(&self, repository: &str, reference: &str, media_type: &str, bytes: &[u8]) {
        let path = format!("/v2/{repository}/manifests/{reference}");
        let (status, head, body) = self.request("PUT", &path, media_type, bytes);
        assert_eq!(status, 201, "{head}{}", String::from_utf8_lossy(&body));
    }

    /// A manifest or index as JSON.
    pub(crate) fn manifest(&self, repository: &str, reference: &str) -> Value {
        let (status, head, body) =
            self.request("GET", &format!("/v2/{repository}/manifests/{reference}"), "", b"");
        assert_eq!(status, 200, "{head}");
        serde_json::from_slice(&body).unwrap()
    }

    /// The bytes of a blob.
    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Vec<u8> {
        let (status, head, body) = self.request("GET", &format!("/v2/{repository}/blobs/{digest}"), "", b"");
        assert_eq!(status, 200, "{head}");
        body
    }

    fn request(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {media_type}\r\n\
             Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json\r\n\
             Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
        (status, head, answer[end + 4..].to_vec())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
