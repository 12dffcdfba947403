//! `vclusters/<context>-<org>/`: what is applied inside a vCluster, a file an Application.

use crate::labels;
use crate::rights::{account, role_ref, subject};
use crate::sources::FLUX_SYSTEM;
use crate::sync::{Sync, repository, vcluster_folder};
use crate::vcluster_flux::DEFAULT_ACCOUNT;
use catalyst_emit::{Labels, Object, kustomization, map};
use catalyst_plan::{
    Body, ClusterPlan, EmittedFile, EmittedObject, Plan, Provenance, VClusterInstall, VClusterPlan,
};
use catalyst_source::KeyPath;
use serde_json::Value;

/// Secret in `flux-system` of the vCluster with which Flux reads the Organization's repositories: user and token of an account that may
/// read them and nothing else. The Organization's controller writes it; it never stands in Git.
const GIT_SECRET: &str = "gitea-read";

pub(crate) fn files(plan: &Plan, host: &ClusterPlan, vcluster: &VClusterPlan) -> Vec<(String, EmittedFile)> {
    let base = labels::vcluster(plan, host, vcluster);
    let mut files: Vec<_> = vcluster
        .installs
        .values()
        .map(|install| {
            let labels = labels::application(plan, base.clone(), vcluster, install);
            (file_name(install), application(plan, vcluster, install, &labels))
        })
        .collect();
    let organization = plan.organizations.get(&vcluster.org);
    let place = organization.map_or(&host.place, |known| &known.organization.place);
    let whose = vcluster_folder(host, vcluster);
    let header = vec![
        format!("The Applications of vCluster {whose}. Applied inside of it, from the host."),
        String::new(),
        format!("Generated from {}; not to be edited.", place.file),
    ];
    let provenance = Provenance::new(format!("Applications of vCluster {whose}"), place);
    let index = kustomization(header, files.iter().map(|(name, _)| name.as_str()), provenance);
    files.push(("kustomization.yaml".into(), index));
    files
}

fn file_name(install: &VClusterInstall) -> String {
    match install.app.as_str() {
        // That name is taken by the list of the others.
        "kustomization" => "kustomization.app.yaml".into(),
        app => format!("{app}.yaml"),
    }
}

fn application(
    plan: &Plan,
    vcluster: &VClusterPlan,
    install: &VClusterInstall,
    labels: &Labels,
) -> EmittedFile {
    let app = install.app.as_str();
    let depends_on: Vec<&str> = install
        .depends_on
        .iter()
        .filter(|needed| vcluster.installs.contains_key(*needed) && **needed != install.app)
        .map(|needed| needed.as_str())
        .collect();
    let provenance = || Provenance::new(format!("Application {app} of {}", vcluster.org), &install.place);
    let mut whence = provenance().field(
        KeyPath::root().key("spec").key("path"),
        "the overlay of this region",
        &install.place,
    );
    for at in 0..depends_on.len() {
        let path = KeyPath::root().key("spec").key("dependsOn").index(at);
        whence = whence.field(path, "a dependency of the Blueprint", &install.place);
    }
    let reconciler = format!("{app}-reconciler");
    let sync = Sync {
        name: app,
        namespace: FLUX_SYSTEM,
        retry: Some("1m"),
        timeout: "15m",
        depends_on,
        path: &install.path,
        wait: true,
        target_namespace: Some(app),
        source: app,
        kube_config: None,
        service_account: &reconciler,
        common_labels: None,
        health: Vec::new(),
    };
    let mut objects: Vec<EmittedObject> = rights(app, &reconciler, labels)
        .into_iter()
        .chain([source(plan, vcluster, install, labels)])
        .map(|object| object.from_source(provenance()))
        .collect();
    objects.push(sync.object(labels).from_source(whence));
    EmittedFile {
        header: vec![
            format!(
                "Application {app}: its namespace, who may install into it, its repository, and what of it is"
            ),
            format!(
                "applied. {reconciler} applies the repository, {DEFAULT_ACCOUNT} installs the releases in it;"
            ),
            format!(
                "neither may touch another namespace. Secret {FLUX_SYSTEM}/{GIT_SECRET} holds a read-only token"
            ),
            "of the Organization and is written by its controller.".into(),
            String::new(),
            format!("Generated from {}; not to be edited.", install.place.file),
        ],
        body: Body::Objects(objects),
    }
}

/// The namespace, and two accounts with rights there: one in the namespace of the Kustomization, as Flux demands, and one for the
/// releases that the repository holds.
fn rights(app: &str, reconciler: &str, labels: &Labels) -> Vec<Object> {
    let object = |api, kind, name: &str, namespace: &str| {
        Object::new(api, kind, name).namespace(namespace).labels(labels)
    };
    vec![
        Object::new("v1", "Namespace", app).labels(labels),
        account(object("v1", "ServiceAccount", reconciler, FLUX_SYSTEM)),
        account(object("v1", "ServiceAccount", DEFAULT_ACCOUNT, app)),
        object("rbac.authorization.k8s.io/v1", "RoleBinding", reconciler, app)
            .member("roleRef", role_ref("ClusterRole", "admin"))
            .member(
                "subjects",
                Value::Array(vec![subject(reconciler, FLUX_SYSTEM), subject(DEFAULT_ACCOUNT, app)]),
            ),
    ]
}

fn source(plan: &Plan, vcluster: &VClusterPlan, install: &VClusterInstall, labels: &Labels) -> Object {
    let (org, app) = (&vcluster.org, &install.app);
    let gitea = plan.facts.gitea.trim_end_matches('/');
    // Flux takes URLs only, and never one that sends a token in the clear.
    let scheme = if gitea.contains("://") { "" } else { "https://" };
    repository(app.as_str(), FLUX_SYSTEM, labels).spec(map([
        ("interval", "1m".into()),
        ("url", format!("{scheme}{gitea}/{org}/{app}").into()),
        ("ref", Value::Object(map([("branch", install.branch.as_str().into())]))),
        ("secretRef", Value::Object(map([("name", GIT_SECRET.into())]))),
    ]))
}
