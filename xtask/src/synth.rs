//! A fleet of any size for measuring: this repository's own kit and catalogue, and Sovereigns that are made up by number.
//!
//! Every Sovereign has the 48 slots of the kit and 20 Applications over four Organizations. What differs from one to the next is decided
//! by its number alone, so a fleet of one size is the same bytes on every machine, and a larger one begins with a smaller one.

use std::fs;
use std::io;
use std::path::Path;

/// Organizations of a Sovereign.
const ORGANIZATIONS: [&str; 4] = ["coast-foods", "harbour-clinic", "palm-motors", "souq-crafts"];
/// Folders of this repository that all Sovereigns share.
const SHARED: [&str; 2] = ["platform", "products"];
const KIT: &str = "clusters/_template/kit.yaml";

/// The file whose one line is changed to measure a change, and that line before and after.
pub(crate) struct OneLine {
    pub(crate) file: String,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
}

/// Copies this repository's own fleet into a folder.
pub(crate) fn own(repository: &Path, folder: &Path) -> io::Result<OneLine> {
    for part in ["sovereigns", "platform", "products", "clusters"] {
        copy(&repository.join(part), &folder.join(part))?;
    }
    for file in ["catalyst.yaml", "catalyst.lock"] {
        put(folder, file, &fs::read_to_string(repository.join(file))?)?;
    }
    let file = "sovereigns/omantel/organizations/batinah-foods/applications/shop.yaml".to_owned();
    Ok(OneLine { file, before: "title: Batinah Foods", after: "title: Batinah Shop" })
}

/// Writes a project with so many Sovereigns into an empty folder. `repository` is the root of this one.
pub(crate) fn write(repository: &Path, folder: &Path, sovereigns: usize) -> io::Result<OneLine> {
    for shared in SHARED {
        copy(&repository.join(shared), &folder.join(shared))?;
    }
    put(folder, KIT, &fs::read_to_string(repository.join(KIT))?)?;
    let project = fs::read_to_string(repository.join("catalyst.yaml"))?;
    put(folder, "catalyst.yaml", &project.replace("folder: snapshots", "folder: out"))?;
    for number in 0..sovereigns {
        sovereign(folder, number)?;
    }
    let file = format!("sovereigns/{}/organizations/{}/applications/shop.yaml", name(0), ORGANIZATIONS[0]);
    Ok(OneLine { file, before: "title: Shop 1", after: "title: Shop one" })
}

fn name(number: usize) -> String {
    format!("fleet-{number:04}")
}

fn sovereign(folder: &Path, number: usize) -> io::Result<()> {
    let name = name(number);
    let base = format!("sovereigns/{name}");
    let second = if number.is_multiple_of(3) {
        "    - provider: hetzner\n      region: hel\n      blocks: [rtz, dmz]\n      envTypes: [prod]\n"
    } else {
        ""
    };
    let topology = if number.is_multiple_of(2) { "per-organization" } else { "shared-sovereign" };
    let text = format!(
        "apiVersion: catalyst.openova.io/v1\nkind: Sovereign\nmetadata:\n  name: {name}\nspec:\n  title: Fleet {number}\n  \
         contact: operations@omani.works\n  domain: t{}.omani.works\n  keycloakTopology: {topology}\n  regions:\n    \
         - provider: hetzner\n      region: fsn\n      blocks: [mgt, rtz, dmz]\n      envTypes: [prod, dev]\n{second}",
        number + 100
    );
    put(folder, &format!("{base}/sovereign.yaml"), &text)?;
    for (at, org) in ORGANIZATIONS.iter().enumerate() {
        organization(folder, &format!("{base}/organizations/{org}"), &name, org, number + at)?;
    }
    Ok(())
}

fn organization(folder: &Path, base: &str, sovereign: &str, org: &str, number: usize) -> io::Result<()> {
    let plan = ["s", "m", "l"][number % 3];
    let text = format!(
        "apiVersion: orgs.openova.io/v1\nkind: Organization\nmetadata:\n  name: {org}\nspec:\n  sovereign: {sovereign}\n  \
         title: {org} {number}\n  kind: customer\n  plan: {plan}\n  contact: duty@{org}.omani.works\n"
    );
    put(folder, &format!("{base}/organization.yaml"), &text)?;
    for env in ["dev", "prod"] {
        let text = format!(
            "apiVersion: catalyst.openova.io/v1\nkind: Environment\nmetadata:\n  name: {org}-{env}\nspec:\n  sovereign: {sovereign}\n  \
             organization: {org}\n  regions: [fsn]\n"
        );
        put(folder, &format!("{base}/environments/{org}-{env}.yaml"), &text)?;
    }
    let size = 2 + number % 7;
    let applications = [
        (
            "database",
            "bp-postgres",
            "^1.4",
            format!("databases: [shop]\n    backup: {}", number.is_multiple_of(2)),
            "",
        ),
        (
            "shop",
            "bp-wordpress",
            "^1",
            format!("title: Shop {}", number + 1),
            "  dependencies:\n    db:\n      ref: database\n",
        ),
        ("blog", "bp-wordpress", "^1", format!("title: Blog {number}\n    mediaSize: {size}Gi"), ""),
        (
            "queue",
            "bp-valkey",
            "^1",
            format!("persistence: true\n    replicas: 1\n    storageSize: {size}Gi"),
            "",
        ),
        ("sheets", "bp-ferretdb", "^1", format!("storageSize: {size}Gi"), ""),
    ];
    for (app, blueprint, version, config, dependencies) in applications {
        let dev = if matches!(app, "database" | "shop") { "    dev: {}\n" } else { "" };
        let text = format!(
            "apiVersion: apps.openova.io/v1\nkind: Application\nmetadata:\n  name: {app}\nspec:\n  sovereign: {sovereign}\n  \
             organization: {org}\n  blueprint: {blueprint}\n  version: {version}\n  config:\n    {config}\n{dependencies}  \
             environments:\n{dev}    prod: {{}}\n"
        );
        put(folder, &format!("{base}/applications/{app}.yaml"), &text)?;
    }
    Ok(())
}

fn put(folder: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?
        } else {
            fs::copy(entry.path(), to).map(drop)?
        }
    }
    Ok(())
}
