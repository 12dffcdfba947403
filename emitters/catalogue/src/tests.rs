use crate::*;

fn entry(name: &str) -> Entry {
    Entry { id: name.to_owned(), name: name.to_owned(), title: name.to_owned(), ..Entry::default() }
}

fn slot(id: &str, layer: &str) -> Option<Slot> {
    Some(Slot {
        id: id.to_owned(),
        tier: "1 secrets".to_owned(),
        layer: layer.to_owned(),
        namespace: "openbao".to_owned(),
        dormant: false,
        opt_in: false,
        purpose: "Keeps secrets.".to_owned(),
    })
}

fn one(entry: Entry) -> Catalogue {
    Catalogue {
        version: VERSION,
        project: "demo".to_owned(),
        blueprints: vec![entry],
        ..Catalogue::default()
    }
}

/// Nothing that a Blueprint says becomes markup, in the page it is on or in the page to search.
#[test]
fn text_stays_text() {
    let mut it = entry("bp-a");
    it.title = "A <script>alert(1)</script> & \"b\" | `c` [d](e)".to_owned();
    it.summary = "</details><img src=x>".to_owned();
    it.tags = vec!["\"><b>".to_owned()];
    it.config = vec![Field {
        path: "a|b".to_owned(),
        ty: "string".to_owned(),
        required: false,
        default: Some("``|".into()),
        description: "one\n\ntwo | three".to_owned(),
    }];
    let files = files(&one(it));
    let html = &files["index.html"];
    assert_eq!(html.matches("<script>").count(), 1, "the page's own");
    assert_eq!(html.matches("</details>").count(), 1, "that of the one Blueprint");
    assert!(!html.contains("<img") && !html.contains("\"><b>"));
    let page = &files["blueprints/bp-a.md"];
    assert!(
        page.contains("# A \\<script\\>alert(1)\\</script\\> & \"b\" \\| \\`c\\` \\[d\\](e)\n"),
        "{page}"
    );
    assert!(page.contains("| `a\\|b` | string | ```\"``\\|\"``` | one two \\| three |\n"), "{page}");
}

#[test]
fn pieces_of_a_line_keep_their_distance() {
    let mut it = entry("bp-a");
    it.tags = vec!["one".to_owned(), "two".to_owned()];
    assert!(files(&one(it))["blueprints/bp-a.md"].contains("| Tags | one, two |\n"));
}

/// The page to search needs nothing from elsewhere.
#[test]
fn the_page_loads_nothing() {
    let html = &files(&one(entry("bp-a")))["index.html"];
    for loads in [" src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "import("] {
        assert!(!html.contains(loads), "{loads}");
    }
    assert!(html.contains("default-src 'none'") && html.contains("lang=\"en\""));
}

#[test]
fn indexes_hold_every_blueprint_by_layer_and_by_category() {
    let mut kit = entry("bp-openbao");
    (kit.slot, kit.category) = (slot("08", "mgt"), Some("control-plane".to_owned()));
    let mut catalogue = one(kit);
    catalogue.blueprints.push(entry("bp-web"));
    let index = &files(&catalogue)["README.md"];
    assert!(
        index.contains("2 Blueprints: 1 in slots of the kit, 0 that run in a Sovereign of the project."),
        "{index}"
    );
    let row = "### 1 secrets\n\n| Slot | Blueprint | Version | Runs in | |\n|---|---|---|---|---|\n| 08 | [`bp-openbao`](blueprints/bp-openbao.md) |";
    assert!(index.contains(row), "{index}");
    assert!(index.contains("### Not in the kit\n"), "{index}");
    assert!(index.contains("| control-plane | [`bp-openbao`](blueprints/bp-openbao.md) |\n"), "{index}");
    assert!(index.contains("| no category | [`bp-web`](blueprints/bp-web.md) |\n"), "{index}");
}

#[test]
fn a_probe_asks_for_what_the_blueprint_states() {
    let mut it = entry("bp-openbao");
    (it.slot, it.file) = (slot("08", "mgt"), "platform/openbao/blueprint.yaml".to_owned());
    it.readiness = Some(Readiness {
        kind: "statefulset".to_owned(),
        name: "it's-<sov>".to_owned(),
        namespace: None,
        condition: "Ready".to_owned(),
        timeout_seconds: 300,
    });
    let stated = &probes(&one(it.clone()))["08-bp-openbao.sh"];
    assert!(
        stated.ends_with(
            "\nprobe \"${1:-${SOVEREIGN_FQDN:-}}\" bp-openbao openbao statefulset 'it'\\''s-<sov>' Ready 300\n"
        ),
        "{stated}"
    );
    // Whatever a Blueprint says there, a comment stays one.
    let mut odd = it.clone();
    odd.readiness.as_mut().unwrap().condition = "Ready\necho x\r#".to_owned();
    let text = &probes(&one(odd))["08-bp-openbao.sh"];
    let (head, _) = text.split_once("\n. ").unwrap();
    assert!(head.lines().all(|line| line.starts_with('#')) && !head.contains('\r'), "{text}");
    it.readiness = None;
    let by_flux = &probes(&one(it))["08-bp-openbao.sh"];
    assert!(
        by_flux.ends_with(" flux-system helmrelease.helm.toolkit.fluxcd.io bp-openbao Ready 600\n"),
        "{by_flux}"
    );
    assert!(probes(&one(entry("bp-web"))).is_empty(), "no slot, no probe");
}
