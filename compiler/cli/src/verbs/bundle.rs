use super::check::count;
use super::network::{NetworkArgs, not_moved};
use crate::exit::{Failure, code_of};
use crate::output::{Bars, Line};
use crate::session::Session;
use catalyst_bundle::oci::Layout;
use catalyst_bundle::release::{Closure, Flaw, HIGHEST, Need, Release, rfc3339, without_base};
use catalyst_diag::render::summary;
use catalyst_driver::bundle::{
    BundleError, BundleOptions, ImageLayouts, ImageOptions, ImageSource, Made, NoBundle, RegistryImages,
    bundle, comparable, digests, read_bundle, stale_digests, write_bundle, write_digests,
};
use catalyst_driver::moving::ImageRegistry;
use catalyst_driver::rendering::Engines;
use catalyst_driver::{BUNDLES_FILE, CompileOptions, Progress as _, Stage, charts, vendor};
use catalyst_model::SovereignName;
use catalyst_system::{Part, Spool, Stream, Var, names, plain_path};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What makes bundles, as they say.
const TOOL: &str = concat!("catalystc ", env!("CARGO_PKG_VERSION"));

/// Make the bundle of each Sovereign
///
/// A bundle is an OCI image layout with everything that was compiled for one Sovereign: its trees as Flux reads them, its Blueprints, the list
/// of charts and images it needs, a bill of materials and provenance. The same intent gives the same bytes on every machine. `catalystc sign`
/// signs it.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("made").args(["out", "digests"]).required(true),
    after_help = "Examples:\n  catalystc bundle --out bundles\n  catalystc bundle --sovereign omantel --with-images images --out omantel-1.tar\n  catalystc bundle --sovereign omantel --render --with-images registry.omani.works/mirror --out omantel-1.tar\n  catalystc bundle --sovereign omantel --sequence 7 --out omantel-7.tar\n  catalystc bundle --sovereign omantel --delta-from omantel-7.tar --out omantel-8.tar\n  catalystc inspect omantel-7.tar\n  catalystc bundle --digests --check"
)]
pub(crate) struct Bundle {
    /// Folder to write to, in which each Sovereign gets a folder of its own; or, for one Sovereign, a name that ends in `.tar`
    #[arg(long, short, value_name = "FOLDER|FILE.tar", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Bundle only this Sovereign; may be given more than once
    #[arg(long, short, value_name = "NAME", help_heading = "Input")]
    sovereign: Vec<SovereignName>,
    /// Fail when `catalyst.lock` does not fit
    #[arg(long, help_heading = "Input")]
    locked: bool,
    /// Number of the release, which only goes up; 1, or one more than that of `--delta-from`, unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=HIGHEST), help_heading = "Output")]
    sequence: Option<u64>,
    /// Line of releases that the number counts in
    #[arg(long, value_name = "NAME", default_value = "stable", help_heading = "Output")]
    line: String,
    /// Carry the images that the release needs, from this folder, an OCI image layout or a folder of such with the full reference of each image as its name;
    /// from this registry, which has each below the host that it is published at; or, with `published`, from where they are published
    #[arg(long, value_name = "FOLDER|REGISTRY/PATH|published", help_heading = "Images")]
    with_images: Option<PathBuf>,
    /// Carry images for this platform only, such as `linux/amd64`, instead of for all that they have
    #[arg(long, value_name = "OS/ARCH", requires = "with_images", help_heading = "Images")]
    platform: Option<String>,
    /// Make the bundle although images are missing; closure.json lists them
    #[arg(long, requires = "with_images", help_heading = "Images")]
    allow_missing_images: bool,
    /// Render charts to see which images they name; without it, closure.json says that those are not listed
    #[arg(long, help_heading = "Images")]
    render: bool,
    /// The `helm` program for `--render`, and for Sovereigns whose output is rendered; unless given, that of `catalyst.yaml`, else the first in PATH
    #[arg(long, value_name = "FILE", help_heading = "Images")]
    helm: Option<PathBuf>,
    /// Make no bundle, but write the digests of all that would be in each to `bundles.json` in the output folder, for review: number 1 of its
    /// line, without charts that were fetched and without images
    #[arg(long, help_heading = "Output")]
    #[arg(conflicts_with_all = ["sovereign", "sequence", "line", "with_images", "render", "delta_from"])]
    digests: bool,
    /// Write nothing; fail when `bundles.json` is not what would be written
    #[arg(long, requires = "digests", help_heading = "Output")]
    check: bool,
    /// Leave out what this earlier bundle of the Sovereign has
    #[arg(long, value_name = "BUNDLE", help_heading = "Output")]
    delta_from: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Bundle {
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Failure> {
        let Some(path) = self.out.clone() else { return self.digests(session) };
        let is_archive = path.extension().is_some_and(|it| it == "tar");
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if self.line.is_empty() || self.line.len() > 63 || !self.line.chars().all(plain) {
            return Err(Failure::with_help(
                format!("`{}` is no name of a line", self.line),
                "use lower-case letters, digits, `-` and `.`",
            ));
        }
        let created = created(session)?;
        let base = self.delta_from.as_deref().map(|path| base(session, path)).transpose()?;
        let line = Line::new(session.progress);
        line.begin(Stage::Read, 1);
        let project = session.project(true)?;
        project.known_sovereigns(&self.sovereign)?;
        let names = if self.sovereign.is_empty() { project.sovereigns() } else { self.sovereign.clone() };
        if names.len() > 1 && (is_archive || base.is_some()) {
            line.clear();
            let what = if is_archive { "an archive holds" } else { "a delta builds on" };
            return Err(Failure::with_help(
                format!("{what} one Sovereign, and there are {}", names.len()),
                "choose one with `--sovereign`",
            ));
        }
        let after = base.as_ref().map(|it| it.header.sequence);
        let sequence = self.sequence.unwrap_or_else(|| after.map_or(1, |it| it.saturating_add(1)));
        if let (Some(base), Some(name)) = (&base, names.first()) {
            follows(base, name, &self.line, sequence)?;
        }
        let bars = Arc::new(Bars::new("fetching", session.progress, session.verbose > 0));
        let source = self.with_images.as_deref().map(|it| self.source(session, it, &path, bars.clone()));
        let images = source.transpose()?.map(|source| ImageOptions {
            source,
            platform: self.platform.clone(),
            may_miss: self.allow_missing_images,
        });
        let renderer = session.renderer(self.helm.as_deref());
        let plain = renderer.plain(&project, &self.sovereign, &line, &session.cancel);
        let options = BundleOptions {
            compile: CompileOptions {
                only: self.sovereign.clone(),
                locked: self.locked,
                plain: plain.inspect_err(|_| line.clear())?,
                cancel: session.cancel.clone(),
            },
            line: self.line.clone(),
            sequence,
            previous: base.as_ref().map(|it| it.descriptor.digest),
            created,
            tool: TOOL.to_owned(),
            has_fetched: true,
            store: session.env.text(Var::Store).map(|it| session.here(Path::new(it))),
            images,
        };
        let helm = self.helm.as_ref().map(|it| session.here(it));
        let engine = self
            .render
            .then(|| charts::engine(&project, helm.as_deref(), &session.env, &session.cancel, true))
            .transpose()?;
        let archives = vendor::charts(&project, options.store.as_deref());
        let engines =
            engine.as_ref().map(|it| Engines { engine: it, second: it.second(), archives: &archives });
        let done = bundle(&project, &options, engines.as_ref(), &line);
        bars.clear();
        let done = done.map_err(|error| {
            line.clear();
            not_made(self.with_images.as_deref().unwrap_or(&path), error)
        })?;
        line.clear();
        if done.cancelled {
            return Err(Failure::Interrupted);
        }
        // Standard output is for the bundles, where there are some.
        let failed = done.diagnostics.iter().any(|it| it.severity == catalyst_diag::Severity::Error);
        let is_data = session.is_json() && !failed;
        let stream = if is_data { Stream::Error } else { Stream::Output };
        session.print_findings_to(stream, &project, &done.diagnostics)?;
        if failed {
            session.say(&format!("{}; nothing was written", summary(&done.diagnostics)));
            return Ok(code_of(&done.diagnostics));
        }
        if done.sovereigns.is_empty() {
            return Err(Failure::new("the project has no Sovereign, so there is nothing to bundle"));
        }
        let mut data = Vec::new();
        for (name, Made { layout, closure }) in done.sovereigns {
            let out = session.here(&path);
            let out = if is_archive { out } else { out.join(name.as_str()) };
            let release = Release::read(&layout, None).map_err(|flaw| failure_of(&out, &flaw))?;
            let digest = release.descriptor.digest;
            let layout = match &base {
                Some(base) => without_base(layout, release, base),
                None => layout,
            };
            write_bundle(&out, &layout).map_err(|error| failure(&out, error))?;
            let (blobs, bytes) = layout.extent();
            session.say(&format!("{name:>20}  {}, {bytes} bytes, {digest}", count(blobs, "blob"),));
            session.say(&needs(&closure));
            if closure.judged.is_some() {
                let projects: Vec<String> = closure.projects().into_iter().collect();
                let what = count(projects.len(), "project");
                session.say(&format!("{:20}  its registry needs {what}: {}", "", projects.join(", ")));
            }
            if is_data {
                data.push(json!({
                    "sovereign": name,
                    "sequence": sequence,
                    "digest": digest.to_string(),
                    "blobs": blobs,
                    "bytes": bytes,
                    "projects": closure.projects(),
                    "closure": closure.to_json(),
                }));
            }
        }
        if is_data {
            session.print(&format!("{:#}\n", json!({ "version": 1, "bundles": data })))?;
        }
        if let Some(images) = options.images {
            images.source.done();
        }
        session.say(&format!("wrote {}; not signed yet", path.display()));
        Ok(code_of(&done.diagnostics))
    }

    /// Where images are taken from: a path that is there is a folder.
    fn source(
        &self,
        session: &Session,
        from: &Path,
        out: &Path,
        progress: Arc<Bars>,
    ) -> Result<ImageSource, Failure> {
        let folder = session.here(from);
        let registry = from.to_str().map(ImageRegistry::parse);
        match registry {
            Some(Ok(from)) if names(&folder).is_none() && Part::open(&folder, 0, 0).is_err() => {
                Ok(ImageSource::Registry(RegistryImages {
                    from,
                    network: self.network.network(session),
                    spool: Spool::beside(&session.here(out)),
                    progress,
                }))
            }
            _ => {
                let layouts = ImageLayouts::open(&folder).map_err(|error| failure(from, error))?;
                Ok(ImageSource::Layouts(layouts))
            }
        }
    }

    /// The digests of all bundles, written or compared.
    fn digests(self, session: &Session) -> Result<ExitCode, Failure> {
        let line = Line::new(session.progress);
        let project = session.project(true)?;
        let compile = CompileOptions {
            locked: self.locked,
            cancel: session.cancel.clone(),
            ..CompileOptions::default()
        };
        let made = comparable(&project, compile, TOOL.to_owned(), &line);
        line.clear();
        let made = made.map_err(|error| not_made(Path::new(BUNDLES_FILE), error))?;
        if made.cancelled {
            return Err(Failure::Interrupted);
        }
        session.print_findings(&project, &made.diagnostics)?;
        let file = project.default_out().join(BUNDLES_FILE);
        let shown = file.strip_prefix(project.root.path()).unwrap_or(&file).display();
        if made.sovereigns.is_empty() {
            session.say(&format!("{}; nothing was written", summary(&made.diagnostics)));
            return Ok(code_of(&made.diagnostics));
        }
        let text = digests(&made).map_err(|flaw| failure_of(&file, &flaw))?;
        if self.check {
            let found: Vec<_> = stale_digests(&project, &text).into_iter().collect();
            session.print_findings(&project, &found)?;
            session.say(&format!("{shown} is {}", if found.is_empty() { "fresh" } else { "out of date" }));
            return Ok(code_of(&found));
        }
        let is_new = write_digests(&project, &text)?;
        session.say(&format!("{} {shown}", if is_new { "wrote" } else { "no change in" }));
        Ok(code_of(&made.diagnostics))
    }
}

/// Why there is no bundle; `images` is where images are taken from.
fn not_made(images: &Path, error: NoBundle) -> Failure {
    match error {
        NoBundle::Refused(refusal) => refusal.into(),
        NoBundle::Io(error) => error.into(),
        NoBundle::Image(error) => failure(images, error),
        NoBundle::Fetch(error) => not_moved(images, error),
        NoBundle::Missing(name, missing) => missing_images(&name, &missing),
        NoBundle::Assemble(name, error) => Failure::new(format!("Sovereign `{name}`: {error}")),
    }
}

fn missing_images(name: &SovereignName, missing: &BTreeSet<String>) -> Failure {
    let list: String = missing.iter().map(|it| format!("\n  {it}")).collect();
    Failure::with_help(
        format!(
            "Sovereign `{name}` needs {} that {} not there:{list}",
            count(missing.len(), "image"),
            if missing.len() == 1 { "is" } else { "are" }
        ),
        "copy them there (`skopeo copy --all --preserve-digests docker://REFERENCE oci:FOLDER:REFERENCE`), or add `--allow-missing-images`",
    )
}

/// What of charts and images is in a bundle, and what the site must have.
fn needs(closure: &Closure) -> String {
    let part = |needs: &BTreeMap<String, Need>, what: &str| {
        let carried = needs.values().filter(|it| it.carried).count();
        format!("{carried} of {} carried", count(needs.len(), what))
    };
    let missing = closure.charts.values().chain(closure.images.values()).any(|it| !it.carried);
    let rest = if missing { "; the site must have the others, closure.json lists them" } else { "" };
    format!("{:20}  {}, {}{rest}", "", part(&closure.charts, "chart"), part(&closure.images, "image"))
}

/// The release of an earlier bundle. It has to be whole: one that leaves things out itself would make two that are needed.
fn base(session: &Session, path: &Path) -> Result<Release, Failure> {
    let layout = read(session, path)?;
    let release = Release::read(&layout, None).map_err(|flaw| failure_of(path, &flaw))?;
    Ok(release)
}

/// A delta is for the same Sovereign and line, and comes later.
fn follows(base: &Release, name: &SovereignName, line: &str, sequence: u64) -> Result<(), Failure> {
    let header = &base.header;
    if header.sovereign != name.as_str() || header.line != line {
        return Err(Failure::new(format!(
            "the earlier bundle is of Sovereign `{}` in line `{}`",
            header.sovereign, header.line
        )));
    }
    if sequence <= header.sequence {
        return Err(Failure::with_help(
            format!("the earlier bundle has number {}, so this one cannot have {sequence}", header.sequence),
            "choose a higher one with `--sequence`",
        ));
    }
    Ok(())
}

/// The time that the environment states, else the beginning of 1970.
fn created(session: &Session) -> Result<String, Failure> {
    match session.env.text(Var::SourceDateEpoch) {
        None => Ok(rfc3339(0)),
        Some(text) => text.parse().map(rfc3339).map_err(|_| {
            Failure::with_help(
                format!("SOURCE_DATE_EPOCH is `{text}`"),
                "set it to the seconds since 1970, or unset it",
            )
        }),
    }
}

/// Reads a bundle that was named on the command line.
pub(super) fn read(session: &Session, path: &Path) -> Result<Layout, Failure> {
    read_bundle(&session.here(path)).map_err(|error| failure(path, error))
}

pub(super) fn failure(path: &Path, error: BundleError) -> Failure {
    match error {
        BundleError::Io(error) => error.into(),
        BundleError::Flaw(flaw) => failure_of(path, &flaw),
        BundleError::Tar(error) => Failure::new(error),
    }
}

pub(super) fn failure_of(path: &Path, flaw: &Flaw) -> Failure {
    let text = format!("`{}` is refused: {flaw} [{}]", plain_path(path).display(), flaw.as_str());
    match flaw {
        Flaw::NeedsBase(_) => Failure::with_help(text, "name the bundle that it builds on with `--base`"),
        _ => Failure::new(text),
    }
}
