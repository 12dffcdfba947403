//! Bytes that others have accepted, keys, and programs that nobody here wrote.

use super::*;
use std::io::Write as _;
use std::process::Command;

const SUBJECT: &str = "63822bbc2a40531f2c8af02ce1f7e4787c2ce33384f5022d9e2a664311815262";
const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7
Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==
-----END PUBLIC KEY-----
";

fn subject() -> Descriptor {
    Descriptor {
        digest: Digest::from_hex(SUBJECT).unwrap(),
        size: 638,
        ..Descriptor::of(media::MANIFEST, b"")
    }
}

fn hex(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

#[test]
fn the_published_vector() {
    let key = published();
    assert_eq!(key.public().to_pem(), PEM);
    assert_eq!(PublicKey::from_pem(PEM).unwrap(), key.public());
    assert_eq!(PublicKey::from_pem(&PEM.replace('\n', "\r\n")).unwrap(), key.public());
    assert_eq!(key.public().id(), "5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4");
    let statement = statement(&subject().digest, COSIGN_SIGN, json!({}));
    assert_eq!(hex(statement.as_bytes()), "b0d5d7be351c1129d42ae000a3766cc67c7b47bcc95458999f050cd8305f1331");
    let pae = pae(statement.as_bytes());
    assert_eq!(hex(&pae), "ee7d6a4862cdca82b0791f2bc91c61b61e4cdb7c6defb25137652de0cba320d3");
    assert_eq!(hex(&key.sign(&pae)), "9511c41609416b6ee19418a937b22d0c7dc5bb3a2e1e9406a396f603d680282a");
    let bundle = bundle(&statement, &key);
    assert_eq!(hex(&bundle), "ff98b924c74af9766792a39f53ecc8dab7148f4e656b94de15f4477d27a9b9bd");
    let manifest = referrer(&bundle, &subject(), COSIGN_SIGN).to_bytes();
    assert_eq!(hex(&manifest), "3b3699980944128be7c6d9598faeb707840c76997027cc1b19a52738d3730712");
    let payload = classic::payload(&subject().digest, "registry.example.invalid/catalyst/sovereign-a");
    assert_eq!(hex(&payload), "f9f57588b957737011f0ae5dcb7e7e7b832315e425567690515f006a58177f81");
    let manifest = classic::signature(&payload, &key).to_bytes();
    assert_eq!(hex(&manifest), "35492662eeaf34860bb681e479e1846eed8b88b9386824f0913d0fa915fda028");

    let keys = [key.public()];
    assert_eq!(verify_bundle(&bundle, &subject().digest, &keys), Ok(key.public()));
    let signature = base64::encode(&key.sign(&payload));
    assert_eq!(verify_classic(&payload, &signature, &subject().digest, &keys), Ok(key.public()));
}

/// OpenSSL verifies what was signed, with the public key as we write it.
#[test]
fn openssl_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let key = key(7);
    let message = pae(b"{}");
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        #[expect(clippy::disallowed_methods, reason = "a file for a program of others")]
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (pem, sig) = (put("key.pub", key.public().to_pem().as_bytes()), put("sig", &key.sign(&message)));
    let verify = |message: &[u8]| {
        #[expect(clippy::disallowed_methods, reason = "a program of others as a referee")]
        let mut openssl = Command::new("openssl");
        openssl.args(["dgst", "-sha256", "-verify"]).arg(&pem).arg("-signature").arg(&sig);
        openssl.arg(put("message", message)).output()
    };
    match verify(&message) {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "REFEREE MISSING: openssl: {error}");
            #[expect(
                clippy::disallowed_methods,
                reason = "whether a referee may be missing is said by the environment"
            )]
            let required = std::env::var("CATALYST_REFEREES").is_ok_and(|value| value == "require");
            assert!(!required, "REFEREE MISSING: openssl: {error}");
            return;
        }
    }
    assert!(!verify(b"other").unwrap().status.success());
}

fn random(salt: u8) -> [u8; 88] {
    std::array::from_fn(|at| (at as u8).wrapping_mul(37).wrapping_add(salt))
}

#[test]
fn keys_are_kept_as_cosign_keeps_them() {
    let (key, file) = keygen(&random(3), b"password").unwrap();
    assert!(file.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n") && !file.contains('\r'));
    let open = |text: &str, password: &[u8]| PrivateKey::from_file(text, password).map(|it| it.public());
    assert_eq!(open(&file, b"password"), Ok(key.public()));
    assert_eq!(open(&file.replace('\n', "\r\n"), b"password"), Ok(key.public()));
    assert_eq!(open(&file.replace("SIGSTORE", "COSIGN"), b"password"), Ok(key.public()));
    assert_eq!(open(&file, b"passwore").unwrap_err(), KeyError::Password);
    assert_eq!(open(&file, b"").unwrap_err(), KeyError::Password);
    assert_eq!(open(&file.replace("SIGSTORE ", ""), b"password").unwrap_err(), KeyError::NotPrivate);
    assert_eq!(open(PEM_OF_NOTHING, b"").unwrap_err(), KeyError::NotPrivate);
    assert_eq!(keygen(&[0; 88], b"").unwrap_err(), KeyError::Randomness);
}

const PEM_OF_NOTHING: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

/// A key file that decides how much memory it takes to open it.
#[test]
fn other_costs_are_refused_before_they_are_paid() {
    let (_, file) = keygen(&random(4), b"").unwrap();
    let body: String = file.lines().filter(|line| !line.starts_with("--")).collect();
    let json: Value = serde_json::from_slice(&base64::decode(&body).unwrap()).unwrap();
    for (name, value) in [("N", 1 << 30), ("N", 2), ("N", 65_537), ("r", 1 << 20), ("p", 1 << 20)] {
        let mut json = json.clone();
        json["kdf"]["params"][name] = value.into();
        let bytes = json.to_string();
        let pem = p256::pkcs8::der::pem::encode_string(
            "ENCRYPTED SIGSTORE PRIVATE KEY",
            p256::pkcs8::LineEnding::LF,
            bytes.as_bytes(),
        );
        let refused = PrivateKey::from_file(&pem.unwrap(), b"").unwrap_err();
        assert_eq!(refused, KeyError::Parameters, "{name}={value}");
    }
}
