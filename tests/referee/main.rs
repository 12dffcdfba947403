//! Programs that nobody here wrote judge our signatures, and we judge theirs: cosign 2 and 3, skopeo, docker-registry. One that is
//! missing is said loudly; where the environment says `CATALYST_REFEREES=require` it is a failure.
#![expect(clippy::disallowed_methods, reason = "the referees are other programs, with files of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use catalyst_bundle::Digest;
use catalyst_bundle::archive::{File, TarError};
use catalyst_bundle::oci::{Content, Index, Layout, REF_NAME, media};
use catalyst_bundle::release::*;
use catalyst_sign::*;
use catalyst_source::TreePath;
use catalyst_tests::registry::{Registry, cosigns, missing, program};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

const PASSWORD: &str = "a password of the tests";

/// Runs a referee in a folder, with nothing of this environment but where programs are.
fn run(folder: &Path, program: impl AsRef<OsStr>, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_clear().env("HOME", folder).env("COSIGN_PASSWORD", PASSWORD);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.output().unwrap()
}

fn passes(output: &Output) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    text
}

fn release() -> Layout {
    let tree = [(TreePath::new("snapshots/omantel/a.yaml").unwrap(), File::new("kind: A\n"))].into();
    let contents = Contents {
        header: Header {
            line: "stable".to_owned(),
            sovereign: "omantel".to_owned(),
            domain: "t40.omani.works".to_owned(),
            sequence: 7,
            previous: None,
            created: rfc3339(0),
            tool: "catalystc 0.1.0".to_owned(),
        },
        artifacts: vec![Artifact { name: "clusters".to_owned(), files: tree }],
        blueprints: Vec::new(),
        carried: Vec::new(),
        closure: Closure::default(),
        origin: Origin::default(),
    };
    assemble(&contents).unwrap()
}

fn made_key() -> (PrivateKey, String) {
    let random = std::array::from_fn(|at| (at as u8).wrapping_mul(73).wrapping_add(5));
    keygen(&random, PASSWORD.as_bytes()).unwrap()
}

/// A signed release, and its first artefact in a registry: with both signatures, or without any.
struct Scene {
    folder: tempfile::TempDir,
    registry: Registry,
    digest: Digest,
    reference: String,
}

const REPOSITORY: &str = "omantel/clusters";

impl Scene {
    fn new(is_signed: bool) -> Option<Scene> {
        let folder = tempfile::tempdir().unwrap();
        let (key, file) = made_key();
        std::fs::write(folder.path().join("ours.key"), file).unwrap();
        std::fs::write(folder.path().join("ours.pub"), key.public().to_pem()).unwrap();
        let registry = Registry::plain()?;
        let signers = Signers { release: &key, index: &key, attest: None };
        let layout = sign(release(), None, &signers).unwrap();
        let release = Release::read(&layout, None).unwrap();
        let item = &release.items[0];
        let digest = item.descriptor.digest;
        let put = |manifest: &catalyst_bundle::oci::Manifest, reference: &str| {
            for blob in manifest.blobs() {
                registry.put_blob(REPOSITORY, &layout.blobs[&blob.digest]);
            }
            registry.put_manifest(REPOSITORY, reference, media::MANIFEST, &manifest.to_bytes());
        };
        put(item.manifest.as_ref().unwrap(), "7");
        if is_signed {
            let mut fallback = Index::default();
            for it in release.attached.iter().filter(|it| it.about == digest) {
                match it.descriptor.annotations.get(REF_NAME) {
                    Some(tag) => put(&it.manifest, tag.rsplit_once(':').unwrap().1),
                    None => {
                        put(&it.manifest, &it.descriptor.digest.to_string());
                        fallback.manifests.push(it.descriptor.clone());
                    }
                }
            }
            let tag = format!("sha256-{}", digest.hex());
            registry.put_manifest(REPOSITORY, &tag, media::INDEX, &fallback.to_bytes());
        }
        let reference = format!("{}/{REPOSITORY}@{digest}", registry.host);
        Some(Scene { folder, registry, digest, reference })
    }

    fn cosign(&self, cosign: &Path, args: &[&str]) -> Output {
        let common = ["--allow-http-registry", self.reference.as_str()];
        run(self.folder.path(), cosign, &[args, &common].concat())
    }
}

/// The encodings: for the newer one, cosign 2 wants to know whom it trusts for logs and times, of which there are none here.
const FORMS: [&[&str]; 2] =
    [&["--new-bundle-format=true", "--trusted-root=root.json"], &["--new-bundle-format=false"]];
const ROOT: &str = r#"{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;

#[test]
fn cosign_verifies_what_is_signed_here() {
    for cosign in cosigns() {
        let Some(scene) = Scene::new(true) else { return };
        std::fs::write(scene.folder.path().join("root.json"), ROOT).unwrap();
        let verify = |key: &str, form: &[&str]| {
            scene.cosign(&cosign, &[&["verify", "--key", key, "--insecure-ignore-tlog"], form].concat())
        };
        passes(&run(scene.folder.path(), &cosign, &["generate-key-pair"]));
        for form in FORMS {
            assert!(passes(&verify("ours.pub", form)).contains(&scene.digest.to_string()), "{form:?}");
            assert!(!verify("cosign.pub", form).status.success(), "{form:?}: another key");
        }
    }
}

#[test]
fn what_cosign_signs_is_verified_here_and_keys_are_shared() {
    for cosign in cosigns() {
        let Some(scene) = Scene::new(false) else { return };
        passes(&run(scene.folder.path(), &cosign, &["generate-key-pair"]));
        let read = |name: &str| std::fs::read_to_string(scene.folder.path().join(name)).unwrap();
        let public = PublicKey::from_pem(&read("cosign.pub")).unwrap();
        let private = PrivateKey::from_file(&read("cosign.key"), PASSWORD.as_bytes()).unwrap();
        assert_eq!(private.public(), public, "a key that cosign made");
        assert!(PrivateKey::from_file(&read("cosign.key"), b"other").is_err());

        let (ours, _) = made_key();
        let offline = ["--tlog-upload=false", "--use-signing-config=false"];
        let sign = |key: &str, form: &str| {
            let form = format!("--new-bundle-format={form}");
            passes(&scene.cosign(&cosign, &[&["sign", "-y", "--key", key, &form], &offline[..]].concat()))
        };
        // One encoding with the key that we made, the other with the one that cosign made.
        sign("ours.key", "true");
        sign("cosign.key", "false");
        let tag = format!("sha256-{}", scene.digest.hex());
        let registry = &scene.registry;
        let layer = |reference: &str| {
            let manifest = registry.manifest(REPOSITORY, reference);
            let layer = manifest["layers"][0].clone();
            (registry.blob(REPOSITORY, layer["digest"].as_str().unwrap()), layer)
        };
        let referrers = registry.manifest(REPOSITORY, &tag);
        let (bundle, _) = layer(referrers["manifests"][0]["digest"].as_str().unwrap());
        assert_eq!(
            verify_bundle(&bundle, &scene.digest, &[public.clone(), ours.public()]),
            Ok(ours.public())
        );
        assert_eq!(
            verify_bundle(&bundle, &scene.digest, std::slice::from_ref(&public)),
            Err(Refusal::BadSignature)
        );
        let other = Digest::of(b"other");
        assert_eq!(
            verify_bundle(&bundle, &other, &[ours.public()]),
            Err(Refusal::OtherArtifact(scene.digest))
        );

        let (payload, layer) = layer(&format!("{tag}.sig"));
        let signature = layer["annotations"]["dev.cosignproject.cosign/signature"].as_str().unwrap();
        let verify = |artifact, key| verify_classic(&payload, signature, artifact, &[key]);
        assert_eq!(verify(&scene.digest, public.clone()), Ok(public.clone()));
        assert_eq!(verify(&scene.digest, ours.public()), Err(Refusal::BadSignature));
        assert_eq!(verify(&other, public), Err(Refusal::OtherArtifact(scene.digest)));
    }
}

#[test]
fn skopeo_reads_bundles_and_copies_artefacts_with_their_digest() {
    if program("skopeo").is_none() {
        return missing("skopeo");
    }
    let Some(scene) = Scene::new(false) else { return };
    let folder = scene.folder.path();
    let layout = release();
    for (path, content) in layout.files() {
        let Content::Held(bytes) = content else { panic!("{path} is not held") };
        let file = folder.join("bundle").join(path.as_str());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    let mut archive = Vec::new();
    layout_tar(&layout, |content| -> Result<(), TarError> {
        let Content::Held(bytes) = content else { panic!("it is not held") };
        archive.extend_from_slice(&bytes);
        Ok(())
    })
    .unwrap();
    std::fs::write(folder.join("bundle.tar"), archive).unwrap();
    for source in ["oci:bundle:omantel/clusters:7", "oci-archive:bundle.tar:omantel/clusters:7"] {
        let raw = run(folder, "skopeo", &["inspect", "--raw", source]);
        passes(&raw);
        assert_eq!(Digest::of(&raw.stdout), scene.digest, "{source}");
        let to = format!("docker://{}/copy:7", scene.registry.host);
        let args =
            ["--insecure-policy", "copy", "--preserve-digests", "--dest-tls-verify=false", source, &to];
        passes(&run(folder, "skopeo", &args));
        let raw = run(folder, "skopeo", &["inspect", "--raw", "--tls-verify=false", &to]);
        assert_eq!(Digest::of(&raw.stdout), scene.digest, "{source}");
    }
}

/// Other readers of tar and gzip see the tree that was written.
#[test]
fn gnu_tar_reads_what_is_written_and_is_read() {
    use catalyst_bundle::archive::{Files, Limits, gzip, read_tgz, tar};
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/{}/{}.yaml", "f".repeat(60), "g".repeat(60), "h".repeat(80));
    let mut tree = Files::new();
    for (path, size) in [("a/b.yaml", 3), ("a.yaml", 0), (long.as_str(), 70_000), ("big.yaml", 3_000_000)] {
        let text: String = (0..size / 8).map(|at| format!("{at:07}\n")).collect();
        tree.insert(TreePath::new(path).unwrap(), File::new(text));
    }
    tree.get_mut(&TreePath::new("a.yaml").unwrap()).unwrap().executable = true;
    std::fs::write(folder.path().join("ours.tgz"), gzip(&tar(&tree).unwrap())).unwrap();
    std::fs::create_dir(folder.path().join("tree")).unwrap();
    passes(&run(folder.path(), "tar", &["-xzf", "ours.tgz", "-C", "tree"]));
    for (path, file) in &tree {
        assert_eq!(
            std::fs::read(folder.path().join("tree").join(path.as_str())).unwrap(),
            file.bytes,
            "{path}"
        );
    }
    for format in ["ustar", "gnu", "pax"] {
        let form = format!("--format={format}");
        passes(&run(folder.path(), "tar", &["-czf", "theirs.tgz", &form, "-C", "tree", "."]));
        let packed = std::fs::read(folder.path().join("theirs.tgz")).unwrap();
        assert_eq!(read_tgz(&packed, &Limits::CHART).unwrap(), tree, "{format}");
    }
    passes(&run(folder.path(), "ln", &["-s", "a.yaml", "tree/link"]));
    passes(&run(folder.path(), "tar", &["-czf", "link.tgz", "-C", "tree", "."]));
    let packed = std::fs::read(folder.path().join("link.tgz")).unwrap();
    let refusal = read_tgz(&packed, &Limits::CHART).unwrap_err().refusal;
    assert_eq!(refusal, catalyst_bundle::archive::Refusal::Link);
}
