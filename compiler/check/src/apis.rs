//! Which kinds an API server serves by itself, by version of Kubernetes, and which ones Flux brings, by version of Flux.
//!
//! Small tables of what platforms use; a kind of a built-in group that is missing here is reported as not served, and belongs here then.
//! Sources: the API reference of each Kubernetes release and its deprecation guide; the release notes of Flux.

use crate::rules::deprecated_target;
use catalyst_model::Target;
use std::ops::RangeInclusive;

/// A group and version, its kinds, the first minor version that serves them, and the first that does not any more.
type Row = (&'static str, &'static str, &'static [&'static str], u32, u32);

const STILL: u32 = u32::MAX;

static KUBERNETES: &[Row] = &[
    (
        "",
        "v1",
        &[
            "Binding",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
        0,
        STILL,
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        16,
        STILL,
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
        30,
        STILL,
    ),
    ("apiextensions.k8s.io", "v1", &["CustomResourceDefinition"], 16, STILL),
    ("apiregistration.k8s.io", "v1", &["APIService"], 10, STILL),
    ("apps", "v1", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], 9, STILL),
    ("autoscaling", "v1", &["HorizontalPodAutoscaler"], 0, STILL),
    ("autoscaling", "v2", &["HorizontalPodAutoscaler"], 23, STILL),
    ("autoscaling", "v2beta2", &["HorizontalPodAutoscaler"], 12, 26),
    ("batch", "v1", &["Job"], 0, STILL),
    ("batch", "v1", &["CronJob"], 21, STILL),
    ("certificates.k8s.io", "v1", &["CertificateSigningRequest"], 19, STILL),
    ("coordination.k8s.io", "v1", &["Lease"], 14, STILL),
    ("discovery.k8s.io", "v1", &["EndpointSlice"], 21, STILL),
    ("events.k8s.io", "v1", &["Event"], 19, STILL),
    ("flowcontrol.apiserver.k8s.io", "v1", &["FlowSchema", "PriorityLevelConfiguration"], 29, STILL),
    ("flowcontrol.apiserver.k8s.io", "v1beta2", &["FlowSchema", "PriorityLevelConfiguration"], 23, 29),
    ("flowcontrol.apiserver.k8s.io", "v1beta3", &["FlowSchema", "PriorityLevelConfiguration"], 26, 32),
    ("networking.k8s.io", "v1", &["Ingress", "IngressClass", "NetworkPolicy"], 19, STILL),
    ("networking.k8s.io", "v1", &["IPAddress", "ServiceCIDR"], 33, STILL),
    ("node.k8s.io", "v1", &["RuntimeClass"], 20, STILL),
    ("policy", "v1", &["PodDisruptionBudget"], 21, STILL),
    (
        "rbac.authorization.k8s.io",
        "v1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
        8,
        STILL,
    ),
    (
        "resource.k8s.io",
        "v1",
        &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"],
        34,
        STILL,
    ),
    ("scheduling.k8s.io", "v1", &["PriorityClass"], 14, STILL),
    ("storage.k8s.io", "v1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], 18, STILL),
    ("storage.k8s.io", "v1", &["CSIStorageCapacity"], 24, STILL),
    ("storage.k8s.io", "v1", &["VolumeAttributesClass"], 34, STILL),
];

static FLUX: &[Row] = &[
    ("helm.toolkit.fluxcd.io", "v2", &["HelmRelease"], 3, STILL),
    ("helm.toolkit.fluxcd.io", "v2beta2", &["HelmRelease"], 2, 8),
    ("image.toolkit.fluxcd.io", "v1", &["ImagePolicy", "ImageRepository", "ImageUpdateAutomation"], 7, STILL),
    ("image.toolkit.fluxcd.io", "v1beta2", &["ImagePolicy", "ImageRepository"], 0, 9),
    ("kustomize.toolkit.fluxcd.io", "v1", &["Kustomization"], 0, STILL),
    ("notification.toolkit.fluxcd.io", "v1", &["Receiver"], 0, STILL),
    ("notification.toolkit.fluxcd.io", "v1beta3", &["Alert", "Provider"], 2, STILL),
    ("source.toolkit.fluxcd.io", "v1", &["GitRepository"], 0, STILL),
    ("source.toolkit.fluxcd.io", "v1", &["HelmChart", "HelmRepository"], 3, STILL),
    ("source.toolkit.fluxcd.io", "v1", &["Bucket"], 5, STILL),
    ("source.toolkit.fluxcd.io", "v1", &["OCIRepository"], 6, STILL),
    ("source.toolkit.fluxcd.io", "v1", &["ExternalArtifact"], 7, STILL),
    (
        "source.toolkit.fluxcd.io",
        "v1beta2",
        &["Bucket", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"],
        0,
        8,
    ),
];

/// Who serves a kind, as far as the tables know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Served {
    /// The target serves it.
    Yes,
    /// The group is one of Kubernetes or Flux, and the target does not serve the kind in this version.
    No,
    /// The group is somebody else's.
    Foreign,
}

/// Whether a group is one of Flux. Which of its APIs there are is a matter of the target, whatever a release says of itself.
pub(crate) fn is_flux(group: &str) -> bool {
    group.ends_with(".toolkit.fluxcd.io")
}

/// Whether a target serves a kind by itself.
pub(crate) fn served(target: &Target, group: &str, version: &str, kind: &str) -> Served {
    // A version outside of the tables is taken for the nearest inside, which `deprecated-target` says.
    let minor = |text: &str, known: RangeInclusive<u32>| {
        deprecated_target::minor(text).unwrap_or(STILL).clamp(*known.start(), *known.end())
    };
    let (table, minor) = if is_flux(group) {
        (FLUX, minor(&target.flux, deprecated_target::FLUX))
    } else {
        (KUBERNETES, minor(&target.kubernetes, deprecated_target::KUBERNETES))
    };
    let mut known = false;
    for (row_group, row_version, kinds, since, until) in table {
        if *row_group != group {
            continue;
        }
        known = true;
        if *row_version == version && kinds.contains(&kind) && (*since..*until).contains(&minor) {
            return Served::Yes;
        }
    }
    if known { Served::No } else { Served::Foreign }
}

/// Every API that a target serves by itself, as charts ask for them: `group/version` and `group/version/Kind`, sorted.
pub fn served_apis(target: &Target) -> Vec<String> {
    let mut apis = Vec::new();
    for (group, version, kinds, _, _) in KUBERNETES {
        let name = if group.is_empty() { (*version).to_owned() } else { format!("{group}/{version}") };
        let served: Vec<_> =
            kinds.iter().filter(|kind| served(target, group, version, kind) == Served::Yes).collect();
        if !served.is_empty() {
            apis.extend(served.into_iter().map(|kind| format!("{name}/{kind}")));
            apis.push(name);
        }
    }
    apis.sort();
    apis.dedup();
    apis
}

/// Versions in which a target serves a kind of a group of Kubernetes or Flux.
pub(crate) fn versions(target: &Target, group: &str, kind: &str) -> Vec<&'static str> {
    let rows = KUBERNETES.iter().chain(FLUX).filter(|row| row.0 == group && row.2.contains(&kind));
    rows.filter(|row| served(target, group, row.1, kind) == Served::Yes).map(|row| row.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(kubernetes: &str, flux: &str) -> Target {
        Target { kubernetes: kubernetes.into(), flux: flux.into(), gateway_api: None, helm: None }
    }

    #[test]
    fn tables_follow_the_target() {
        let (old, new) = (target("1.25", "2.4"), target("1.33", "2.7"));
        let source = "source.toolkit.fluxcd.io";
        assert_eq!(served(&new, source, "v1", "OCIRepository"), Served::Yes);
        assert_eq!(served(&old, source, "v1", "OCIRepository"), Served::No);
        assert_eq!(versions(&old, source, "OCIRepository"), ["v1beta2"]);
        assert_eq!(served(&old, "autoscaling", "v2beta2", "HorizontalPodAutoscaler"), Served::Yes);
        assert_eq!(served(&new, "autoscaling", "v2beta2", "HorizontalPodAutoscaler"), Served::No);
        assert_eq!(served(&new, "policy", "v1beta1", "PodSecurityPolicy"), Served::No);
        assert_eq!(served(&new, "cert-manager.io", "v1", "Certificate"), Served::Foreign);
        assert_eq!(served(&target("x", "x"), "apps", "v1", "Deployment"), Served::Yes);
        let apis = |target: &Target| served_apis(target);
        for api in ["v1", "v1/Service", "apps/v1", "apps/v1/Deployment", "batch/v1/CronJob"] {
            assert!(apis(&new).contains(&api.to_owned()), "{api}");
        }
        let removed = "autoscaling/v2beta2".to_owned();
        assert!(apis(&old).contains(&removed) && !apis(&new).contains(&removed));
    }
}
