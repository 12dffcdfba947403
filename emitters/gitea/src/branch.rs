//! One branch of an Application's repository.

use crate::kustomization::{self, Parts, ValuesFile};
use crate::release::{self, values_name};
use crate::{Folder, because, labels, pages, secrets, values};
use catalyst_emit::Labels;
use catalyst_plan::{
    ApplicationPlan, Body, EmittedObject, EnvironmentPlan, PlacementPlan, Plan, Provenance, diff_values,
};
use catalyst_source::KeyPath;
use serde_json::{Map, Value};

/// Puts all files of a branch. The first Environment owns the files at the root; another one of the same branch has its own release and
/// secrets in its overlay, since version, labels and paths of secrets differ.
pub(crate) fn emit(
    folder: &mut Folder<'_>,
    plan: &Plan,
    app: &ApplicationPlan,
    environments: &[&EnvironmentPlan],
) {
    let Some(&first) = environments.first() else { return };
    let wanted: Vec<_> = environments.iter().map(|it| &it.values.merged).collect();
    let base = values::common(&first.base, &wanted);

    let mut root = Scene { folder, plan, app, environment: first, labels: labels(plan, app, first) };
    let files = root.objects("");
    root.put_values(
        "values.yaml",
        "chart values before those of an Environment",
        &base,
        because(app, first).values(KeyPath::root(), values::base_layers(first, &base)),
    );
    let layers = root.layers(&[]);
    root.put_kustomization("", "what all overlays build upon", &files, &layers);
    if first.entry.has_chart() {
        let what = "lets the names of generated ConfigMaps be followed into spec.valuesFrom of a HelmRelease";
        root.put("kustomizeconfig.yaml", what, kustomization::name_references());
    }
    pages::emit(root.folder, app, environments);

    for &environment in environments {
        let mut scene = Scene { folder, plan, app, environment, labels: labels(plan, app, environment) };
        let own = format!("overlays/{}/", environment.environment.env);
        let shared = std::ptr::eq(environment, first);
        let files = if shared { files.clone() } else { scene.objects(&own) };
        scene.overlays(&base, &files);
    }
}

fn labels(plan: &Plan, app: &ApplicationPlan, environment: &EnvironmentPlan) -> Labels {
    labels::of_application(plan, app, environment)
}

/// One Environment of the branch, and where its files go.
struct Scene<'a, 'f> {
    folder: &'a mut Folder<'f>,
    plan: &'a Plan,
    app: &'a ApplicationPlan,
    environment: &'a EnvironmentPlan,
    labels: Labels,
}

impl Scene<'_, '_> {
    /// Puts release and secrets below `at` and gives their paths from the root. A Blueprint without a chart makes no release.
    fn objects(&mut self, at: &str) -> Vec<String> {
        let mut files = Vec::new();
        let mut put = |name: String, what: &str, objects: Vec<EmittedObject>| {
            self.folder.put(&name, header(self.app, self.environment, what), Body::Objects(objects));
            files.push(name);
        };
        if self.environment.entry.has_chart() {
            let release = release::objects(self.plan, self.app, self.environment);
            put(format!("{at}release.yaml"), "the chart and its release", release);
        }
        for (name, object) in secrets::objects(self.plan, self.app, self.environment) {
            put(format!("{at}{name}"), "a reference to a secret in OpenBao", vec![object]);
        }
        files
    }

    /// Puts the overlay of the Environment, and below it those of the regions where something differs.
    fn overlays(&mut self, base: &Map<String, Value>, files: &[String]) {
        let (app, environment) = (self.app, self.environment);
        let env = environment.environment.env.as_str();
        let at = format!("overlays/{env}/");
        let differing = diff_values(base, &environment.values.merged);
        let provenance = because(app, environment).values(KeyPath::root(), environment.values.clone());
        let what = format!("chart values that differ in {}", environment.environment);
        self.put_values(&format!("{at}values.yaml"), &what, &differing, provenance);
        let layers = self.layers(&[env]);
        self.put_kustomization(&at, &format!("what runs in {}", environment.environment), files, &layers);

        for placement in environment.placements.iter().filter(|it| !it.overlay.is_empty()) {
            let region = placement.region.as_str();
            let at = format!("{at}{region}/");
            let place = format!("{region} ({}, which {})", placement.cluster, pages::role(placement.role));
            let what = format!("chart values that differ in {place}");
            let provenance = of_placement(app, environment, placement);
            self.put_values(&format!("{at}values.yaml"), &what, &placement.overlay, provenance);
            let layers = self.layers(&[env, region]);
            let what = format!("what runs in {}, {place}", environment.environment);
            self.put_kustomization(&at, &what, files, &layers);
        }
    }

    /// The layers of values down to a folder of `overlays`, lowest first: ConfigMap and file.
    fn layers(&self, folders: &[&str]) -> Vec<ValuesFile> {
        let (mut name, mut folder) = (values_name(self.app), String::new());
        let mut layers = vec![ValuesFile { name: name.clone(), file: "values.yaml".into() }];
        for (at, part) in folders.iter().enumerate() {
            folder.push_str(if at == 0 { "overlays/" } else { "" });
            folder = format!("{folder}{part}/");
            name = format!("{name}-{part}");
            layers.push(ValuesFile { name: name.clone(), file: format!("{folder}values.yaml") });
        }
        if self.environment.entry.has_chart() { layers } else { Vec::new() }
    }

    fn put_values(&mut self, file: &str, what: &str, values: &Map<String, Value>, provenance: Provenance) {
        if self.environment.entry.has_chart() {
            let body = Body::Document(Value::Object(values.clone()), provenance);
            self.folder.put(file, header(self.app, self.environment, what), body);
        }
    }

    /// Puts the kustomization of the folder `at` over files and layers that are named from the root of the repository.
    fn put_kustomization(&mut self, at: &str, what: &str, files: &[String], layers: &[ValuesFile]) {
        let layer = |it: &ValuesFile| ValuesFile { name: it.name.clone(), file: relative(at, &it.file) };
        let parts = Parts {
            resources: files.iter().map(|file| relative(at, file)).collect(),
            values: layers.iter().map(layer).collect(),
            configuration: relative(at, "kustomizeconfig.yaml"),
        };
        let mut header = header(self.app, self.environment, what);
        if let Some(folder) = at.strip_suffix('/') {
            header.push(format!("Build it as Flux does: kubectl kustomize {UNCONFINED} {folder}"));
        }
        let document = kustomization::of_application(self.app, &self.labels, &parts);
        let body = Body::Document(document, because(self.app, self.environment));
        self.folder.put(&format!("{at}kustomization.yaml"), header, body);
    }

    fn put(&mut self, file: &str, what: &str, document: Value) {
        let body = Body::Document(document, because(self.app, self.environment));
        self.folder.put(file, header(self.app, self.environment, what), body);
    }
}

/// The flag with which kubectl loads files as Flux does: from anywhere in the repository.
pub(crate) const UNCONFINED: &str = "--load-restrictor LoadRestrictionsNone";

/// `file` as seen from the folder `at`, both from the root of the repository; `at` ends in `/` or is empty.
fn relative(at: &str, file: &str) -> String {
    let mut folder = at;
    let mut up = String::new();
    loop {
        if let Some(below) = file.strip_prefix(folder) {
            return up + below;
        }
        up.push_str("../");
        folder = folder[..folder.len() - 1].rfind('/').map_or("", |end| &folder[..=end]);
    }
}

fn of_placement(
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    placement: &PlacementPlan,
) -> Provenance {
    let mut provenance = because(app, environment);
    provenance.why = format!("{}, region `{}`", provenance.why, placement.region);
    let why =
        format!("the agent owns it in region `{}`, which {}", placement.region, pages::role(placement.role));
    let owned = placement.agent_owned.iter().filter_map(|path| KeyPath::parse(path));
    owned.fold(provenance, |it, path| it.field(path, why.clone(), &environment.place))
}

fn header(app: &ApplicationPlan, environment: &EnvironmentPlan, what: &str) -> Vec<String> {
    vec![format!("{}/{}: {what}.", app.org, app.name), format!("Made from {}.", environment.place.file)]
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_go_up_to_the_common_folder() {
        assert_eq!(relative("", "values.yaml"), "values.yaml");
        assert_eq!(relative("overlays/prod/hel/", "values.yaml"), "../../../values.yaml");
        assert_eq!(relative("overlays/prod/hel/", "overlays/prod/values.yaml"), "../values.yaml");
        assert_eq!(relative("overlays/prod/", "overlays/prod/values.yaml"), "values.yaml");
        assert_eq!(relative("overlays/prod/", "overlays/uat/release.yaml"), "../uat/release.yaml");
    }
}
