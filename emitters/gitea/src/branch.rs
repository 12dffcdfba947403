//! One branch of an Application's repository.

use crate::kustomization::{self, Parts, ValuesFile};
use crate::release::{self, values_name};
use crate::{Folder, labels, pages, secrets, values};
use catalyst_plan::{
    ApplicationPlan, Body, EmittedObject, EnvironmentPlan, PlacementPlan, Plan, Provenance, diff_values,
};
use catalyst_source::KeyPath;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

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

    let files = objects(folder, plan, app, first, "");
    let parts = Parts {
        resources: files.clone(),
        values: vec![ValuesFile { name: values_name(app), file: "values.yaml".into() }],
        configuration: "kustomizeconfig.yaml".into(),
    };
    let root = kustomization::of_application(app, &labels::of_application(plan, app, first), &parts);
    folder.put(
        "kustomization.yaml",
        header(app, first, "what all overlays build upon"),
        document(app, first, root),
    );
    folder.put(
        "kustomizeconfig.yaml",
        vec![
            "Lets the names of generated ConfigMaps be followed into spec.valuesFrom of a HelmRelease."
                .into(),
        ],
        document(app, first, kustomization::name_references()),
    );
    let provenance = because(app, first).values(KeyPath::root(), values::base_layers(first, &base));
    folder.put(
        "values.yaml",
        header(app, first, "chart values before those of an Environment"),
        Body::Document(Value::Object(base.clone()), provenance),
    );
    pages::emit(folder, app, environments);

    for &environment in environments {
        let own = format!("overlays/{}/", environment.environment.env);
        let files = if std::ptr::eq(environment, first) {
            files.clone()
        } else {
            objects(folder, plan, app, environment, &own)
        };
        overlays(folder, plan, app, environment, &base, &files);
    }
}

/// Puts release and secrets below `at` and gives their paths from the root.
fn objects(
    folder: &mut Folder<'_>,
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    at: &str,
) -> Vec<String> {
    let mut put = |name: String, what: &str, objects: Vec<EmittedObject>| {
        folder.put(&name, header(app, environment, what), Body::Objects(objects));
        name
    };
    let release = release::objects(plan, app, environment);
    let mut files = vec![put(format!("{at}release.yaml"), "the chart and its release", release)];
    for (name, object) in secrets::objects(plan, app, environment) {
        files.push(put(format!("{at}{name}"), "a reference to a secret in OpenBao", vec![object]));
    }
    files
}

/// Puts the overlay of an Environment, and below it those of its regions but the primary one.
fn overlays(
    folder: &mut Folder<'_>,
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    base: &Map<String, Value>,
    files: &[String],
) {
    let labels = labels::of_application(plan, app, environment);
    let env = environment.environment.env;
    let name = values_name(app);
    let layers = [
        (name.clone(), "values.yaml".to_owned()),
        (format!("{name}-{env}"), format!("overlays/{env}/values.yaml")),
    ];

    let at = format!("overlays/{env}/");
    let provenance = because(app, environment).values(KeyPath::root(), environment.values.clone());
    let values = diff_values(base, &environment.values.merged);
    folder.put(
        &format!("{at}values.yaml"),
        header(app, environment, &format!("chart values that differ in {}", environment.environment)),
        Body::Document(Value::Object(values), provenance),
    );
    let value = kustomization::of_application(app, &labels, &parts(&at, files, &layers));
    folder.put(
        &format!("{at}kustomization.yaml"),
        overlay_header(app, environment, &at),
        document(app, environment, value),
    );

    for placement in environment.placements.iter().skip(1) {
        let region = &placement.region;
        let at = format!("overlays/{env}/{region}/");
        let own = (format!("{name}-{env}-{region}"), format!("{at}values.yaml"));
        let what = format!(
            "chart values that differ in {region} ({}, {})",
            placement.cluster,
            pages::role(placement.role)
        );
        folder.put(
            &format!("{at}values.yaml"),
            header(app, environment, &what),
            Body::Document(
                Value::Object(placement.overlay.clone()),
                of_placement(app, environment, placement),
            ),
        );
        let layers: Vec<_> = layers.iter().cloned().chain([own]).collect();
        let value = kustomization::of_application(app, &labels, &parts(&at, files, &layers));
        folder.put(
            &format!("{at}kustomization.yaml"),
            overlay_header(app, environment, &at),
            document(app, environment, value),
        );
    }
}

/// The same files, seen from the folder `at`.
fn parts(at: &str, files: &[String], layers: &[(String, String)]) -> Parts {
    Parts {
        resources: files.iter().map(|file| relative(at, file)).collect(),
        values: layers
            .iter()
            .map(|(name, file)| ValuesFile { name: name.clone(), file: relative(at, file) })
            .collect(),
        configuration: relative(at, "kustomizeconfig.yaml"),
    }
}

/// `file` as seen from the folder `at`, both from the root of the repository; `at` ends in `/`.
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

fn because(app: &ApplicationPlan, environment: &EnvironmentPlan) -> Provenance {
    let why = format!("Application `{}` in Environment `{}`", app.name, environment.environment);
    Provenance::new(why, &environment.place)
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
    let owned: BTreeMap<_, _> =
        placement.agent_owned.iter().filter_map(|path| Some((path, KeyPath::parse(path)?))).collect();
    owned.into_values().fold(provenance, |it, path| it.field(path, why.clone(), &environment.place))
}

fn document(app: &ApplicationPlan, environment: &EnvironmentPlan, value: Value) -> Body {
    Body::Document(value, because(app, environment))
}

fn header(app: &ApplicationPlan, environment: &EnvironmentPlan, what: &str) -> Vec<String> {
    vec![format!("{}/{}: {what}.", app.org, app.name), format!("Made from {}.", environment.place.file)]
}

fn overlay_header(app: &ApplicationPlan, environment: &EnvironmentPlan, at: &str) -> Vec<String> {
    let at = at.trim_end_matches('/');
    let mut lines = header(app, environment, &format!("what runs at {at}"));
    lines.push(format!(
        "Build it as Flux does: kubectl kustomize --load-restrictor LoadRestrictionsNone {at}"
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_go_up_to_the_common_folder() {
        assert_eq!(relative("overlays/prod/hel/", "values.yaml"), "../../../values.yaml");
        assert_eq!(relative("overlays/prod/hel/", "overlays/prod/values.yaml"), "../values.yaml");
        assert_eq!(relative("overlays/prod/", "overlays/prod/values.yaml"), "values.yaml");
        assert_eq!(relative("overlays/prod/", "overlays/uat/release.yaml"), "../uat/release.yaml");
    }
}
