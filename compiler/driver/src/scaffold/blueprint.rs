//! A Blueprint with a small chart: a Deployment and a Service.

use super::document::{Document, canonical, quoted};
use catalyst_model::{BlueprintName, OrgName, SovereignName};

/// A Blueprint.
pub(super) struct BlueprintText<'a> {
    pub(super) name: &'a BlueprintName,
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
    pub(super) sovereign: Option<&'a SovereignName>,
    pub(super) organization: Option<&'a OrgName>,
}

impl BlueprintText<'_> {
    /// The folder by convention.
    pub(super) fn folder(&self) -> String {
        let short = self.name.short();
        match (self.sovereign, self.organization) {
            (Some(sovereign), Some(org)) => {
                format!("sovereigns/{sovereign}/organizations/{org}/blueprints/{short}")
            }
            (Some(sovereign), None) => format!("sovereigns/{sovereign}/catalog/{short}"),
            _ => format!("platform/{short}"),
        }
    }

    /// All files: path and text.
    pub(super) fn files(&self, schemas: Option<&str>) -> Vec<(String, String)> {
        let (folder, short) = (self.folder(), self.name.short());
        let file = |name: &str, text: String| (format!("{folder}/{name}"), text);
        vec![
            file("blueprint.yaml", self.blueprint(&format!("{folder}/blueprint.yaml"), schemas)),
            file(
                "chart/Chart.yaml",
                canonical(&CHART.replace("NAME", self.name.as_str()).replace("TITLE", &quoted(self.title))),
            ),
            file("chart/values.yaml", canonical(VALUES)),
            file("chart/templates/deployment.yaml", DEPLOYMENT.replace("NAME", short)),
            file("chart/templates/service.yaml", SERVICE.replace("NAME", short)),
        ]
    }

    fn blueprint(&self, path: &str, schemas: Option<&str>) -> String {
        let short = self.name.short();
        let comment = "What can be installed: a chart, the config that people see, and how one becomes the values of the other.";
        let mut document = Document::new("Blueprint", self.name, path, schemas, comment)
            .spec("# Also the version of the chart.\nversion: 0.1.0")
            .spec(&format!("card:\n  title: {}\n  summary: {}", quoted(self.title), quoted(self.summary)))
            .spec("visibility: listed");
        if let Some(sovereign) = self.sovereign {
            document = document.spec(&format!("catalog:\n  sovereign: {sovereign}"));
            if let Some(organization) = self.organization {
                document = document.spec(&format!("  organization: {organization}"));
            }
        }
        document
            .spec(SPEC)
            .spec(&format!("provides:\n  services:\n    - {{name: {short}, port: 80}}"))
            .spec(&format!("readiness: {{kind: deployment, name: {short}}}"))
            .text()
    }
}

const SPEC: &str = r#"configSchema:
  type: object
  additionalProperties: false
  properties:
    replicas:
      type: integer
      default: 1
      minimum: 1
      maximum: 20
      description: How many Pods serve.
placementSchema:
  modes: [single-region]
  scopes: [vcluster]
# Other Blueprints that every Application of this one needs.
depends: []
manifests:
  chart: ./chart
  values:
    replicas: "{{ config.replicas }}"
  # Where the chart keeps its number of Pods: a standby region sets it to zero.
  replicas: [replicas]
"#;

const CHART: &str = r#"apiVersion: v2
name: NAME
version: 0.1.0
description: TITLE
type: application
annotations:
  # The workload is in this chart; there is no upstream chart to wrap.
  catalyst.openova.io/no-upstream: "true"
"#;

const VALUES: &str = r#"global:
  # Registry that images come through. Empty means their own.
  imageRegistry: ""

replicas: 1

image:
  repository: docker.io/nginxinc/nginx-unprivileged
  tag: 1.27-alpine
"#;

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app.kubernetes.io/name: NAME
      app.kubernetes.io/instance: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: NAME
        app.kubernetes.io/instance: {{ .Release.Name }}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: NAME
          image: {{ with .Values.global.imageRegistry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:{{ .Values.image.tag }}
          ports:
            - name: http
              containerPort: 8080
          readinessProbe:
            httpGet:
              path: /
              port: http
          resources:
            requests:
              cpu: 50m
              memory: 64Mi
            limits:
              memory: 64Mi
          securityContext:
            allowPrivilegeEscalation: false
            capabilities:
              drop: [ALL]
"#;

const SERVICE: &str = r#"apiVersion: v1
kind: Service
metadata:
  name: NAME
spec:
  selector:
    app.kubernetes.io/name: NAME
    app.kubernetes.io/instance: {{ .Release.Name }}
  ports:
    - name: http
      port: 80
      targetPort: http
"#;
